//! Joins what visitors were told with what is in the databases, on the topics and in the mailbox.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use contracts::topics;
use kafka::Received;
use serde_json::Value;
use sqlx::PgPool;
use testkit::{TestKafka, wait_for};
use uuid::Uuid;

use super::arena::{ATTEMPT, Arena, SENDERS};
use super::ledger::{Acknowledged, Book, Ledger};
use super::{Blow, Findings, Schedule};
use crate::private::Private;
use crate::visitor::{Mails, mails_by_visitor};

/// A request as its service holds it.
#[derive(Debug, sqlx::FromRow)]
struct Request {
    id: Uuid,
    email: String,
    event_id: Uuid,
}

/// All requests of both services.
type Requests = HashMap<Uuid, Request>;

/// What is on the topics: the event ids of each request, and how many records came again.
#[derive(Debug, Default)]
struct Events {
    by_request: HashMap<Uuid, BTreeSet<Uuid>>,
    repeated: usize,
}

/// `left_over` rows wait although everything is whole.
pub(super) async fn verify(arena: &Arena, ledger: &Ledger, schedule: &Schedule, left_over: i64) -> Findings {
    let book = ledger.read();
    let requests = requests(&arena.pools).await;
    let kept_log = !schedule.blows().any(|blow| matches!(blow, Blow::LoseKafka(_)));
    let wanted: HashSet<Uuid> = match kept_log {
        true => requests.keys().copied().collect(),
        false => HashSet::new(),
    };
    let events = events(arena.broker.bootstrap(), &wanted).await;
    let mails = mails_by_visitor(&arena.mailbox);
    let explained = schedule
        .blows()
        .map(|blow| blow.mails_again(SENDERS, 2 * ATTEMPT, ATTEMPT));
    Findings {
        acknowledged: book.acknowledged.len(),
        erased: book.erased.len(),
        lost: lost(&book, &requests, kept_log.then_some(&events), &mails),
        phantom: phantom(&book, &requests, &mails),
        duplicate_events: duplicates(&requests, &events, &mails),
        repeated_records: events.repeated,
        duplicate_mails: mails
            .values()
            .flat_map(BTreeMap::values)
            .map(|count| count - 1)
            .sum(),
        explained_mails: explained.sum(),
        orphan_rows: left_over,
        traces: traces(arena, &book).await,
        told: told(arena, &book),
        wrong_answers: book.wrong_answers.clone(),
    }
}

async fn requests(pools: &[PgPool; 3]) -> Requests {
    let signups = "select id, email, event_id from signups join leads using (person_id)";
    let enquiries = "select id, email, event_id from enquiries";
    let mut all = Requests::new();
    for (pool, query) in pools.iter().zip([signups, enquiries]) {
        let rows: Vec<Request> = sqlx::query_as(query)
            .fetch_all(pool)
            .await
            .expect("a database answers");
        all.extend(rows.into_iter().map(|request| (request.id, request)));
    }
    all
}

/// Reads both topics until every wanted request has its event, or nothing more comes.
async fn events(bootstrap: &str, wanted: &HashSet<Uuid>) -> Events {
    let kafka = TestKafka::at(bootstrap);
    let tails = [topics::SIGNUP_EVENTS, topics::ENQUIRY_EVENTS].map(|topic| kafka.tail(topic));
    let mut quiet = (0, 0);
    wait_for(
        "the topics are read",
        std::time::Duration::from_secs(60),
        async || {
            let records: Vec<Received> = tails.iter().flat_map(|tail| tail.records()).collect();
            quiet = if records.len() == quiet.0 {
                (quiet.0, quiet.1 + 1)
            } else {
                (records.len(), 0)
            };
            let events = events_in(&records);
            let complete = wanted.iter().all(|id| events.by_request.contains_key(id));
            // Five seconds of looking every 10 ms.
            (complete && quiet.1 > 20 || quiet.1 > 500).then_some(events)
        },
    )
    .await
}

