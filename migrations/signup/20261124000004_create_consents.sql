-- Evidence of consent: rows are added, never changed, and go only when the person is erased.
create table consents (
    signup_id       uuid        not null,
    id              bigint      generated always as identity,
    purpose         text        not null check (purpose in ('delivery', 'updates')),
    -- Updates are pending until they are confirmed; they lapse after 30 days.
    state           text        not null check (state in ('given', 'pending', 'withdrawn', 'lapsed')),
    at              timestamptz not null default now(),
    -- The wording that was shown: its version and its sum; the text is in that version of the offer. Absent where
    -- somebody withdrew what was never given.
    wording_version text,
    wording_sha256  bytea,
    -- Where and how it was said. Absent where nobody said anything: a lapse.
    page            text,
    client_address  text,
    user_agent      text,
    method          text        not null,
    primary key (signup_id, id)
);

-- Rows lie in the order of time, so this costs next to nothing; the search for what has lapsed needs it.
create index consents_by_time on consents using brin (at);

create function forbid_change_of_consents() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('leadstream.erasing', true) = 'on' then
        return old;
    end if;
    raise exception 'consents are evidence: only the erasure of a person may delete them'
        using errcode = 'restrict_violation';
end
$$;

create trigger consents_are_append_only before update or delete on consents
    for each row execute function forbid_change_of_consents();

create trigger consents_are_not_truncated before truncate on consents
    for each statement execute function forbid_change_of_consents();
