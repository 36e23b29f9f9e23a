-- One attempt may ask several relays, the next one where the one before is at fault: a row for each that was asked.
--
-- outcome holds the words of domain/reply_class (accepted, retry, slow_down, relay_fault, recipient_bad, content_policy,
-- unknown_outcome), and unsendable where no relay was asked. Programs before this release wrote deferred, refused and
-- unanswered.
alter table attempts
    -- Which relay of the attempt, from 0.
    add column step  smallint not null default 0,
    -- Its name in relays.toml. NULL: none was asked, or the row is from before this release.
    add column relay text,
    -- How far the dialogue had come: session, sender, recipient, message.
    add column stage text;
