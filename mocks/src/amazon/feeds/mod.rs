//! The Feeds API v2021-06-30 (sheet section 5.3): submissions that wait in a queue, run one after another, and leave a
//! processing report.

mod listings;

use std::borrow::Cow;

use serde::Deserialize;

use crate::core::{Micros, Stream};

use super::documents::Owner;
use super::errors::Reply;
use super::jobs::{Job, JobFilter, JobStatus, job_id, parse_job_id};
use super::json;
use super::machine::{Amazon, Call, Due};
use super::signals::Event;

/// Position of JSON_LISTINGS_FEED among the types.
const JSON_LISTINGS: usize = 0;

/// Types of feeds that can be submitted. Only the first is processed here; the old listing feeds have ended FATAL on the
/// platform since 2025-07-31, and the two for orders do here.
pub const TYPES: &[&str] = &[
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
pub struct Feed {
    job: Job,
    /// The document that was uploaded.
    input: u32,
    sent_at: Micros,
    /// Whether its time in the queue is over.
    ready: bool,
}

impl AsRef<Job> for Feed {
    fn as_ref(&self) -> &Job {
        &self.job
    }
}

/// All feeds.
#[derive(Debug, Default)]
pub struct Feeds {
    rows: Vec<Feed>,
}

impl Feeds {
    /// The n-th feed's job.
    pub fn job(&self, number: u32) -> Option<&Job> {
        self.rows.get(number as usize).map(|feed| &feed.job)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateFeedDocument<'a> {
    #[serde(borrow)]
    content_type: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateFeed<'a> {
    #[serde(borrow)]
    feed_type: Cow<'a, str>,
    #[serde(borrow)]
    marketplace_ids: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    input_feed_document_id: Cow<'a, str>,
}

impl Amazon {
    /// `POST /feeds/2021-06-30/documents`: an address to upload to, good for a few minutes.
    pub(super) fn create_feed_document(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        let request: CreateFeedDocument<'_> = Reply::body_of(call.body)?;
        if request.content_type.trim().is_empty() {
            return Err(Reply::invalid_input("contentType must not be empty."));
        }
        let number = self
            .documents
            .add(Owner::Feeds, &request.content_type, None);
        let body = self.document_body(call, "feedDocumentId", number, true);
        Ok(Reply::made(201, body))
    }

    /// `GET /feeds/2021-06-30/documents/{feedDocumentId}`: an address to download from.
    pub(super) fn get_feed_document(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        let number = self
            .documents
            .find_of(call.first, Owner::Feeds)
            .ok_or_else(|| Reply::not_found("The feed document does not exist."))?;
        Ok(Reply::ok(self.document_body(
            call,
            "feedDocumentId",
            number,
            false,
        )))
    }

    /// `POST /feeds/2021-06-30/feeds`.
    pub(super) fn create_feed(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        let request: CreateFeed<'_> = Reply::body_of(call.body)?;
        let kind = TYPES
            .iter()
            .position(|known| *known == request.feed_type)
            .ok_or_else(|| {
                Reply::invalid_input(format!("Invalid feedType: {}.", request.feed_type))
            })?;
        let ids = request.marketplace_ids.iter().map(Cow::as_ref);
        if !self.covers_marketplace(ids, true)? {
            return Err(Reply::invalid_input(
                "The seller does not sell in these marketplaces.",
            ));
        }
        let input = self
            .documents
            .find_of(&request.input_feed_document_id, Owner::Feeds)
            .ok_or_else(|| Reply::invalid_input("inputFeedDocumentId does not exist."))?;
        if kind == JSON_LISTINGS {
            self.limits.take_json_listings_feed(call.now)?;
        }
        let number = self.feeds.rows.len() as u32;
        self.feeds.rows.push(Feed {
            job: Job::new(call.now, kind, &request.marketplace_ids),
            input,
            sent_at: call.sent_at,
            ready: false,
        });
        let mut stream = Stream::new(self.draws.feed, u64::from(number));
        let wait = self.profile.feeds.queue.draw(&mut stream);
        self.after(call.now + wait, Due::FeedReady(number));
        let mut out = Vec::with_capacity(32);
        json::raw(&mut out, r#"{"feedId":"#);
        json::string(&mut out, &job_id(number));
        out.push(b'}');
        Ok(Reply::made(202, out))
    }

    fn feed(&self, id: &str) -> Result<usize, Reply> {
        parse_job_id(id)
            .filter(|&number| number < self.feeds.rows.len())
            .ok_or_else(|| Reply::not_found("The feed does not exist."))
    }

    fn write_feed(&self, out: &mut Vec<u8>, number: u32, feed: &Feed) {
        json::raw(out, r#"{"feedId":"#);
        json::string(out, &job_id(number));
        json::raw(out, r#","feedType":"#);
        json::string(out, TYPES.get(feed.job.kind).copied().unwrap_or(""));
        feed.job.write(out, self.epoch);
        if let Some(document) = feed.job.document {
            json::raw(out, r#","resultFeedDocumentId":"#);
            json::string(out, &self.documents.id(document));
        }
        out.push(b'}');
    }

    /// `GET /feeds/2021-06-30/feeds/{feedId}`.
    pub(super) fn get_feed(&self, call: &Call<'_>) -> Result<Reply, Reply> {
        let number = self.feed(call.first)?;
        let mut out = Vec::with_capacity(320);
        self.write_feed(&mut out, number as u32, &self.feeds.rows[number]);
        Ok(Reply::ok(out))
    }

    /// `GET /feeds/2021-06-30/feeds`.
    pub(super) fn get_feeds(&self, call: &Call<'_>) -> Result<Reply, Reply> {
        let key = self.draws.ids ^ 0xfeed;
        let filter = JobFilter::read(self, call.query, "feedTypes", TYPES, key)?;
        let mut out = Vec::with_capacity(1_024);
        json::raw(&mut out, r#"{"feeds":["#);
        filter.write_page(
            &mut out,
            &self.feeds.rows,
            (call.now, self.epoch, key),
            |out, number, feed| self.write_feed(out, number, feed),
        );
        out.push(b'}');
        Ok(Reply::ok(out))
    }

    /// `DELETE /feeds/2021-06-30/feeds/{feedId}`: only while it waits.
    pub(super) fn cancel_feed(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        let number = self.feed(call.first)?;
        let job = &mut self.feeds.rows[number].job;
        if job.status != JobStatus::InQueue {
            return Err(Reply::invalid_input(
                "Only a feed that is IN_QUEUE can be cancelled.",
            ));
        }
        job.end(call.now, JobStatus::Cancelled);
        self.signal_job(call.now, Event::Feed(number as u32));
        Ok(Reply::ok(b"{}".to_vec()))
    }

    /// A feed's time in the queue is over.
    pub(super) fn feed_ready(&mut self, at: Micros, number: u32) {
        let Some(feed) = self.feeds.rows.get_mut(number as usize) else {
            return;
        };
        feed.ready = true;
        let kind = feed.job.kind;
        self.start_next_feed(at, kind);
    }

    /// Feeds of one type run one after another: a stuck one blocks all behind it.
    fn start_next_feed(&mut self, at: Micros, kind: usize) {
        let of_kind = |feed: &&mut Feed| feed.job.kind == kind;
        let busy = self
            .feeds
            .rows
            .iter()
            .any(|feed| feed.job.kind == kind && feed.job.status == JobStatus::InProgress);
        if busy {
            return;
        }
        let next = (0..)
            .zip(self.feeds.rows.iter_mut())
            .filter(|(_, feed)| of_kind(feed))
            .find(|(_, feed)| feed.ready && feed.job.status == JobStatus::InQueue);
        if let Some((number, feed)) = next {
            feed.job.start(at);
            let mut stream = Stream::new(self.draws.feed, 1 << 32 | u64::from(number));
            let run = self.profile.feeds.run.draw(&mut stream);
            self.after(at + run, Due::FeedEnds(number));
        }
    }

    /// A feed has been processed: what it says takes effect now, and its report can be read.
    pub(super) fn feed_ends(&mut self, at: Micros, number: u32) {
        let Some(feed) = self.feeds.rows.get(number as usize) else {
            return;
        };
        let (kind, input, sent_at) = (feed.job.kind, feed.input, feed.sent_at);
        let uploaded = self.documents.take(input);
        let (status, report) = match uploaded {
            Some(body) if kind == JSON_LISTINGS => {
                let (status, report) = self.process_listings(at, sent_at, number, &body);
                (status, Some(report))
            }
            _ => (JobStatus::Fatal, None),
        };
        let document = report.map(|report| {
            self.documents.add(
                Owner::Feeds,
                "application/json; charset=UTF-8",
                Some(report),
            )
        });
        let job = &mut self.feeds.rows[number as usize].job;
        job.end(at, status);
        job.document = document;
        self.signal_job(at, Event::Feed(number));
        self.start_next_feed(at, kind);
    }
}
