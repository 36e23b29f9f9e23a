-- Who was erased and when, and who has confirmed it. The person id says nothing by itself.
create table erased_people (
    person_id              uuid        primary key,
    erased_at              timestamptz not null,
    event_id               uuid        not null,
    enquiry_confirmed_at   timestamptz,
    notification_confirmed_at timestamptz,
    tries                  smallint    not null default 0,
    next_publish_at        timestamptz not null
);

create index erased_people_unconfirmed on erased_people (next_publish_at)
    where enquiry_confirmed_at is null or notification_confirmed_at is null;
