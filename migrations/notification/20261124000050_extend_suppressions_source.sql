-- Which part decided: 'smtp_reply'; 'http', 'lmtp' or a provider's name for a bounce or a complaint, as in bounces.via;
-- 'unsubscribe', 'not_me', 'confirmation'; 'operator'; 'import'. 'unknown' where the release before this one wrote the row.
alter table suppressions add column source text not null default 'unknown';
