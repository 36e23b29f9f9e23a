-- Leases the mails that are due longest, and says in the same breath which of them must not be sent.
with candidate as (
    select notification_id
    from due_notifications
    where due_at <= now() and (leased_until is null or leased_until <= now())
    order by due_at
    limit $1
    for update skip locked
),
claimed as (
    update due_notifications d
    set lease_id = $2, leased_until = now() + make_interval(secs => $3)
    from candidate c
    where d.notification_id = c.notification_id
    returning d.notification_id, d.attempts, d.first_attempt_at
)
select
    n.id, n.event_source, n.event_id, n.purpose, n.recipient, n.event_time, n.traceparent, n.request_id, n.person_id,
    n.offer_slug, n.offer_version, n.address, n.content, n.revision, n.queued_at,
    c.attempts as "attempts!",
    extract(epoch from now() - coalesce(c.first_attempt_at, now()))::float8 as "tried_for!",
    (
        n.purpose <> 'team'
        and coalesce(
            (select s.active from suppressions s where s.person_id = n.person_id and s.scope = 'everything'),
            false
        )
    ) as "suppressed!"
from claimed c
join notifications n on n.id = c.notification_id
