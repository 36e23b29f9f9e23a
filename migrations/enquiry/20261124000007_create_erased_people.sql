-- Who was erased, by an id that holds no address, and when signup did it.
create table erased_people (
    person_id uuid        primary key,
    erased_at timestamptz not null
);
