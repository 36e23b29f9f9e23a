-- What visitors asked, with the event that tells it, exactly as it was told: so that it can be told again.
create table enquiries (
    -- UUIDv7, made by the program; new rows lie side by side and a list by id is a list by time.
    id           uuid        primary key,
    -- What visitor and team call it by, derived from the id.
    reference    text        not null constraint enquiries_reference_unique unique,
    person_id    uuid        not null,
    email        text        not null,
    name         text,
    topic        text        not null,
    message      text        not null,
    campaign     text,
    utm_source   text,
    utm_medium   text,
    utm_campaign text,
    utm_term     text,
    utm_content  text,
    -- The rule that sent it to this team, as the routes file said at that time.
    rule         text        not null,
    team         text        not null,
    status       text        not null check (status in ('held', 'new')),
    -- Grows with each change of the status.
    revision     integer     not null,
    accepted_at  timestamptz not null,

    event_id     uuid        not null constraint enquiries_event_unique unique,
    event_type   text        not null,
    event_time   timestamptz not null,
    payload      text        not null,
    traceparent  text,
    -- False where the budget of the address for acknowledgements was used up: the team is owed its mail all the same.
    acknowledge  boolean     not null,
    delivery     text        not null check (delivery in ('held', 'owed', 'done', 'stuck')),
    -- How often the event was published again, and when it is due next.
    republished  smallint    not null default 0,
    republish_at timestamptz not null
);

create index enquiries_person on enquiries (person_id);
-- Few rows are neither done nor dull: the tasks and the gauges look only at these.
create index enquiries_undelivered on enquiries (delivery, republish_at) where delivery <> 'done';
