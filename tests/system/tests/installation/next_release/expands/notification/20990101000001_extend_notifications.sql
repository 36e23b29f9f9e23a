alter table notifications add column next_note text;
alter table notifications add column next_rank integer not null default 7;
alter table outbox add column next_note text;
create table next_things (
    id    uuid primary key,
    owner uuid references notifications (id) on delete cascade
);
