alter table enquiries validate constraint next_rank_positive;
