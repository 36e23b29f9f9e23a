-- The ledger: one row for each mail that is owed to one recipient, written once and never lost before its retention.
--
-- The id is UUIDv5 of (event_source, event_id, purpose, recipient), so the primary key alone makes them unique. The second
-- unique index leads with the event's id (UUIDv7, so it grows at its right edge): "what does this event owe?" reads it.
-- No index names a column that changes while a mail is sent: settling one is a heap-only update. What is still to be
-- done has tables of its own (due_notifications, waiting_notifications).
create table notifications (
    id            uuid        primary key,
    event_source  text        not null check (event_source in ('signup', 'enquiry')),
    event_id      uuid        not null,
    purpose       text        not null check (purpose in ('delivery', 'links', 'my_data', 'ack', 'team')),
    recipient     smallint    not null,
    -- When the event happened, by its service's clock.
    event_time    timestamptz not null,
    traceparent   text,
    -- The signup, enquiry or request that it serves. NULL once its person is erased.
    request_id    uuid,
    -- Whose data the row holds. NULL once erased.
    person_id     uuid,
    offer_slug    text,
    offer_version integer,
    -- Personal data: whom to, and what the mail says (JSON). NULL once a relay took the mail or the person is erased.
    address       text,
    content       text,
    state         text        not null check (state in ('queued', 'waiting_for_offer', 'accepted', 'failed', 'suppressed')),
    -- Grows with each change that is told.
    revision      integer     not null default 1,
    -- SMTP reply code of the last attempt that had one.
    reply_code    smallint,
    queued_at     timestamptz not null default now(),
    settled_at    timestamptz,
    unique (event_id, event_source, purpose, recipient)
) with (fillfactor = 80);

create index notifications_by_request on notifications (request_id);
create index notifications_by_person on notifications (person_id) where person_id is not null;
-- Rows lie in the order they came: all that retention needs.
create index notifications_by_age on notifications using brin (queued_at);
