-- As in due_notifications, where it goes when the offer comes.
alter table waiting_notifications add column domain_group text;
