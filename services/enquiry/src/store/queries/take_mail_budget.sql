insert into mail_budgets as budget (limit_key, sent_at, granted_to)
values ($1, array[now()], $2)
on conflict (limit_key) do update set (sent_at, granted_to) = (
    select
        case when spent.may_send then spent.lately || now() else budget.sent_at end,
        case when spent.may_send then excluded.granted_to else budget.granted_to end
    from (
        select
            coalesce(array_agg(sent), '{}') as lately,
            count(*) < 3 and coalesce(max(sent) <= now() - interval '10 minutes', true) as may_send
        from unnest(budget.sent_at) as sent
        where sent > now() - interval '24 hours'
    ) as spent
)
returning granted_to = $2 as "granted!"
