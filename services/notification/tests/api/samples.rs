//! Events as the other services tell them.

use contracts::enquiry::{EnquiryAccepted, Team, Topic};
use contracts::offer::{
    CHUNK_BYTES, CHUNK_TYPE, ChunkKey, DeliveryMail, DeliveryMode, OfferFile, OfferPublished, OfferVersion,
};
use contracts::signup::{MailLinks, SignupAccepted, Touch, UnsubscribeScope, Unsubscribed};
use contracts::{EmailAddress, Event, MessageText, PersonId, PersonName, Slug, Source, topics};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::test_app::subject_key;

pub fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

pub fn person(text: &str) -> PersonId {
    PersonId::of(&subject_key(), &address(text))
}

pub fn offer_version(version: i32) -> OfferVersion {
    OfferVersion {
        slug: Slug::parse("system-design").expect("a slug"),
        version,
    }
}

/// A file that is longer than a chunk and has every byte in it.
pub fn file() -> Vec<u8> {
    let tail = (0..CHUNK_BYTES + 1_000).map(|i| u8::try_from(i % 256).expect("a byte"));
    b"%PDF-1.7\n".iter().copied().chain(tail).collect()
}

pub fn manifest(version: i32, delivery: DeliveryMode) -> OfferPublished {
    let file = file();
    OfferPublished {
        offer: offer_version(version),
        title: "System Design Cheat Sheet".to_owned(),
        language: "en".to_owned(),
        delivery,
        mail: DeliveryMail {
            subject: "Your {{ title }} ✓".to_owned(),
            text: "{{ greeting }}\n\n{{ download }}\n{% if attached %}It is attached, too.\n{% endif %}\
                   {% if confirm %}Updates: {{ confirm }}\n{% endif %}\n-- \nUnsubscribe: {{ unsubscribe }}\n\
                   Your data: {{ my_data }}\n"
                .to_owned(),
            html: "<html lang=\"en\"><body><p>{{ greeting }}</p><p><a href=\"{{ download }}\">{{ title }}</a></p>\
                   <p><a href=\"{{ unsubscribe }}\">Unsubscribe</a></p></body></html>"
                .to_owned(),
        },
        file: OfferFile {
            name: "system-design.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            sha256: HEXLOWER.encode(&Sha256::digest(&file)),
            bytes: u64::try_from(file.len()).expect("a length"),
            chunks: 2,
        },
    }
}

/// The chunks of a file, as signup publishes them.
pub fn chunks() -> Vec<Event> {
    let file = file();
    let sha256 = HEXLOWER.encode(&Sha256::digest(&file));
    let chunk = |(index, bytes): (usize, &[u8])| Event {
        id: Uuid::now_v7(),
        source: Source::Signup,
        event_type: CHUNK_TYPE.to_owned(),
        time: OffsetDateTime::now_utc(),
        topic: topics::OFFER_VERSIONS.to_owned(),
        key: ChunkKey {
            sha256: sha256.clone(),
            index: u32::try_from(index).expect("an index"),
        }
        .to_string(),
        content_type: "application/octet-stream".to_owned(),
        traceparent: None,
        person: None,
        payload: Some(bytes.to_vec()),
    };
    file.chunks(CHUNK_BYTES).enumerate().map(chunk).collect()
}

/// The manifest's event.
pub fn published(manifest: &OfferPublished) -> Event {
    Event::new(manifest.offer.key(), OffsetDateTime::now_utc(), manifest)
}

/// An offer version with its file, chunks first.
pub fn offer(version: i32, delivery: DeliveryMode) -> Vec<Event> {
    let mut events = chunks();
    events.push(published(&manifest(version, delivery)));
    events
}

pub fn mail_links() -> MailLinks {
    MailLinks {
        unsubscribe: "https://course.example/u/unsubscribe-token".to_owned(),
        my_data: "https://course.example/me".to_owned(),
    }
}

pub fn signup(email: &str) -> SignupAccepted {
    SignupAccepted {
        signup_id: Uuid::now_v7(),
        person_id: person(email),
        email: address(email),
        name: Some(PersonName::parse("Anna").expect("a name")),
        campaign: Slug::parse("instagram").expect("a slug"),
        channel: "instagram".to_owned(),
        greeting: "Hi Instagram Fam!".to_owned(),
        offer: offer_version(1),
        offer_title: "System Design Cheat Sheet".to_owned(),
        links: mail_links(),
        download: "https://course.example/d/download-token".to_owned(),
        confirm: None,
        touch: Touch::default(),
        accepted_at: OffsetDateTime::now_utc(),
    }
}

/// An event that a signup was accepted.
pub fn accepted(signup: &SignupAccepted) -> Event {
    Event::new(signup.person_id, signup.accepted_at, signup)
}

pub fn enquiry(email: &str) -> EnquiryAccepted {
    EnquiryAccepted {
        enquiry_id: Uuid::now_v7(),
        reference: "Q-7K3M-9QXP".to_owned(),
        person_id: person(email),
        email: address(email),
        name: Some(PersonName::parse("Anna <b>Muster</b>").expect("a name")),
        topic: Topic {
            slug: Slug::parse("prices").expect("a slug"),
            title: "Prices & plans".to_owned(),
        },
        message: MessageText::parse("Is there a <script>discount</script>?\n.\nfor {{ 7 * 7 }} people")
            .expect("a message"),
        campaign: Slug::parse("linkedin").ok(),
        team: Team {
            slug: Slug::parse("sales").expect("a slug"),
            name: "Sales".to_owned(),
            inbox: address("sales@course.example"),
        },
        rule: "prices".to_owned(),
        fallback_inbox: address("office@course.example"),
        acknowledge: true,
        accepted_at: OffsetDateTime::now_utc(),
    }
}

/// An event that an enquiry was accepted.
pub fn asked(enquiry: &EnquiryAccepted) -> Event {
    Event::new(enquiry.enquiry_id, enquiry.accepted_at, enquiry)
}

pub fn unsubscribed(email: &str, scope: UnsubscribeScope) -> Event {
    let at = OffsetDateTime::now_utc();
    let payload = Unsubscribed {
        person_id: person(email),
        scope,
        at,
    };
    Event::new(payload.person_id, at, &payload)
}
