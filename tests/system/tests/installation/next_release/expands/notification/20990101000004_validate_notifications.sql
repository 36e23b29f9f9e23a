alter table notifications validate constraint next_rank_positive;
