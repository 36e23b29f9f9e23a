insert into enquiries (
    id, reference, person_id, email, name, topic, message, campaign,
    utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    rule, team, status, revision, accepted_at,
    event_id, event_type, event_time, payload, traceparent,
    acknowledge, delivery, republish_at
) values (
    $1, $2, $3, $4, $5, $6, $7, $8,
    $9, $10, $11, $12, $13,
    $14, $15, $16, 1, $17,
    $18, $19, $17, $20, $21,
    $22, $23, now() + make_interval(secs => $24)
)
