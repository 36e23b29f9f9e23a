-- no-transaction
-- Mails to teams keep what they say for some days after a relay took them: one that comes back goes to the fallback inbox.
-- Names no column that changes, so that settling a mail stays a heap-only update.
create index concurrently notifications_to_teams on notifications (queued_at) where purpose = 'team';
