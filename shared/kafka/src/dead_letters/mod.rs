//! The dead letters of a service: records that it can never handle, set aside to be looked at and replayed.
//!
//! The topic only grows: that a letter was replayed is a note behind it, which is kept for longer than the letter.

mod letter;
mod parking;
mod reading;
mod replaying;

pub use letter::DeadLetter;
pub(crate) use parking::DeadLetters;
pub use reading::DeadLetterReader;
pub use replaying::Replayer;

/// Headers that a dead letter has beyond those of the record. They say where it was and why it is here.
const REASON: &str = "parked_reason";
const TOPIC: &str = "parked_topic";
const PARTITION: &str = "parked_partition";
const OFFSET: &str = "parked_offset";
/// Set where the broker took the record only without its value, which is still where the other headers say.
const VALUE: &str = "parked_value";

/// Header of a record that was replayed: how often. It stays with the record if that is parked again.
const REPLAYED: &str = "replayed";
/// Header of a note in the dead letters, and the only one it has: the number of the letter that was replayed.
const NOTE: &str = "replayed_letter";
