-- no-transaction
create index concurrently next_by_rank on enquiries (next_rank);
