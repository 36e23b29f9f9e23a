alter table signups validate constraint next_rank_positive;
