-- Writes what is owed and is not in the ledger yet, with the work that follows from it. Answers the new ones.
with owed as (
    select *
    from unnest(
        $1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::smallint[], $6::timestamptz[], $7::text[], $8::uuid[],
        $9::uuid[], $10::text[], $11::integer[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[]
    ) as o (
        id, event_source, event_id, purpose, recipient, event_time, traceparent, request_id,
        person_id, offer_slug, offer_version, address, content, state, class, domain_group
    )
),
fresh as (
    insert into notifications (
        id, event_source, event_id, purpose, recipient, event_time, traceparent, request_id,
        person_id, offer_slug, offer_version, address, content, state, settled_at
    )
    select
        id, event_source, event_id, purpose, recipient, event_time, traceparent, request_id,
        person_id, offer_slug, offer_version, address, content, state,
        case when state = 'suppressed' then now() end
    from owed
    -- Two writers with the same events meet in one order.
    order by event_id, id
    on conflict do nothing
    returning id, state, offer_slug, offer_version
),
due as (
    insert into due_notifications (notification_id, class, domain_group)
    select f.id, o.class, o.domain_group from fresh f join owed o using (id) where f.state = 'queued'
),
waiting as (
    insert into waiting_notifications (notification_id, offer_slug, offer_version, domain_group)
    select f.id, f.offer_slug, f.offer_version, o.domain_group
    from fresh f join owed o using (id)
    where f.state = 'waiting_for_offer'
)
select id from fresh
