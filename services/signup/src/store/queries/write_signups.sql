-- A batch of signups, one commit. Every row of $n is one signup, in the order of the queue.
-- Locks are taken in the order keys, leads, budgets, each sorted: two writers cannot wait for each other in a circle.
with entry as materialized (
    select *
    from unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::timestamptz[],
        $9::uuid[], $10::bytea[], $11::text[], $12::boolean[], $13::uuid[], $14::bytea[], $15::bytea[],
        $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[],
        $24::text[], $25::text[], $26::text[], $27::text[], $28::text[], $29::text[], $30::text[], $31::bytea[],
        $32::bytea[]
    ) with ordinality as entry (
        id, person_id, email, name, campaign, offer, offer_version, accepted_at,
        event_id, payload, traceparent, held, limit_key, idempotency_key, fingerprint,
        utm_source, utm_medium, utm_campaign, utm_term, utm_content, referrer_class, click_id_kind, click_id,
        channel_group, landing_page, page, client_address, user_agent, method, wording_version, delivery_wording,
        updates_wording, place
    )
),
-- The first of each key, unless it is known and younger than 48 hours. All below is only for what is fresh.
claimed as (
    insert into idempotency_keys as known (key_hash, fingerprint, signup_id, expires_at)
    select distinct on (idempotency_key) idempotency_key, fingerprint, id, now() + interval '48 hours'
    from entry
    where idempotency_key is not null
    order by idempotency_key, place
    on conflict (key_hash) do update
        set fingerprint = excluded.fingerprint, signup_id = excluded.signup_id, expires_at = excluded.expires_at
        where known.expires_at < now()
    returning signup_id
),
fresh as materialized (
    select * from entry
    where idempotency_key is null or id in (select signup_id from claimed)
),
upserted as (
    insert into leads as lead (person_id, email, name, created_at, signup_ids)
    select person_id,
           (array_agg(email order by place))[1],
           (array_agg(name order by place) filter (where name is not null))[1],
           min(accepted_at),
           array_agg(id order by place)
    from fresh
    group by person_id
    order by person_id
    on conflict (person_id) do update
        set signup_ids = case when cardinality(lead.signup_ids) < 100
                              then lead.signup_ids || excluded.signup_ids else lead.signup_ids end,
            name = coalesce(lead.name, excluded.name)
    returning person_id, cardinality(signup_ids) >= 100 as is_full
),
-- Also those that have just filled it up: noted twice, they are still read once.
overflown as (
    insert into more_signups (person_id, signup_id)
    select person_id, id
    from fresh
    join upserted using (person_id)
    where is_full
    order by person_id, id
),
-- Decided on the row itself, so what another replica granted a moment ago counts. A stamp from the far future was
-- written by a clock that has been set back since.
granted as (
    insert into mail_budgets as budget (limit_key, sent_at, granted_to)
    select distinct on (limit_key) limit_key, array[now()], id
    from fresh
    where not held and (select count(*) from upserted) > 0
    order by limit_key, place
    on conflict (limit_key) do update
        set granted_to = excluded.granted_to,
            sent_at = array(select at from unnest(budget.sent_at) at
                            where at between now() - interval '24 hours' and now() + interval '24 hours') || now()
        where (select count(*) filter (where at > now() - interval '10 minutes') = 0 and count(*) < 3
               from unnest(budget.sent_at) at
               where at between now() - interval '24 hours' and now() + interval '24 hours')
    returning granted_to
),
-- The time is taken now that the leads are locked: an erasure of the person that had the lock before is earlier.
written as (
    insert into signups (id, person_id, campaign, offer, offer_version, accepted_at, event_id, payload, event_time,
                         delivery, next_republish_at, idempotency_key)
    select id, person_id, campaign, offer, offer_version, accepted_at, event_id, payload, clock_timestamp(),
           case when held then 'held' when granted_to is null then 'over_budget' else 'owed' end,
           now() + make_interval(secs => $33),
           idempotency_key
    from fresh
    left join granted on granted_to = id
    order by place
    returning id, delivery, event_time
),
touched as (
    insert into touches (signup_id, utm_source, utm_medium, utm_campaign, utm_term, utm_content, referrer_class,
                         click_id_kind, click_id, channel_group, landing_page)
    select id, utm_source, utm_medium, utm_campaign, utm_term, utm_content, referrer_class,
           click_id_kind, click_id, channel_group, landing_page
    from fresh
    order by place
),
consented as (
    insert into consents (signup_id, purpose, state, at, wording_version, wording_sha256, page, client_address,
                          user_agent, method)
    select id, asked.purpose, asked.state, now(), wording_version, asked.wording, page, client_address, user_agent,
           method
    from fresh
    cross join lateral (values ('delivery', 'given', delivery_wording),
                               ('updates', 'pending', updates_wording)) as asked (purpose, state, wording)
    where asked.wording is not null
    order by place
),
queued as (
    insert into outbox (event_id, topic, key, event_type, event_time, content_type, traceparent, person_id, payload)
    select event_id, $34, person_id::text, $35, event_time, $36, traceparent, person_id, payload
    from fresh
    join written using (id)
    where delivery = 'owed'
    order by place
)
select id as "id!", delivery as "delivery!" from written
