//! Looking for phrases in what mail systems and robots write, in lists that can be read and added to.

mod phrase;
mod words;

pub use phrase::Phrases;
#[cfg(test)]
pub use phrase::check_list;
pub use words::Words;
