with erased as (
    select id from notifications where person_id = $1 and event_time <= $2
),
waiting as (
    delete from waiting_notifications where notification_id in (select id from erased)
)
delete from due_notifications where notification_id in (select id from erased)
