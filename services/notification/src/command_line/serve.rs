//! `notification serve` and `notification check-config`.

use std::io::{self, Write};
use std::time::Duration;

use contracts::Source;
use program::Outcome;

use super::{PORTS, ServeSettings};
use crate::app::App;
use crate::error::Error;
use crate::mail::dkim::Signer;

/// Nobody should learn it from mails that do not come.
const REDIRECTED: &str = "; ALL OF THEM to MAIL_REDIRECT_TO alone";
/// A stop takes no longer than this, after the servers, and than a mail that is under way.
const FLUSH: Duration = Duration::from_secs(10);

/// Serves until a signal, then stops in good order.
pub(super) fn serve(settings: &ServeSettings) -> Outcome {
    let config = settings.settings.resolve()?;
    let flush = FLUSH.max(config.send_timeout);
    program::serve(
        Source::Notification.service(),
        &settings.serve,
        PORTS,
        flush,
        |supervisor| {
            let app = App::build(config, supervisor)?;
            let site = app.site();
            app.start(supervisor);
            Ok::<_, Error>(site)
        },
    )
}

/// Says that the settings are right, or what is wrong with them.
pub(super) fn check(settings: &ServeSettings) -> Outcome {
    let config = settings.settings.resolve()?;
    settings.serve.http.admin_token()?;
    let relays = config.relays.iter().map(|plan| {
        let (name, relay) = (&plan.name, &plan.relay);
        format!("{name} ({}:{})", relay.host, relay.port)
    });
    let relays: Vec<String> = relays.collect();
    writeln!(
        io::stdout(),
        "the settings are right; mails go to {}{}{}",
        relays.join(", "),
        config.signer.as_ref().map(signatures).unwrap_or_default(),
        config.sender.redirect_to.as_ref().map_or("", |_| REDIRECTED)
    )?;
    Ok(())
}

/// Who mails are signed as.
fn signatures(signer: &Signer) -> String {
    let keys = signer.keys();
    let active = keys.keys.iter().filter(|named| named.active);
    let selectors: Vec<&str> = active.map(|named| named.selector.as_str()).collect();
    format!("; signed as {} by {}", keys.domain, selectors.join(", "))
}
