//! Campaigns as every page and every signup needs them, for some seconds without the database.

use std::sync::Arc;
use std::time::Duration;

use contracts::Slug;
use moka::future::Cache;

use crate::domain::campaign::OpenCampaign;
use crate::error::Error;
use crate::store::{Database, campaigns};

/// A change that another process made is seen after this long.
const LIFE: Duration = Duration::from_secs(5);
const CAPACITY: u64 = 1_000;

/// What campaigns show now; also which do not exist. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CampaignCache {
    known: Cache<Slug, Option<Arc<OpenCampaign>>>,
}

impl CampaignCache {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self {
            known: Cache::builder().max_capacity(CAPACITY).time_to_live(LIFE).build(),
        }
    }

    /// The campaign, if there is one. Many who ask at once cause one query.
    ///
    /// # Errors
    /// [`Error::Unavailable`] and the like, if it has to be read and cannot be.
    pub async fn get(&self, database: &Database, slug: &Slug) -> Result<Option<Arc<OpenCampaign>>, Error> {
        if let Some(known) = self.known.get(slug).await {
            return Ok(known);
        }
        let read = async {
            let slug = slug.clone();
            let found = database.transaction(move |connection| {
                Box::pin(async move { campaigns::find_open(connection, &slug).await })
            });
            Ok(found.await?.map(Arc::new))
        };
        // On the heap: this is the rare way, and its future is large.
        Box::pin(self.known.try_get_with_by_ref(slug, read))
            .await
            .map_err(Error::Shared)
    }

    /// Forgets everything: this process has changed it.
    pub fn forget(&self) {
        self.known.invalidate_all();
    }
}

impl Default for CampaignCache {
    fn default() -> Self {
        Self::new()
    }
}