fn events_in(records: &[Received]) -> Events {
    let (mut events, mut seen, mut places) = (Events::default(), HashSet::new(), HashSet::new());
    // A reader that has to begin anew reads again what it has read.
    for record in records
        .iter()
        .filter(|one| places.insert((&one.topic, one.partition, one.offset)))
    {
        let header = |name| std::str::from_utf8(record.header(name)?).ok();
        let accepted = header("ce_type").is_some_and(|kind| kind.ends_with(".accepted.v1"));
        let (Some(id), true) = (header("ce_id").and_then(|id| id.parse::<Uuid>().ok()), accepted) else {
            continue;
        };
        let payload: Value =
            serde_json::from_slice(record.payload.as_deref().unwrap_or_default()).unwrap_or_default();
        let request = ["signup_id", "enquiry_id"]
            .iter()
            .find_map(|name| payload[*name].as_str()?.parse().ok());
        if let Some(request) = request {
            events.by_request.entry(request).or_default().insert(id);
            events.repeated += usize::from(!seen.insert(id));
        }
    }
    events
}

fn lost(book: &Book, requests: &Requests, events: Option<&Events>, mails: &Mails) -> Vec<String> {
    let missing = |one: &Acknowledged| {
        let mailed = mails.get(&one.address).map_or(0, BTreeMap::len);
        if !requests.contains_key(&one.id) {
            Some("not in its database")
        } else if events.is_some_and(|events| !events.by_request.contains_key(&one.id)) {
            Some("not on its topic")
        } else if mailed < one.kind.mails() {
            Some("not mailed")
        } else {
            None
        }
    };
    let asked = book
        .acknowledged
        .iter()
        .filter(|one| !book.erased.contains(&one.address));
    asked
        .filter_map(|one| Some(format!("{:?} {}: {}", one.kind, one.id, missing(one)?)))
        .collect()
}

fn phantom(book: &Book, requests: &Requests, mails: &Mails) -> Vec<String> {
    let stranger = |address: &str| !book.tried.contains(address);
    let rows = requests.values().filter(|request| stranger(&request.email));
    let rows = rows.map(|request| format!("row {}", request.id));
    let mailed = mails.iter().filter(|(address, _)| stranger(address));
    rows.chain(mailed.map(|(_, ids)| format!("mails {ids:?}")))
        .collect()
}

/// Every visitor posts one request: one row, one event id, one Message-ID for each mail that is owed.
fn duplicates(requests: &Requests, events: &Events, mails: &Mails) -> Vec<String> {
    let mut rows: HashMap<&str, usize> = HashMap::new();
    requests
        .values()
        .for_each(|request| *rows.entry(&request.email).or_default() += 1);
    let twice = rows
        .values()
        .filter(|count| **count > 1)
        .map(|count| format!("{count} rows of one visitor"));
    let others = requests.values().filter(|request| {
        let ids = events.by_request.get(&request.id);
        ids.is_some_and(|ids| ids.iter().any(|id| *id != request.event_id))
    });
    let others = others.map(|request| format!("another event of request {}", request.id));
    let mailed = mails
        .values()
        .filter(|ids| ids.len() > 2)
        .map(|ids| format!("mails {:?}", ids.keys()));
    twice.chain(others).chain(mailed).collect()
}

async fn traces(arena: &Arena, book: &Book) -> Vec<String> {
    let mut found = Vec::new();
    if book.erased.is_empty() {
        return found;
    }
    for pool in &arena.pools {
        let rows = crate::all_rows(pool).await;
        let kept = book.erased.iter().filter(|address| crate::holds(&rows, address));
        found.extend(kept.map(|address| format!("{address} in {:?}", pool.connect_options().get_database())));
    }
    found
}

fn told(arena: &Arena, book: &Book) -> Vec<String> {
    let mut private = Private::default();
    for text in ["@example.com", "Verysecret", "Is my question kept private?"] {
        private.add(text);
    }
    // Looking for thousands would take longer than all the rest: whoever is logged, is logged with all.
    book.tried
        .iter()
        .take(20)
        .for_each(|address| private.add(address));
    arena
        .logs()
        .iter()
        .flat_map(|log| private.found_in(log))
        .collect()
}
