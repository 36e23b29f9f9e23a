-- Files, as the chunks that they came in. Those of a file that no offer names are swept away after a while.
create table file_chunks (
    sha256      text        not null,
    chunk       integer     not null,
    bytes       bytea       not null,
    received_at timestamptz not null default now(),
    primary key (sha256, chunk)
);

-- A PDF does not shrink: out of line, without trying.
alter table file_chunks alter column bytes set storage external;
