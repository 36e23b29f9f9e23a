-- Events that wait for the publisher. One identical file in every service; the guarantee is told in shared/outbox/README.md.
--
-- No index beyond the primary key: the table is close to empty but for a Kafka outage, it lies on the hot path of every
-- request, and the look-ups by event_id (is it still queued?) and person_id (erasure) are rare and may scan it.
create table outbox (
    seq          bigint generated always as identity primary key,
    event_id     uuid        not null,
    topic        text        not null,
    key          text        not null,
    event_type   text        not null,
    event_time   timestamptz not null,
    content_type text        not null,
    traceparent  text,
    -- Whose data the payload holds, for the erasure of what was not sent yet. Never leaves the database.
    person_id    uuid,
    -- NULL is a tombstone of a compacted topic.
    payload      bytea,
    -- When the row came here, by this database's clock: an event that is published again keeps its event_time.
    queued_at    timestamptz not null default now()
) with (
    -- Every row lives for milliseconds, so the dead ones must go by number, not by share of a table that was once big.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 50000
);

-- What is large are chunks of a PDF, which do not shrink: out of line, without trying.
alter table outbox alter column payload set storage external;

-- The beat of the one active publisher; a waiter ends the holder of the lock when this is older than 5 s.
create table publisher_heartbeat (
    only_row boolean     primary key default true check (only_row),
    holder   text        not null,
    beat_at  timestamptz not null
);
