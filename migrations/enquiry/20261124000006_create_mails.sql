-- How far the mails of an enquiry have come, as notification told last.
create table mails (
    enquiry_id uuid        not null references enquiries (id) on delete cascade,
    purpose    text        not null,
    recipient  smallint    not null,
    -- Of the notification; an event with a lower one is older.
    revision   integer     not null,
    state      text        not null,
    reply_code smallint,
    changed_at timestamptz not null,
    primary key (enquiry_id, purpose, recipient)
);
