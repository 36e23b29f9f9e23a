-- Writes what attempts came to. Only the holder of a lease changes the mail's state; what comes late is kept as history.
-- Answers those that were held.
with outcome as (
    select *
    from unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::float8[], $6::boolean[],
        $7::integer[], $8::smallint[], $9::text[], $10::text[], $11::integer[]
    ) as o (
        notification_id, lease_id, word, state, again_after, counts,
        revision, reply_code, enhanced_code, reply_text, duration_ms
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
        settled_at = case when h.state is not null then now() end,
        -- What was taken, or must not be sent, is never sent again: its personal data has done its work.
        address = case when h.state in ('accepted', 'suppressed') then null else n.address end,
        content = case when h.state in ('accepted', 'suppressed') then null else n.content end
    from held h
    where n.id = h.notification_id and h.revision > n.revision
),
history as (
    insert into attempts (notification_id, lease_id, outcome, late, reply_code, enhanced_code, reply_text, duration_ms)
    select
        o.notification_id, o.lease_id, o.word, h.lease_id is null, o.reply_code, o.enhanced_code,
        -- Whose mail it was may have been erased meanwhile.
        case when h.lease_id is not null then o.reply_text end, o.duration_ms
    from outcome o
    left join held h using (notification_id, lease_id)
    where o.word not in ('suppressed', 'postponed')
    on conflict do nothing
)
select notification_id as "notification_id!", now() as "now!" from held
