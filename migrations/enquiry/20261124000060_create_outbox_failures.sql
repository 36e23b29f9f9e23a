-- Topics that Kafka does not take just now, and what it says, so that an operator can ask any process. One identical file in
-- every service. A row goes when a batch of the topic was taken as a whole, and all of them when another process begins to publish.
create table outbox_failures (
    topic         text        primary key,
    error         text        not null,
    failures      bigint      not null default 1,
    failing_since timestamptz not null default clock_timestamp(),
    failed_at     timestamptz not null default clock_timestamp()
);
