-- The one way into the table: a decision, and what it came to. What is there stays, unless
--   * the new one is a complaint. A complaint that holds is for ever;
--   * both suppress, and the new reason is stronger ($7 has them, the weakest first; other words are weaker still), or it is
--     the same and decided later;
--   * one of them lifts, and the new one is not the earlier. Without a time ($6) it is decided now, and is later.
-- A clock that is far ahead decides for tomorrow, not for years.
with before as (
    select active from suppressions where person_id = $1 and scope = $2
),
written as (
    insert into suppressions as s (person_id, scope, active, reason, source, decided_at)
    values ($1, $2, $3, $4, $5, case when $6::timestamptz is null then now() else least($6, now() + interval '1 day') end)
    on conflict (person_id, scope) do update
    set active = excluded.active,
        reason = excluded.reason,
        source = excluded.source,
        -- Other services' clocks may be ahead of ours.
        decided_at = greatest(excluded.decided_at, case when $6 is null then s.decided_at end)
    where not (s.active and s.reason = 'complaint')
      and case
          when excluded.active and excluded.reason = 'complaint' then true
          when excluded.active and s.active then
              coalesce(array_position($7::text[], excluded.reason), 0) > coalesce(array_position($7, s.reason), 0)
              or (excluded.reason = s.reason and excluded.decided_at > s.decided_at)
          else $6 is null or excluded.decided_at >= s.decided_at
      end
    returning s.person_id
)
select
    coalesce((select active from before), false) as "was_active!",
    exists (select from written) as "is_written!"
