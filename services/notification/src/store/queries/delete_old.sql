with old as (
    select id
    from notifications
    where queued_at < now() - make_interval(days => $1) and state in ('accepted', 'failed', 'suppressed')
    limit $2
),
tries as (
    delete from attempts where notification_id in (select id from old)
)
delete from notifications where id in (select id from old)
