-- How many acknowledgements a mailbox got lately. The key is an HMAC of the folded address: it says nothing by itself.
create table mail_budgets (
    limit_key  uuid          primary key,
    -- Of the last 24 hours, at most three.
    sent_at    timestamptz[] not null,
    -- The enquiry that the last one was granted to.
    granted_to uuid          not null
);
