insert into mail_budgets as budget (limit_key, sent_at, granted_to)
values ($1, array[now()], $2)
on conflict (limit_key) do update
    set granted_to = excluded.granted_to,
        sent_at = array(select at from unnest(budget.sent_at) at
                        where at between now() - interval '24 hours' and now() + interval '24 hours') || now()
    where (select count(*) filter (where at > now() - interval '10 minutes') = 0 and count(*) < 3
           from unnest(budget.sent_at) at
           where at between now() - interval '24 hours' and now() + interval '24 hours')
returning granted_to
