-- Answers to repeat for 48 hours. The key is SHA-256(endpoint, key, person id): it says nothing by itself.
create table idempotency_keys (
    key_hash    bytea       primary key,
    -- Of what was sent: the same key with other content is refused.
    fingerprint bytea       not null,
    -- Inserted before its enquiry, to make a second request with the same key wait for the first.
    enquiry_id  uuid        not null references enquiries (id) on delete cascade deferrable initially deferred,
    created_at  timestamptz not null default now()
);

create index idempotency_keys_enquiry on idempotency_keys (enquiry_id);
create index idempotency_keys_created on idempotency_keys (created_at);
