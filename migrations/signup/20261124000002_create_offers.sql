-- Offers, their versions and files, and the campaigns that lead to them.
create table offers (
    slug            text        primary key,
    current_version integer     not null,
    created_at      timestamptz not null default now()
);

-- Bytes by their sum: versions that change a text share the file.
create table files (
    sha256 bytea primary key,
    bytes  bytea not null
);
-- A PDF does not shrink: out of line, without trying.
alter table files alter column bytes set storage external;

create table offer_versions (
    offer        text        not null references offers (slug),
    version      integer     not null,
    content_sum  bytea       not null,
    -- Title, language, delivery, page, consent wording and mail, as JSON. Kept for ever: the wording is evidence.
    content      text        not null,
    file_name    text        not null,
    media_type   text        not null,
    file_sha256  bytea       not null references files (sha256),
    published_at timestamptz not null default now(),
    -- When notification said that it holds the version; until then it is published again.
    stored_at    timestamptz,
    tries        smallint    not null default 0,
    next_publish_at timestamptz not null,
    primary key (offer, version)
);

create table campaigns (
    slug            text        primary key,
    offer           text        not null references offers (slug),
    channel         text        not null,
    greeting        text        not null,
    -- What a touch says where the visitor's link said nothing, as JSON.
    utm             text        not null,
    allowed_origins text[]      not null,
    changed_at      timestamptz not null default now()
);
