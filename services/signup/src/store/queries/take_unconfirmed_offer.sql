update offer_versions v
set tries = least(v.tries + 1, 30000)::smallint,
    next_publish_at = now() + least(make_interval(secs => $1 * power(2, least(v.tries + 1, 20))), '1 day')
from files f
where f.sha256 = v.file_sha256
  and (v.offer, v.version) = (
      select offer, version from offer_versions
      where stored_at is null and next_publish_at <= now()
      order by next_publish_at limit 1
      for update skip locked)
returning v.offer, v.version, v.content, v.file_name, v.media_type, v.published_at, f.bytes,
          exists (select from outbox o
                  where o.topic = 'offer.versions' and o.key = 'offer/' || v.offer || '/' || v.version) as "is_queued!"
