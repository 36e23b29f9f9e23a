//! The summaries of all mails, in the order of their ids.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::message::{MailId, Summary};

#[derive(Default)]
pub(super) struct Index {
    mails: BTreeMap<MailId, Arc<Summary>>,
}

impl Index {
    pub(super) fn of(summaries: impl IntoIterator<Item = Summary>) -> Self {
        let mails = summaries
            .into_iter()
            .map(|summary| (summary.id, Arc::new(summary)))
            .collect();
        Self { mails }
    }

    pub(super) fn insert(&mut self, summary: Summary) {
        self.mails.insert(summary.id, Arc::new(summary));
    }

    pub(super) fn remove(&mut self, id: MailId) {
        self.mails.remove(&id);
    }

    pub(super) fn get(&self, id: MailId) -> Option<Arc<Summary>> {
        self.mails.get(&id).cloned()
    }

    pub(super) fn len(&self) -> usize {
        self.mails.len()
    }

    pub(super) fn newest(&self) -> Option<MailId> {
        self.mails.last_key_value().map(|(id, _)| *id)
    }

    pub(super) fn ids(&self) -> Vec<MailId> {
        self.mails.keys().copied().collect()
    }

    pub(super) fn newest_first(&self) -> impl Iterator<Item = &Arc<Summary>> {
        self.mails.values().rev()
    }

    pub(super) fn neighbours(&self, id: MailId) -> (Option<MailId>, Option<MailId>) {
        let older = self.mails.range(..id).next_back().map(|(id, _)| *id);
        let newer = self
            .mails
            .range(id..)
            .find(|(other, _)| **other != id)
            .map(|(id, _)| *id);
        (older, newer)
    }
}
