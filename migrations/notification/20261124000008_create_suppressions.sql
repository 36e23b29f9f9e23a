-- Who must not be mailed what, and why. Outlives the erasure of a person: it holds no address.
create table suppressions (
    person_id  uuid        not null,
    -- 'updates': only class updates. 'everything': all but class team.
    scope      text        not null check (scope in ('updates', 'everything')),
    reason     text        not null,
    -- False where a later decision lifted it. The row stays, so that an older event that comes again changes nothing.
    active     boolean     not null,
    decided_at timestamptz not null,
    primary key (person_id, scope)
);
