use contracts::Event;
use contracts::notification::{Feedback, Purpose, State, StateChanged};
use enquiry::consumers::Events;
use kafka::{Handler, Verdict};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::test_app::{TestApp, json_of, question, received};

/// An app with one enquiry, and the events that notification would tell of it.
struct Told {
    app: TestApp,
    consumer: Events,
    request_id: Uuid,
    event_id: Uuid,
}

impl Told {
    async fn start() -> Self {
        let app = TestApp::start().await;
        assert_eq!(app.ask(&question()).await.status(), 202);
        let (request_id, event_id) = sqlx::query_as("select id, event_id from enquiries")
            .fetch_one(app.database.pool())
            .await
            .expect("one row");
        Self {
            consumer: Events::new(app.app.state().clone()),
            app,
            request_id,
            event_id,
        }
    }

    fn state(&self, purpose: Purpose, revision: i32, state: State) -> StateChanged {
        StateChanged {
            request_id: self.request_id,
            event_id: self.event_id,
            purpose,
            recipient: 0,
            revision,
            state,
            reply_code: Some(250),
            feedback: None,
            at: OffsetDateTime::now_utc(),
        }
    }

    async fn tell(&self, changed: &StateChanged) -> Verdict {
        let event = Event::new(changed.request_id, changed.at, changed);
        let verdicts = self.consumer.handle(&[received(&event)]).await;
        verdicts.expect("handled").remove(0)
    }

    async fn delivery(&self) -> String {
        self.app.text("select delivery from enquiries").await
    }
}

#[tokio::test]
async fn a_delivery_is_done_when_both_mails_were_taken() {
    let told = Told::start().await;
    assert_eq!(
        told.tell(&told.state(Purpose::Team, 2, State::Accepted)).await,
        Verdict::Done
    );
    assert_eq!(told.delivery().await, "owed");
    assert_eq!(
        told.tell(&told.state(Purpose::Ack, 2, State::Suppressed)).await,
        Verdict::Done
    );
    assert_eq!(told.delivery().await, "done");
}

#[tokio::test]
async fn an_older_state_changes_nothing_and_neither_does_a_repeated_one() {
    let told = Told::start().await;
    let newest = told.state(Purpose::Team, 3, State::Accepted);
    assert_eq!(told.tell(&newest).await, Verdict::Done);
    for old in [newest.clone(), told.state(Purpose::Team, 2, State::Queued)] {
        assert_eq!(told.tell(&old).await, Verdict::Skipped);
    }
    assert_eq!(
        told.app
            .text("select concat_ws('|', revision, state) from mails")
            .await,
        "3|accepted"
    );
}

#[tokio::test]
async fn what_came_back_of_a_mail_is_shown_beside_the_enquiry() {
    let told = Told::start().await;
    told.tell(&told.state(Purpose::Ack, 2, State::Accepted)).await;
    let bounced = StateChanged {
        feedback: Some(Feedback::Bounced),
        ..told.state(Purpose::Ack, 3, State::Accepted)
    };
    assert_eq!(told.tell(&bounced).await, Verdict::Done);
    let path = format!("/admin/v1/enquiry/enquiries/{}", told.request_id);
    let shown = json_of(told.app.get_admin(&path).await).await;
    let mail = &shown["mails"][0];
    assert_eq!(
        (&mail["state"], &mail["reply_code"], &mail["feedback"]),
        (&json!("accepted"), &json!(250), &json!("bounced"))
    );
}

#[tokio::test]
async fn a_mail_that_waits_is_not_asked_for_again_before_a_day() {
    for state in [State::Queued, State::Parked] {
        let told = Told::start().await;
        told.tell(&told.state(Purpose::Team, 1, state)).await;
        let later = "select count(*) from enquiries where republish_at > now() + interval '23 hours'";
        assert_eq!(told.app.count(later).await, 1, "{state:?}");
    }
}

#[tokio::test]
async fn mails_of_other_services_and_unknown_enquiries_are_left_alone() {
    let told = Told::start().await;
    let delivery = told.state(Purpose::Delivery, 1, State::Accepted);
    assert_eq!(told.tell(&delivery).await, Verdict::Skipped);
    let mut unknown = told.state(Purpose::Team, 1, State::Accepted);
    unknown.request_id = Uuid::now_v7();
    assert_eq!(told.tell(&unknown).await, Verdict::Skipped);
    let mut other_event = told.state(Purpose::Team, 1, State::Accepted);
    other_event.event_id = Uuid::now_v7();
    assert_eq!(told.tell(&other_event).await, Verdict::Skipped);
    assert_eq!(told.app.count("select count(*) from mails").await, 0);
}

#[tokio::test]
async fn what_cannot_be_read_is_parked_and_what_is_unknown_is_skipped() {
    let told = Told::start().await;
    let changed = told.state(Purpose::Team, 1, State::Accepted);
    let event = Event::new(told.request_id, changed.at, &changed);
    let parked = |record| async { told.consumer.handle(&[record]).await.expect("handled").remove(0) };

    let mut newer = event.clone();
    newer.event_type = "leadstream.notification.state_changed.v2".to_owned();
    assert!(matches!(parked(received(&newer)).await, Verdict::Park(_)));
    let mut broken = event.clone();
    broken.payload = Some(b"{\"request_id\":".to_vec());
    assert!(matches!(parked(received(&broken)).await, Verdict::Park(_)));
    let mut headless = received(&event);
    headless.headers.clear();
    assert!(matches!(parked(headless).await, Verdict::Park(_)));
    let mut unknown = event.clone();
    unknown.event_type = "leadstream.notification.sung.v1".to_owned();
    assert_eq!(parked(received(&unknown)).await, Verdict::Skipped);
}
