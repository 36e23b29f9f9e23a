//! A mail is due: its bytes are made of the ledger's row, the templates and, for a delivery, its offer.

use std::sync::Arc;

use crate::commands::find_offer_mail::{NoOfferMail, OfferMails};
use crate::domain::claim::{Claim, OwedMail};
use crate::domain::content::{Content, Delivery};
use crate::mail::compose::{Mail, Outline, Sender};
use crate::mail::dkim::Signer;
use crate::mail::offer_mail::OfferMail;
use crate::mail::render::Templates;

/// A mail without its file is smaller than this: texts of an offer are a few kilobytes.
const WITHOUT_FILE: usize = 256 * 1024;

/// What every mail is made with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Workshop {
    pub sender: Arc<Sender>,
    /// Where mails are signed here.
    pub signer: Option<Signer>,
    pub templates: Arc<Templates>,
    pub offers: OfferMails,
}

/// A mail, and whether the file comes with it.
#[derive(Debug)]
pub struct Composed {
    pub mail: Mail,
    pub attached: bool,
}

/// Why there is no mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CannotCompose {
    /// The database did not give what the mail needs.
    Now,
    /// It would fail again. The reason names no person.
    Ever(&'static str),
}

/// Makes the mail, signed. The file of an offer that is to be attached is left out if the mail would have more than
/// `most_octets`: the link to it is always there then.
///
/// # Errors
/// [`CannotCompose`].
pub async fn compose_mail(
    workshop: &Workshop,
    claim: &Claim,
    owed: &OwedMail,
    most_octets: usize,
) -> Result<Composed, CannotCompose> {
    let composed = compose(workshop, claim, owed, most_octets).await?;
    let Some(signer) = &workshop.signer else {
        return Ok(composed);
    };
    let mail = signer.sign(composed.mail).await.map_err(|error| {
        tracing::error!(notification_id = %claim.id, %error, "a mail waits");
        CannotCompose::Now
    })?;
    Ok(Composed { mail, ..composed })
}

async fn compose(
    workshop: &Workshop,
    claim: &Claim,
    owed: &OwedMail,
    most_octets: usize,
) -> Result<Composed, CannotCompose> {
    let outline = Outline {
        id: claim.id,
        purpose: claim.key.purpose,
        to: &owed.to,
        content: &owed.content,
        date: claim.queued_at,
    };
    if let Content::Delivery(delivery) = &owed.content {
        let offer = claim
            .offer
            .as_ref()
            .ok_or(CannotCompose::Ever("the delivery names no offer"))?;
        let offer_mail = workshop
            .offers
            .mail(offer)
            .await
            .map_err(|error| no_offer(&error))?;
        return compose_delivery(workshop, outline, delivery, &offer_mail, most_octets).await;
    }
    let words = workshop.templates.words(&owed.content).ok().flatten();
    let words = words.ok_or(CannotCompose::Ever("the template cannot be filled"))?;
    let mail = workshop
        .sender
        .compose(outline, words, None)
        .map_err(|_| UNBUILDABLE)?;
    Ok(Composed {
        mail,
        attached: false,
    })
}

const UNBUILDABLE: CannotCompose = CannotCompose::Ever("the mail library refuses an address or a header");

async fn compose_delivery(
    workshop: &Workshop,
    outline: Outline<'_>,
    delivery: &Delivery,
    offer: &OfferMail,
    most_octets: usize,
) -> Result<Composed, CannotCompose> {
    let about = &offer.manifest().file;
    let attached =
        offer.wants_attachment() && encoded(about.bytes).saturating_add(WITHOUT_FILE) <= most_octets;
    let file = match attached {
        true => Some((
            about,
            workshop
                .offers
                .file(about)
                .await
                .map_err(|error| no_offer(&error))?,
        )),
        false => None,
    };
    let words = offer
        .words(delivery, attached)
        .map_err(|_| CannotCompose::Ever("the offer's template cannot be filled"))?;
    let mail = workshop
        .sender
        .compose(outline, words, file)
        .map_err(|_| UNBUILDABLE)?;
    Ok(Composed { mail, attached })
}

/// Octets of a file in base64 with line ends.
fn encoded(octets: u64) -> usize {
    usize::try_from(octets.div_ceil(57).saturating_mul(78)).unwrap_or(usize::MAX)
}

fn no_offer(error: &NoOfferMail) -> CannotCompose {
    match error {
        NoOfferMail::Database(_) => CannotCompose::Now,
        NoOfferMail::Unusable => CannotCompose::Ever("the offer version cannot be used any more"),
    }
}
