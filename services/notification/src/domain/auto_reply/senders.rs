//! Senders that no person reads the mail of.

use contracts::EmailAddress;

use crate::domain::incoming_mail::IncomingMail;

/// RFC 3834 §2 and RFC 5230 §4.5 name some; the others are the habits of those who send by program.
const NAMES: [&str; 22] = [
    "mailer-daemon",
    "mailerdaemon",
    "mail-daemon",
    "daemon",
    "double-bounce",
    "postmaster",
    "listserv",
    "majordomo",
    "listproc",
    "ezmlm",
    "uucp",
    "mailer",
    "noreply",
    "no-reply",
    "no_reply",
    "no.reply",
    "donotreply",
    "do-not-reply",
    "do_not_reply",
    "do.not.reply",
    "nobody",
    "bounce",
];
const STARTS: [&str; 9] = [
    "owner-",
    "noreply-",
    "noreply+",
    "no-reply-",
    "no-reply+",
    "bounce-",
    "bounce+",
    "bounces+",
    "autoreply",
];
const ENDS: [&str; 8] = [
    "-request",
    "-owner",
    "-relay",
    "-bounces",
    "-bounce",
    "-noreply",
    "-no-reply",
    "-confirm",
];

/// What is wrong with the sender, if anything is.
pub(super) fn of_robot(mail: &IncomingMail, own: &[EmailAddress]) -> Option<&'static str> {
    let senders: Vec<&str> = mail.senders().map(|(_, address)| address).collect();
    if !senders.iter().any(|address| address.contains('@')) {
        return Some("it does not say who would get the answer");
    }
    let path = mail.header("Return-Path").unwrap_or_default();
    let mut parties = senders
        .iter()
        .copied()
        .chain([path.trim_matches(['<', '>', ' '])]);
    if parties.any(is_robot) {
        return Some("the sender is a robot, or a list's owner (RFC 3834, section 2)");
    }
    if senders.iter().any(|sender| is_ours(sender, mail, own)) {
        return Some("it is from the address that would answer: a loop");
    }
    None
}

/// Whether an address is a robot's or a list's, as far as its name tells (RFC 3834 §2).
pub(super) fn is_robot(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    NAMES.contains(&local.as_str())
        || STARTS.iter().any(|start| local.starts_with(start))
        || ENDS.iter().any(|end| local.ends_with(end))
}

fn is_ours(sender: &str, mail: &IncomingMail, own: &[EmailAddress]) -> bool {
    mail.receivers()
        .any(|receiver| receiver.eq_ignore_ascii_case(sender))
        || own
            .iter()
            .any(|address| address.expose().eq_ignore_ascii_case(sender))
}
