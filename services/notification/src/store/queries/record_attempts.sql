-- Writes what attempts came to. Only the holder of a lease changes the mail's state; what comes late is kept as history.
-- Answers those that were held.
with outcome as (
    select *
    from unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::float8[], $6::boolean[],
        $7::integer[], $8::smallint[]
    ) as o (notification_id, lease_id, word, state, again_after, counts, revision, reply_code)
),
step as (
    select *
    from unnest(
        $9::uuid[], $10::uuid[], $11::smallint[], $12::text[], $13::text[], $14::text[], $15::smallint[], $16::text[],
        $17::text[], $18::integer[]
    ) as s (
        notification_id, lease_id, step, word, relay, stage, reply_code, enhanced_code, reply_text, duration_ms
    )
),
held as (
    select o.*
    from due_notifications d
    join outcome o using (notification_id, lease_id)
    order by d.notification_id
    for update of d
),
settled as (
    delete from due_notifications d
    using held h
    where d.notification_id = h.notification_id and h.state is not null
),
again as (
    update due_notifications d
    set lease_id = null,
        leased_until = null,
        -- Spread, so that mails that failed together do not come back together.
        due_at = now() + make_interval(secs => h.again_after * (0.75 + random() / 2)),
        due_since = case when h.counts then now() + make_interval(secs => h.again_after) else d.due_since end,
        attempts = d.attempts + h.counts::integer,
        first_attempt_at = case when h.counts then coalesce(d.first_attempt_at, now()) else d.first_attempt_at end
    from held h
    where d.notification_id = h.notification_id and h.state is null
),
ledger as (
    update notifications n
    set state = coalesce(h.state, n.state),
        revision = h.revision,
        reply_code = coalesce(h.reply_code, n.reply_code),
        outcome = h.word,
        settled_at = case when h.state is not null then now() end,
        -- What was taken, or must not be sent, is never sent again: its personal data has done its work. A team's mail that
        -- comes back goes to the fallback inbox: it is known for some days.
        address = case when h.state = 'suppressed' or (h.state = 'accepted' and n.purpose <> 'team') then null else n.address end,
        content = case when h.state = 'suppressed' or (h.state = 'accepted' and n.purpose <> 'team') then null else n.content end
    from held h
    where n.id = h.notification_id and h.revision > n.revision
    -- What came back meanwhile, also from a transaction that this statement had to wait for.
    returning n.id, n.feedback
),
history as (
    insert into attempts (
        notification_id, lease_id, step, outcome, late, relay, stage, reply_code, enhanced_code, reply_text, duration_ms
    )
    select
        notification_id, lease_id, step, word, not is_held, relay, stage, reply_code, enhanced_code,
        -- Whose mail it was may have been erased meanwhile.
        case when is_held then reply_text end, duration_ms
    from (
        -- A set to look into, where a join would compare each with each.
        select *, (notification_id, lease_id) in (select h.notification_id, h.lease_id from held h) as is_held
        from step
    ) asked
    on conflict do nothing
)
select notification_id as "notification_id!", now() as "now!", null::text as "feedback?"
from held
union all
select id, now(), feedback
from ledger
where feedback is not null
