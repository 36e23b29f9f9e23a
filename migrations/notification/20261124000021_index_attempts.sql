-- no-transaction
create unique index concurrently attempts_of_lease on attempts (notification_id, lease_id, step);
