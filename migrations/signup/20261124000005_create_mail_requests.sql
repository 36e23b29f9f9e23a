-- Requests for a mail with fresh links (POST /d) or with a link to one's own data (POST /me).
create table mail_requests (
    -- UUIDv7, made by the program.
    id                uuid        primary key,
    kind              text        not null check (kind in ('links', 'my_data')),
    person_id         uuid        not null,
    limit_key         uuid        not null,
    email             text        not null,
    asked_at          timestamptz not null default now(),
    traceparent       text        not null,
    -- 'asked' until somebody has looked what the address owns: not before the answer, whose time would tell.
    delivery          text        not null check (delivery in ('asked', 'owed', 'over_budget', 'done', 'stuck')),
    event_id          uuid        not null,
    payload           bytea,
    event_time        timestamptz,
    tries             smallint    not null default 0,
    next_republish_at timestamptz not null default now(),
    mail_state        text,
    mail_revision     integer     not null default 0,
    mail_reply_code   smallint
);

create index mail_requests_open on mail_requests (next_republish_at) where delivery in ('asked', 'owed');
create index mail_requests_person on mail_requests (person_id);
