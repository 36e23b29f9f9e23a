delete from idempotency_keys
where key_hash in (
    select key_hash from idempotency_keys
    where key_hash = any(array(
        select idempotency_key from signups
        where id = any(array(select signup_id from person_signups where person_id = $1))
          and idempotency_key is not null))
    order by key_hash
    for update)
