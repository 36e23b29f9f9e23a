//! Mails of robots that report nothing, such as `out of office`.

use super::{Bounce, Recipient};
use crate::domain::auto_reply::{self, Answer};
use crate::domain::incoming_mail::IncomingMail;

/// Whose robot it is, if it is one.
pub(super) fn read(mail: &IncomingMail) -> Option<Vec<Bounce>> {
    let is_robot = auto_reply::judge_mail(mail, &[]).answer == Answer::MustNot;
    let (_, sender) = mail.senders().next().filter(|_| is_robot)?;
    Some(vec![Bounce {
        recipient: Recipient::find(sender),
        ..Bounce::none("a robot or a list has sent it, and it reports no failure")
    }])
}
