-- Each try to hand a notification to a relay, with its outcome. A lease is one try, so writing an outcome again after a
-- lost answer of the database changes nothing.
create table attempts (
    notification_id uuid        not null,
    lease_id        uuid        not null,
    outcome         text        not null,
    -- The outcome came after the lease had gone to another sender: kept, but without effect.
    late            boolean     not null,
    reply_code      smallint,
    -- RFC 3463, such as 5.1.1.
    enhanced_code   text,
    -- What the relay said, without addresses.
    reply_text      text,
    duration_ms     integer     not null,
    finished_at     timestamptz not null default now(),
    primary key (notification_id, lease_id)
);
