-- The tables that the batch writer fills. Lean, since each index and each foreign key is paid for by every signup:
-- the only keys that are not in order of time are the person id of a lead and the key of a budget.

-- A person who asked for an offer.
create table leads (
    -- UUIDv8 of HMAC-SHA-256(SUBJECT_KEY, normalised address).
    person_id  uuid        primary key,
    email      text        not null,
    name       text,
    created_at timestamptz not null,
    -- Every signup of the person, oldest first: saves an index of signups by person, which would be the second random one.
    signup_ids uuid[]      not null
);

create table signups (
    -- UUIDv7, made by the program.
    id                uuid        primary key,
    person_id         uuid        not null,
    campaign          text        not null,
    offer             text        not null,
    offer_version     integer     not null,
    accepted_at       timestamptz not null,
    -- The event that owes the mail, and its exact data: published again as it was if Kafka lost it.
    event_id          uuid        not null,
    payload           bytea       not null,
    -- Its time: that of the signup, or of its release if it was held.
    event_time        timestamptz not null,
    delivery          text        not null check (delivery in ('owed', 'over_budget', 'held', 'done', 'stuck')),
    tries             smallint    not null default 0,
    next_republish_at timestamptz not null,
    -- What notification said last, and with which revision.
    mail_state        text,
    mail_revision     integer     not null default 0,
    mail_reply_code   smallint,
    -- Names the row of idempotency_keys, so that an erasure finds it.
    idempotency_key   bytea
);

-- Few rows at any time: what is done leaves it.
create index signups_owed on signups (next_republish_at) where delivery = 'owed';
create index signups_set_aside on signups (delivery, id) where delivery in ('held', 'stuck');

-- Where a signup came from. First, last and all are kept.
create table touches (
    signup_id      uuid primary key,
    utm_source     text,
    utm_medium     text,
    utm_campaign   text,
    utm_term       text,
    utm_content    text,
    referrer_class text,
    click_id_kind  text,
    click_id       text,
    channel_group  text,
    landing_page   text
);

create table idempotency_keys (
    -- SHA-256(endpoint, key, person id).
    key_hash    bytea       primary key,
    -- Of the body, salted with the key.
    fingerprint bytea       not null,
    signup_id   uuid        not null,
    expires_at  timestamptz not null
);

-- Mails that an address may have: one in 10 minutes and three in 24 hours, whatever they are for.
create table mail_budgets (
    -- Like a person id, of the address with +tag and Gmail's dots folded.
    limit_key  uuid          primary key,
    -- When its mails of the last 24 hours were granted, oldest first.
    sent_at    timestamptz[] not null,
    -- The request that the last one was granted to.
    granted_to uuid          not null
);

create table downloads (
    signup_id uuid        not null,
    id        bigint      generated always as identity,
    at        timestamptz not null default now(),
    fetcher   text        not null check (fetcher in ('person', 'scanner')),
    primary key (signup_id, id)
);
