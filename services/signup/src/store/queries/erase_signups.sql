with keys as (
    delete from idempotency_keys
    where key_hash in (select idempotency_key from signups where id = any($1) and idempotency_key is not null)
),
evidence as (delete from consents where signup_id = any($1)),
came_by as (delete from touches where signup_id = any($1)),
fetched as (delete from downloads where signup_id = any($1))
delete from signups where id = any($1)
