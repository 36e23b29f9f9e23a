-- no-transaction
create index concurrently next_by_rank on signups (next_rank);
