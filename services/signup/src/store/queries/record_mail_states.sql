-- $1 request, $2 event, $3 revision, $4 state, $5 is it final, $6 reply code, $8 feedback, one row a request; $7 seconds
-- until a request that notification holds is published again nevertheless. The same revision again is no news, but says that
-- notification still holds the request (or has parked it, which has no revision): the next try waits.
with told as (
    select *
    from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::boolean[], $6::smallint[], $8::text[])
        as told (id, event_id, revision, state, is_final, reply_code, feedback)
    order by id
),
before as (
    select s.id, s.mail_state, s.campaign
    from signups s
    join told on told.id = s.id and told.event_id = s.event_id
        and (told.revision > s.mail_revision or (told.revision = s.mail_revision and not told.is_final))
    order by s.id
    for update of s
),
signup as (
    update signups s
    set mail_state = told.state,
        mail_revision = told.revision,
        mail_reply_code = told.reply_code,
        mail_feedback = told.feedback,
        delivery = case when told.is_final then 'done' else s.delivery end,
        next_republish_at = now() + make_interval(secs => $7)
    from told
    join before on before.id = told.id
    where s.id = told.id
    returning before.campaign, told.state = 'accepted' and before.mail_state is distinct from 'accepted' as is_accepted
),
mail as (
    update mail_requests m
    set mail_state = told.state,
        mail_revision = told.revision,
        mail_reply_code = told.reply_code,
        delivery = case when told.is_final then 'done' else m.delivery end,
        next_republish_at = now() + make_interval(secs => $7)
    from told
    where m.id = told.id and m.event_id = told.event_id
        and (told.revision > m.mail_revision or (told.revision = m.mail_revision and not told.is_final))
)
select c.slug as campaign, c.channel
from signup
join campaigns c on c.slug = signup.campaign
where signup.is_accepted
