alter table due_notifications add column next_note text;
alter table attempts add column next_note text;
