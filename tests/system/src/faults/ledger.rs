//! What visitors were told: the other side of every promise.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::request::Kind;

/// A request that was answered with 2xx.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Acknowledged {
    pub(super) kind: Kind,
    pub(super) id: Uuid,
    pub(super) address: String,
}

/// The ledger: a file, in which an answer is before it counts, and what was tried at all.
#[derive(Debug)]
pub struct Ledger {
    file: Mutex<File>,
    book: Mutex<Book>,
}

/// What the ledger holds.
#[derive(Debug, Default, Clone)]
pub(super) struct Book {
    pub(super) acknowledged: Vec<Acknowledged>,
    /// Addresses of everybody who ever posted, answered or not.
    pub(super) tried: HashSet<String>,
    pub(super) erased: HashSet<String>,
    /// Answers that no request may have, such as 500.
    pub(super) wrong_answers: Vec<String>,
}

impl Ledger {
    /// An empty ledger in this file.
    pub(super) fn create(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().create_new(true).append(true).open(path)?;
        Ok(Self {
            file: Mutex::new(file),
            book: Mutex::default(),
        })
    }

    /// Somebody is about to post.
    pub(super) fn tries(&self, address: &str) {
        self.book().tried.insert(address.to_owned());
    }

    /// Somebody was answered 2xx. It counts when this returns: it is on the disk.
    pub(super) fn acknowledge(&self, one: Acknowledged) {
        let line = serde_json::to_string(&one).expect("plain data");
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(file, "{line}")
            .and_then(|()| file.sync_data())
            .expect("the ledger can be written");
        drop(file);
        self.book().acknowledged.push(one);
    }

    pub(super) fn wrong_answer(&self, words: String) {
        self.book().wrong_answers.push(words);
    }

    /// Somebody who was acknowledged and not erased, to be erased now.
    pub(super) fn choose_to_erase(&self, nth: usize) -> Option<String> {
        let mut book = self.book();
        let chosen = book
            .acknowledged
            .get(nth % book.acknowledged.len().max(1))?
            .address
            .clone();
        book.erased.insert(chosen.clone()).then_some(chosen)
    }

    /// As it stands.
    pub(super) fn read(&self) -> Book {
        self.book().clone()
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
