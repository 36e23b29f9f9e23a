-- Leaves of the ledger's rows what keeps a replay inert, and nothing that says whose they were.
with erased as (
    update notifications
    set person_id = null,
        request_id = null,
        traceparent = null,
        address = null,
        content = null,
        state = case when state in ('queued', 'waiting_for_offer') then 'suppressed' else state end,
        settled_at = coalesce(settled_at, now())
    where person_id = $1 and event_time <= $2
    returning id
),
returned as (
    delete from bounces where notification_id in (select id from erased)
)
update attempts set reply_text = null
where notification_id in (select id from erased) and reply_text is not null
