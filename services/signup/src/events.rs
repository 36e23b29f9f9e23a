//! What this service tells the world, in the words of `contracts`.

use contracts::offer::{CHUNK_BYTES, CHUNK_TYPE, ChunkKey, OfferFile, OfferPublished};
use contracts::signup::{
    FreshDownload, LinksRequested, MyDataRequested, PersonErased, SignupAccepted, UnsubscribeScope,
    Unsubscribed, UpdatesConfirmed,
};
use contracts::{EmailAddress, Event, Payload, PersonId, Source, envelope, topics};
use telemetry::TraceParent;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::consent::Sha256Sum;
use crate::domain::links::Links;
use crate::domain::offer::Publication;
use crate::domain::owed::{MailKind, Owed, StoredEvent};
use crate::domain::signup::SignupRequest;

/// A lead asked for an offer.
#[must_use]
pub fn signup_accepted(
    links: &Links,
    request: &SignupRequest,
    id: Uuid,
    person: PersonId,
    now: OffsetDateTime,
) -> SignupAccepted {
    let offer = &request.campaign.offer;
    SignupAccepted {
        signup_id: id,
        person_id: person,
        email: request.email.clone(),
        name: request.name.clone(),
        campaign: request.campaign.slug.clone(),
        channel: request.campaign.channel.clone(),
        greeting: request.campaign.greeting.clone(),
        offer: offer.version.clone(),
        offer_title: offer.title.clone(),
        links: links.for_mail(person, now),
        download: links.download(id, now),
        confirm: request.updates.then(|| links.confirm(id, now)),
        touch: request.touch.told(),
        accepted_at: now,
    }
}

/// Somebody asked for a mail about what is stored under an address.
#[derive(Debug, Clone)]
pub struct MailAsked {
    pub request: Uuid,
    pub person: PersonId,
    pub email: EmailAddress,
    pub at: OffsetDateTime,
}

/// Fresh links were asked for.
#[must_use]
pub fn links_requested(links: &Links, asked: &MailAsked, downloads: Vec<FreshDownload>) -> LinksRequested {
    LinksRequested {
        request_id: asked.request,
        person_id: asked.person,
        email: asked.email.clone(),
        downloads,
        links: links.for_mail(asked.person, asked.at),
        requested_at: asked.at,
    }
}

/// The link to one's own data was asked for.
#[must_use]
pub fn my_data_requested(links: &Links, asked: &MailAsked) -> MyDataRequested {
    MyDataRequested {
        request_id: asked.request,
        person_id: asked.person,
        email: asked.email.clone(),
        link: links.my_data(asked.person, asked.at),
        links: links.for_mail(asked.person, asked.at),
        requested_at: asked.at,
    }
}

/// A person does not want mails of this scope.
#[must_use]
pub fn unsubscribed(
    person: PersonId,
    scope: UnsubscribeScope,
    at: OffsetDateTime,
    trace: &TraceParent,
) -> Event {
    let told = Unsubscribed {
        person_id: person,
        scope,
        at,
    };
    // Not `about` the person: an erasure takes the unsent events of a person back, but not that they want no mails.
    Event::new(person, at, &told).traced(Some(trace.to_string()))
}

/// A person confirmed the consent to updates.
#[must_use]
pub fn updates_confirmed(person: PersonId, at: OffsetDateTime, trace: &TraceParent) -> Event {
    let told = UpdatesConfirmed {
        person_id: person,
        at,
    };
    about(person, at, &told).traced(Some(trace.to_string()))
}

/// A person was erased here and must be erased everywhere.
#[must_use]
pub fn person_erased(person: PersonId, event_id: Uuid, at: OffsetDateTime) -> Event {
    let told = PersonErased {
        person_id: person,
        erased_at: at,
    };
    about(person, at, &told)
        .with_id(event_id)
        .traced(Some(TraceParent::new_root().to_string()))
}

/// The event of a request, told later or again: the same id and the same data, in a trace of its own.
#[must_use]
pub fn stored(event: StoredEvent) -> Event {
    let event_type = match event.owed {
        Owed::Delivery => SignupAccepted::TYPE,
        Owed::Mail(MailKind::Links) => LinksRequested::TYPE,
        Owed::Mail(MailKind::MyData) => MyDataRequested::TYPE,
    };
    Event {
        id: event.id,
        source: Source::Signup,
        event_type: event_type.to_owned(),
        time: event.time,
        topic: topics::SIGNUP_EVENTS.to_owned(),
        key: event.person.to_string(),
        content_type: envelope::JSON.to_owned(),
        traceparent: Some(TraceParent::new_root().to_string()),
        person: Some(event.person),
        payload: Some(event.payload),
    }
}

fn about<P: Payload>(person: PersonId, at: OffsetDateTime, told: &P) -> Event {
    Event::new(person, at, told).about(person)
}

/// The records of a version: the chunks of its file, then the manifest that names them.
#[must_use]
pub fn offer_published(publication: Publication) -> Vec<Event> {
    let trace = TraceParent::new_root();
    let (file, at) = (publication.file, publication.at);
    let sum = Sha256Sum::of(&file.bytes);
    let chunks = file.bytes.chunks(CHUNK_BYTES).zip(0..);
    let mut events: Vec<Event> = chunks
        .map(|(bytes, index)| chunk(sum, index, bytes, at))
        .collect();
    let manifest = OfferPublished {
        offer: publication.version,
        title: publication.content.title,
        language: publication.content.language,
        delivery: publication.content.delivery,
        mail: publication.content.mail,
        file: OfferFile {
            sha256: sum.to_string(),
            bytes: file.bytes.len() as u64,
            chunks: u32::try_from(events.len()).expect("a file of at most 10 MiB has few chunks"),
            name: file.name,
            media_type: file.media_type,
        },
    };
    events.push(Event::new(manifest.offer.key(), at, &manifest));
    events
        .into_iter()
        .map(|event| event.traced(Some(trace.to_string())))
        .collect()
}

fn chunk(file: Sha256Sum, index: u32, bytes: &[u8], at: OffsetDateTime) -> Event {
    let key = ChunkKey {
        sha256: file.to_string(),
        index,
    };
    Event {
        id: Uuid::now_v7(),
        source: Source::Signup,
        event_type: CHUNK_TYPE.to_owned(),
        time: at,
        topic: topics::OFFER_VERSIONS.to_owned(),
        key: key.to_string(),
        content_type: envelope::OCTETS.to_owned(),
        traceparent: None,
        person: None,
        payload: Some(bytes.to_vec()),
    }
}
