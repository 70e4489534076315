//! Feeds as they go on in time (docs/platforms/amazon.md 5.3).

use crate::amazon::model::documents::Owner;
use crate::amazon::model::feeds::{Feed, JSON_LISTINGS};
use crate::amazon::model::jobs::JobStatus;
use crate::core::{Micros, Stream};

use super::{Due, Event, State};

impl State {
    /// Takes in a feed; its number.
    pub(crate) fn submit_feed(&mut self, now: Micros, feed: Feed) -> u32 {
        let number = self.feeds.rows.len() as u32;
        self.feeds.rows.push(feed);
        let mut stream = Stream::new(self.settings.draws.feed, u64::from(number));
        let wait = self.settings.profile.feeds.queue.draw(&mut stream);
        self.after(now + wait, Due::FeedReady(number));
        number
    }

    /// A feed's time in the queue is over.
    pub(super) fn feed_ready(&mut self, at: Micros, number: u32) {
        let Some(feed) = self.feeds.rows.get_mut(number as usize) else {
            return;
        };
        if feed.job.status != JobStatus::InQueue {
            return;
        }
        feed.ready = true;
        let kind = feed.job.kind;
        self.start_next_feed(at, kind);
    }

    /// A feed is cancelled; one that stood behind it may start.
    pub(crate) fn cancel_feed(&mut self, now: Micros, number: u32) {
        let Some(feed) = self.feeds.rows.get_mut(number as usize) else {
            return;
        };
        feed.job.end(now, JobStatus::Cancelled);
        let kind = feed.job.kind;
        self.notify(now, Event::Feed(number));
        self.start_next_feed(now, kind);
    }

    /// Feeds of one type run one after another, in the order of submission.
    fn start_next_feed(&mut self, at: Micros, kind: usize) {
        let Some((number, feed)) = self.feeds.next_to_start(kind) else {
            return;
        };
        feed.job.start(at);
        let mut stream = Stream::new(self.settings.draws.feed, 1 << 32 | u64::from(number));
        let run = self.settings.profile.feeds.run.draw(&mut stream);
        self.after(at + run, Due::FeedEnds(number));
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
        self.notify(at, Event::Feed(number));
        self.start_next_feed(at, kind);
    }
}
