//! Looking for phrases in what mail systems and robots write, in lists that can be read and added to.

mod phrase;
mod words;

#[cfg(test)]
pub use phrase::check_list;
pub use phrase::Phrases;
pub use words::Words;
