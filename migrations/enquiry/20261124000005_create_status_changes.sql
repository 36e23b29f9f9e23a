-- Every status that an enquiry had; append-only.
create table status_changes (
    enquiry_id uuid        not null references enquiries (id) on delete cascade,
    revision   integer     not null,
    status     text        not null,
    changed_at timestamptz not null,
    primary key (enquiry_id, revision)
);
