//! Every port is bound before any engine starts, so that a busy one is told at once.

use std::net::{SocketAddr, TcpListener};

use program::Failure;
use settings::exit_code;

use crate::config::Settings;

/// The bound listeners.
#[derive(Debug)]
pub struct Ports {
    pub public: TcpListener,
    pub admin: TcpListener,
    pub mailbox: TcpListener,
    pub mailbox_smtp: TcpListener,
}

impl Ports {
    /// Binds all of them.
    ///
    /// # Errors
    /// Names the setting whose port is busy.
    pub fn bind(settings: &Settings) -> Result<Self, Failure> {
        Ok(Self {
            public: bind("PUBLIC_LISTEN", settings.public_listen())?,
            admin: bind("ADMIN_LISTEN", settings.admin_listen())?,
            mailbox: bind("MAILBOX_LISTEN", settings.mailbox_listen)?,
            mailbox_smtp: bind("MAILBOX_SMTP_LISTEN", settings.mailbox_smtp_listen)?,
        })
    }
}

fn bind(setting: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
    web::bind(setting, address).map_err(|error| Failure::new(exit_code::USAGE, error))
}
