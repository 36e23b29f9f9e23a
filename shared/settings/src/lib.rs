//! Settings: clap groups that several services share, secrets from a value or a file, exit codes.
//!
//! Every setting is an environment variable and a long flag; `serve --help` lists all of them.

mod args;
mod command_line;
mod error;
mod moment;
mod public_url;
mod republish;
mod secret;
mod subject_key;

pub use args::{DatabaseArgs, HttpArgs, KafkaArgs, LogArgs, Switch};
pub use command_line::{exit_code, parse};
pub use error::SettingsError;
pub use moment::moment;
pub use public_url::public_url;
pub use republish::{RepublishArgs, RepublishSchedule};
pub use secret::{optional_secret, path_or_blank, secret, secret_in};
pub use subject_key::SubjectKeyArgs;
