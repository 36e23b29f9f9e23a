alter table enquiries add column next_note text;
alter table enquiries add column next_rank integer not null default 7;
alter table outbox add column next_note text;
create table next_things (
    id    uuid primary key,
    owner uuid references enquiries (id) on delete cascade
);
