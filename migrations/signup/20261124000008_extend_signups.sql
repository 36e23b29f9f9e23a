-- What the recipient's side made of the mail after a relay took it, as notification told last: 'bounced' or 'complained'.
alter table signups add column mail_feedback text;
