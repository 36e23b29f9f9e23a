with chosen as (
    select notification_id, domain_group
    from waiting_notifications
    where offer_slug = $1 and offer_version = $2
    order by notification_id
    limit $3
    for update skip locked
),
gone as (
    delete from waiting_notifications w
    using chosen c
    where w.notification_id = c.notification_id
),
due as (
    -- Only deliveries wait for an offer.
    insert into due_notifications (notification_id, class, domain_group)
    select notification_id, 'delivery', domain_group from chosen
)
update notifications n
set state = 'queued', revision = revision + 1
from chosen c
where n.id = c.notification_id
