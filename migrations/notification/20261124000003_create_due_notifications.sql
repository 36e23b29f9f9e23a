-- What is to be sent, now or later: one row for each ledger row in state 'queued', gone when the mail is settled.
--
-- No foreign key: both rows are written and settled by the same statements, and the check would lock the ledger row
-- on each insert.
create table due_notifications (
    notification_id  uuid        primary key,
    -- Not before this time, by this database's clock.
    due_at           timestamptz not null default now(),
    -- Who is sending it ("sending"), and until when nobody else may. A new id with each claim.
    lease_id         uuid,
    leased_until     timestamptz,
    -- Attempts that count: a relay's own faults do not.
    attempts         integer     not null default 0,
    first_attempt_at timestamptz,
    -- Since when it could have been sent but for faults of the relay or our own: what the metric of overdue mails reads.
    due_since        timestamptz not null default now()
) with (
    fillfactor = 50,
    -- Every row lives for milliseconds, so the dead ones must go by number, not by share of a table that was once big.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000
);

create index due_notifications_in_order on due_notifications (due_at);
