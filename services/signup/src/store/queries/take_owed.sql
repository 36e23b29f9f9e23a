-- $1 at most so many of each table, $2 seconds before the first time, $3 tries.
with due_signups as (
    select id, exists (select from outbox o where o.event_id = s.event_id) as is_queued
    from signups s
    where delivery = 'owed' and next_republish_at <= now()
    order by next_republish_at limit $1
    for update skip locked
),
due_mails as (
    select id, exists (select from outbox o where o.event_id = m.event_id) as is_queued
    from mail_requests m
    where delivery = 'owed' and next_republish_at <= now()
    order by next_republish_at limit $1
    for update skip locked
),
signup as (
    update signups s
    set tries = case when is_queued then tries else tries + 1 end,
        delivery = case when not is_queued and tries >= $3 then 'stuck' else delivery end,
        next_republish_at = now() + make_interval(secs => $2 * power(2, case when is_queued then 0 else tries + 1 end))
    from due_signups d
    where d.id = s.id
    returning s.event_id, s.person_id, s.event_time, s.payload, null::text as kind, s.delivery, d.is_queued
),
mail as (
    update mail_requests m
    set tries = case when is_queued then tries else tries + 1 end,
        delivery = case when not is_queued and tries >= $3 then 'stuck' else delivery end,
        next_republish_at = now() + make_interval(secs => $2 * power(2, case when is_queued then 0 else tries + 1 end))
    from due_mails d
    where d.id = m.id
    returning m.event_id, m.person_id, m.event_time, m.payload, m.kind, m.delivery, d.is_queued
)
select event_id as "event_id!", person_id as "person_id!", event_time as "event_time!", payload as "payload!", kind
from (select * from signup union all select * from mail) taken
where not is_queued and delivery = 'owed'
