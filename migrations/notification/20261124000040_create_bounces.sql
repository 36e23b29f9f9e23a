-- What came back of mails after a relay took them: bounces and complaints. No address, and nothing of what was written.
--
-- One row for each mail and class, however often it is reported and by however many ways: a repeated delivery of the same
-- report changes nothing.
create table bounces (
    notification_id uuid        not null,
    class           text        not null check (class in ('hard', 'soft', 'complaint')),
    -- Whose mail it was: soft ones are counted by it. The row goes when the person is erased.
    person_id       uuid        not null,
    -- RFC 3463, such as 5.1.1, where the report told one.
    status          text,
    -- The way that it was reported by: http, lmtp, or the provider's name.
    via             text        not null,
    received_at     timestamptz not null default now(),
    primary key (notification_id, class)
);

create index bounces_by_person on bounces (person_id, received_at);
