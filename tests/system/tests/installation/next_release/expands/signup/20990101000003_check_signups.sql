alter table signups add constraint next_rank_positive check (next_rank > 0) not valid;
