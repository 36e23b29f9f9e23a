-- Offer versions that can be mailed: the manifest as it came (JSON), complete with its file.
create table offers (
    slug      text        not null,
    version   integer     not null,
    manifest  text        not null,
    sha256    text        not null,
    stored_at timestamptz not null default now(),
    primary key (slug, version)
);

create index offers_by_file on offers (sha256);
