-- What the recipient's side made of the mail after a relay took it: 'bounced' or 'complained'. The state stays.
alter table notifications add column feedback text;
