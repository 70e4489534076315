//! Feeds: submissions that wait in a queue, and run one after another (docs/platforms/amazon.md 5.3).

use crate::core::Micros;

use super::jobs::{Job, JobStatus, Jobs, Kind};

/// Position of JSON_LISTINGS_FEED among the types.
pub(crate) const JSON_LISTINGS: usize = 0;

/// Types of feeds that can be submitted. Only the first is processed here; the old listing feeds have ended FATAL on the
/// platform since 2025-07-31, and the two for orders do here.
pub(crate) const TYPES: &[&str] = &[
    "JSON_LISTINGS_FEED",
    "POST_ORDER_ACKNOWLEDGEMENT_DATA",
    "POST_ORDER_FULFILLMENT_DATA",
    "POST_INVENTORY_AVAILABILITY_DATA",
    "POST_PRODUCT_DATA",
    "POST_PRODUCT_PRICING_DATA",
    "POST_PRODUCT_IMAGE_DATA",
    "POST_PRODUCT_OVERRIDES_DATA",
    "POST_PRODUCT_RELATIONSHIP_DATA",
    "POST_FLAT_FILE_INVLOADER_DATA",
    "POST_FLAT_FILE_LISTINGS_DATA",
    "POST_FLAT_FILE_PRICEANDQUANTITYONLY_UPDATE_DATA",
];

/// One feed.
#[derive(Debug)]
pub(crate) struct Feed {
    /// How far it is.
    pub(crate) job: Job,
    /// The document that was uploaded.
    pub(crate) input: u32,
    /// When the call that made it left its sender.
    pub(crate) sent_at: Micros,
    /// Whether its time in the queue is over.
    pub(crate) ready: bool,
}

impl AsRef<Job> for Feed {
    fn as_ref(&self) -> &Job {
        &self.job
    }
}

impl Kind for Feed {
    const TYPES: &'static [&'static str] = TYPES;
    const NOUN: &'static str = "feed";
    const ID: &'static str = "feedId";
    const TYPE: &'static str = "feedType";
    const LISTED_TYPES: &'static str = "feedTypes";
    const LIST: &'static str = "feeds";
    const RESULT: &'static str = "resultFeedDocumentId";
    const KEY: u64 = 0xfeed;

    fn write_own(&self, _: &mut Vec<u8>) {}
}

/// All feeds, in the order of submission.
pub(crate) type Feeds = Jobs<Feed>;

impl Feeds {
    /// The feed of a type that starts now, if one does: the first that has not ended, once its time in the queue is over.
    /// None overtakes it: while it waits or runs, all of its type that were submitted later wait.
    pub(crate) fn next_to_start(&mut self, kind: usize) -> Option<(u32, &mut Feed)> {
        let of_kind = (0..)
            .zip(self.rows.iter_mut())
            .filter(|(_, feed)| feed.job.kind == kind);
        let mut open = of_kind.filter(|(_, feed)| {
            matches!(feed.job.status, JobStatus::InQueue | JobStatus::InProgress)
        });
        open.next()
            .filter(|(_, feed)| feed.job.status == JobStatus::InQueue && feed.ready)
    }
}
