-- Why a mail may have to wait while others go: no relay takes its class now, or its recipient's provider is full. NULL
-- (a row from before this release): only the first is looked at when it is claimed.
--
-- domain_group is a known family of providers or the recipient's domain, which may be a person's own: it is gone with
-- the row, when the mail is settled or the person erased.
alter table due_notifications
    add column class        text,
    add column domain_group text;
