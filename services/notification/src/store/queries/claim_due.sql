-- Leases the mails that are due longest, but for those that would only wait, and says in the same breath which of them must
-- not be sent.
with candidate as (
    select notification_id, due_at, domain_group
    from due_notifications
    where due_at <= now()
      and due_at >= greatest(
          coalesce($9::timestamptz, '-infinity'), coalesce(now() - make_interval(secs => $10::float8), '-infinity')
      )
      and (leased_until is null or leased_until <= now())
      -- Mails that no relay takes now, or whose recipient's mail system is full.
      and (class is null or class <> all($5))
      and (domain_group is null or domain_group <> all($4))
    order by due_at
    limit $1
    for update skip locked
),
placed as (
    select notification_id, due_at, domain_group, row_number() over (partition by domain_group order by due_at) as place
    from candidate
),
claimed as (
    update due_notifications d
    set lease_id = $2, leased_until = now() + make_interval(secs => $3)
    from placed p
    left join unnest($6::text[], $7::bigint[]) as l (domain_group, places) using (domain_group)
    where d.notification_id = p.notification_id
      and (p.domain_group is null or p.place <= coalesce(l.places, $8))
    returning d.notification_id, d.attempts, d.first_attempt_at, d.due_at
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
    ) as "suppressed!",
    c.due_at as "due_at!",
    (select count(*) from candidate) as "looked_at!"
from claimed c
join notifications n on n.id = c.notification_id
