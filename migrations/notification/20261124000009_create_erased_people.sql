-- Who was erased, and when: events from before keep only their id.
create table erased_people (
    person_id uuid        primary key,
    erased_at timestamptz not null
);
