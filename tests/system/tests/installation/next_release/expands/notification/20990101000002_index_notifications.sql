-- no-transaction
create index concurrently next_by_rank on notifications (next_rank);
