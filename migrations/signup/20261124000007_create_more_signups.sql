-- Signups of a person beyond the first hundred, which are in leads.signup_ids: that row would grow for ever, and be
-- rewritten by each signup of whoever signs up again and again. Few people have any here, so the hot path pays nothing.
create table more_signups (
    person_id uuid not null,
    signup_id uuid not null,
    primary key (person_id, signup_id)
);

-- Every signup of a person, once, wherever it is noted.
create view person_signups as
    select person_id, signup_id from leads, unnest(signup_ids) as signup_id
    union
    select person_id, signup_id from more_signups;
