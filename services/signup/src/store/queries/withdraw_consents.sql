-- A withdrawn row for each purpose of each signup of the person whose last word is given or pending; of the newest
-- signup also where nothing was ever said about the purpose.
with mine as (
    select signup_id as id, row_number() over (order by signup_id desc) = 1 as is_newest
    from person_signups
    where person_id = $1
),
last_word as (
    select distinct on (signup_id, purpose) signup_id, purpose, state, wording_version, wording_sha256
    from consents
    where signup_id in (select id from mine) and purpose = any($2)
    order by signup_id, purpose, consents.id desc
)
insert into consents (signup_id, purpose, state, wording_version, wording_sha256, page, client_address, user_agent,
                      method)
select mine.id, wanted.purpose, 'withdrawn', last_word.wording_version, last_word.wording_sha256, $3, $4, $5, $6
from mine
cross join unnest($2::text[]) as wanted (purpose)
left join last_word on last_word.signup_id = mine.id and last_word.purpose = wanted.purpose
where last_word.state in ('given', 'pending') or (last_word.state is null and is_newest)
