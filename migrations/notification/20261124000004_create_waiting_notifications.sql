-- Deliveries whose offer version has not arrived: one row for each ledger row in state 'waiting_for_offer'.
create table waiting_notifications (
    notification_id uuid    primary key,
    offer_slug      text    not null,
    offer_version   integer not null
);

create index waiting_notifications_by_offer on waiting_notifications (offer_slug, offer_version);
