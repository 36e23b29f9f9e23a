-- What the last attempt came to: the words of attempts.outcome. Asked for by those who look for mails to send again.
alter table notifications add column outcome text;
