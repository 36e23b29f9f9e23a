with due as (
    select id
    from enquiries
    where delivery = 'owed' and republish_at <= now() and republished < $2
        and not exists (select from outbox where outbox.event_id = enquiries.event_id)
    order by republish_at
    limit $1
    for update skip locked
)
update enquiries as enquiry set
    republished = enquiry.republished + 1,
    -- 2^40 of anything is longer than the longest wait.
    republish_at = now() + make_interval(secs => least($4::float8, $3 * 2 ^ least(enquiry.republished + 1, 40)))
from due
where enquiry.id = due.id
returning
    enquiry.id, enquiry.person_id, enquiry.event_id, enquiry.event_type, enquiry.event_time, enquiry.payload,
    enquiry.traceparent
