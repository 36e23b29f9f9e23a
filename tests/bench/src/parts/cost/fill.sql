-- $1 leads, each with its signup, touch, consent and mail budget, as if they had come one a millisecond until an hour ago.
with model as (
    select l.name, s.campaign, s.offer, s.offer_version, s.payload, t.utm_source, t.utm_medium, t.utm_campaign,
           t.referrer_class, t.channel_group, t.landing_page, c.wording_version, c.wording_sha256, c.page,
           c.client_address, c.user_agent, c.method
    from signups s
    join leads l using (person_id)
    join touches t on t.signup_id = s.id
    join consents c on c.signup_id = s.id and c.purpose = 'delivery'
    order by s.id
    limit 1
),
made as (
    select
        (lpad(to_hex((extract(epoch from now()) * 1000)::bigint - 3600000 - $1 + n), 12, '0')
         || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid as id,
        gen_random_uuid() as person_id,
        gen_random_uuid() as limit_key,
        now() - interval '1 hour' - make_interval(secs => ($1 - n) / 1000.0) as at
    from generate_series(1, $1) as n
),
lead as (
    insert into leads (person_id, email, name, created_at, signup_ids)
    select person_id, person_id || '@mail.example.org', name, at, array[id] from made, model
),
signup as (
    insert into signups (id, person_id, campaign, offer, offer_version, accepted_at, event_id, payload, event_time,
                         delivery, next_republish_at, mail_state, mail_revision)
    select id, person_id, campaign, offer, offer_version, at, gen_random_uuid(), payload, at, 'done', at, 'accepted', 1
    from made, model
),
touch as (
    insert into touches (signup_id, utm_source, utm_medium, utm_campaign, referrer_class, channel_group, landing_page)
    select id, utm_source, utm_medium, utm_campaign, referrer_class, channel_group, landing_page from made, model
),
consent as (
    insert into consents (signup_id, purpose, state, at, wording_version, wording_sha256, page, client_address,
                          user_agent, method)
    select id, 'delivery', 'given', at, wording_version, wording_sha256, page, client_address, user_agent, method
    from made, model
)
insert into mail_budgets (limit_key, sent_at, granted_to)
select limit_key, array[at], id from made
