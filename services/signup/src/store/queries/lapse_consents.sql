-- Signups that are being erased, or changed, are left for the next time.
-- Looks back over three more months, so that an hourly task may be late, and no further: the rows stay for ever.
insert into consents (signup_id, purpose, state, wording_version, wording_sha256, method)
select asked.signup_id, asked.purpose, 'lapsed', asked.wording_version, asked.wording_sha256, 'lapse'
from consents asked
join signups on signups.id = asked.signup_id
where asked.purpose = 'updates'
  and asked.state = 'pending'
  and asked.at < now() - make_interval(days => $1)
  and asked.at > now() - make_interval(days => $1 + 90)
  and not exists (
      select from consents later
      where later.signup_id = asked.signup_id and later.purpose = asked.purpose and later.id > asked.id)
limit 10000
for key share of signups skip locked
