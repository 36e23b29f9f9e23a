//! `signup serve` and `signup check-config`.

use std::io::{self, Write};
use std::time::Duration;

use contracts::Source;
use program::Outcome;

use super::{PORTS, ServeSettings};
use crate::app::App;
use crate::error::Error;

/// A stop takes no longer than this, after the servers.
const FLUSH: Duration = Duration::from_secs(10);

/// Serves until a signal, then stops in good order.
pub(super) fn serve(settings: &ServeSettings) -> Outcome {
    let config = settings.settings.resolve()?;
    program::serve(
        Source::Signup.service(),
        &settings.serve,
        PORTS,
        FLUSH,
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
    writeln!(
        io::stdout(),
        "the settings are right; links in mails begin with {}",
        config.public_url
    )?;
    Ok(())
}
