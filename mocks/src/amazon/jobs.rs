//! What feeds and reports have in common: a queue, a state, a type, lists of them, and the notification of their end.

use std::borrow::Cow;

use crate::core::{Epoch, Micros, Stream};

use super::errors::Reply;
use super::json;
use super::machine::Amazon;
use super::paging::PageToken;
use super::query::Query;
use super::signals::{Event, FEED_PROCESSING_FINISHED, REPORT_PROCESSING_FINISHED};

/// State of a job.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum JobStatus {
    /// Waiting.
    InQueue,
    /// Running.
    InProgress,
    /// Ended; the document tells how.
    Done,
    /// Ended without having done anything.
    Fatal,
    /// Cancelled before it started, or a report without any data.
    Cancelled,
}

impl JobStatus {
    const ALL: [JobStatus; 5] = [
        JobStatus::InQueue,
        JobStatus::InProgress,
        JobStatus::Done,
        JobStatus::Fatal,
        JobStatus::Cancelled,
    ];

    /// The platform's name.
    pub const fn name(self) -> &'static str {
        match self {
            JobStatus::InQueue => "IN_QUEUE",
            JobStatus::InProgress => "IN_PROGRESS",
            JobStatus::Done => "DONE",
            JobStatus::Fatal => "FATAL",
            JobStatus::Cancelled => "CANCELLED",
        }
    }
}

/// One feed or report.
#[derive(Debug)]
pub struct Job {
    /// Position of its type among the types that its API knows.
    pub kind: usize,
    /// Marketplaces as the request named them.
    pub marketplaces: Vec<String>,
    /// When it was made.
    pub created_at: Micros,
    /// When it started.
    pub started_at: Option<Micros>,
    /// When it ended.
    pub ended_at: Option<Micros>,
    /// Its state.
    pub status: JobStatus,
    /// The document with its result.
    pub document: Option<u32>,
}

impl Job {
    /// A job that waits.
    pub fn new(now: Micros, kind: usize, marketplaces: &[Cow<'_, str>]) -> Job {
        Job {
            kind,
            marketplaces: marketplaces.iter().map(|id| id.to_string()).collect(),
            created_at: now,
            started_at: None,
            ended_at: None,
            status: JobStatus::InQueue,
            document: None,
        }
    }

    /// Starts it.
    pub fn start(&mut self, at: Micros) {
        self.status = JobStatus::InProgress;
        self.started_at = Some(at);
    }

    /// Ends it.
    pub fn end(&mut self, at: Micros, status: JobStatus) {
        self.status = status;
        self.ended_at = Some(at);
    }

    /// Appends the members that both APIs print alike, with a comma before each.
    pub fn write(&self, out: &mut Vec<u8>, epoch: Epoch) {
        json::raw(out, r#","marketplaceIds":["#);
        let mut first = true;
        for id in &self.marketplaces {
            json::comma(out, &mut first);
            json::string(out, id);
        }
        json::raw(out, r#"],"processingStatus":""#);
        json::raw(out, self.status.name());
        out.push(b'"');
        for (name, at) in [
            (r#","createdTime":""#, Some(self.created_at)),
            (r#","processingStartTime":""#, self.started_at),
            (r#","processingEndTime":""#, self.ended_at),
        ] {
            if let Some(at) = at {
                json::raw(out, name);
                epoch.write_millis_utc(at, out);
                out.push(b'"');
            }
        }
    }
}

/// Numbers of jobs begin here.
const FIRST_NUMBER: u64 = 50_001;

/// The id of the n-th job of an API.
pub fn job_id(number: u32) -> String {
    (FIRST_NUMBER + u64::from(number)).to_string()
}

/// The number of the job with this id, which need not exist.
pub fn parse_job_id(id: &str) -> Option<usize> {
    usize::try_from(id.parse::<u64>().ok()?.checked_sub(FIRST_NUMBER)?).ok()
}

/// What a list of jobs selects. It fits a page token.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct JobFilter {
    /// One bit for each type.
    types: u64,
    statuses: u8,
    here: bool,
    page: u8,
    /// Unix seconds.
    since: u32,
    until: u32,
    /// Jobs with this number or a higher one have been listed.
    below: u64,
}

impl JobFilter {
    /// Reads the query of a list; `kind` is the name of the parameter for types, of which `types` are all.
    ///
    /// # Errors
    /// 400 for a state that does not exist, a bad date, page size or token, and when there is neither type nor token.
    pub fn read(
        amazon: &Amazon,
        query: &Query<'_>,
        kind: &str,
        types: &[&str],
        key: u64,
    ) -> Result<JobFilter, Reply> {
        if let Some(text) = query.get("nextToken") {
            let token = PageToken::read(text, key)
                .ok_or_else(|| Reply::invalid_input("nextToken is invalid."))?;
            return Ok(JobFilter::unpack(&token));
        }
        let here = amazon.covers_marketplace(query.list("marketplaceIds"), false)?;
        let mut wanted = None;
        for name in query.list(kind) {
            let bit = types.iter().position(|known| *known == name);
            wanted = Some(wanted.unwrap_or(0) | bit.map_or(0, |bit| 1 << bit));
        }
        let wanted = wanted
            .ok_or_else(|| Reply::invalid_input(format!("{kind} or nextToken is required.")))?;
        let mut statuses = None;
        for name in query.list("processingStatuses") {
            let status = JobStatus::ALL
                .into_iter()
                .find(|status| status.name() == name)
                .ok_or_else(|| {
                    Reply::invalid_input(format!("Invalid processingStatuses: {name}."))
                })?;
            statuses = Some(statuses.unwrap_or(0) | 1 << status as u8);
        }
        let seconds = |micros: Option<i64>, default| {
            micros.map_or(default, |micros| {
                (micros / 1_000_000).clamp(0, i64::from(u32::MAX)) as u32
            })
        };
        Ok(JobFilter {
            types: wanted,
            statuses: statuses.unwrap_or(u8::MAX),
            here,
            page: query.bounded("pageSize", 1, 100, 10)? as u8,
            since: seconds(query.instant("createdSince")?, 0),
            until: seconds(query.instant("createdUntil")?, u32::MAX),
            below: u64::MAX,
        })
    }

    fn token(&self, now: Micros, below: u64) -> PageToken {
        let rest =
            u64::from(self.statuses) | u64::from(self.page) << 8 | u64::from(self.here) << 16;
        let window = u64::from(self.since) << 32 | u64::from(self.until);
        PageToken {
            made_at: now,
            next: below,
            fields: [self.types, rest, window],
        }
    }

    fn unpack(token: &PageToken) -> JobFilter {
        let [types, rest, window] = token.fields;
        JobFilter {
            types,
            statuses: rest as u8,
            page: (rest >> 8) as u8,
            here: rest >> 16 & 1 == 1,
            since: (window >> 32) as u32,
            until: window as u32,
            below: token.next,
        }
    }

    fn takes(&self, job: &Job, epoch: Epoch) -> bool {
        let created = epoch.unix_secs(job.created_at);
        self.here
            && self.types >> job.kind & 1 == 1
            && self.statuses >> (job.status as u8) & 1 == 1
            && created >= i64::from(self.since)
            && created <= i64::from(self.until)
    }

    /// Writes a page of jobs, the newest first, and the token of the next page, if there is one.
    pub fn write_page<T: AsRef<Job>>(
        &self,
        out: &mut Vec<u8>,
        jobs: &[T],
        (now, epoch, key): (Micros, Epoch, u64),
        write: impl Fn(&mut Vec<u8>, u32, &T),
    ) {
        let (mut written, mut next) = (0, None);
        let start = usize::try_from(self.below).map_or(jobs.len(), |below| below.min(jobs.len()));
        for (number, job) in jobs[..start].iter().enumerate().rev() {
            if !self.takes(job.as_ref(), epoch) {
                continue;
            }
            if written == self.page {
                next = Some(number as u64 + 1);
                break;
            }
            if written > 0 {
                out.push(b',');
            }
            written += 1;
            write(out, number as u32, job);
        }
        out.push(b']');
        if let Some(below) = next {
            json::raw(out, r#","nextToken":"#);
            json::string(out, &self.token(now, below).text(key));
        }
    }
}

impl Amazon {
    /// Notifies of the end of a feed or report.
    pub(super) fn signal_job(&mut self, at: Micros, event: Event) {
        let (kind, entity) = match event {
            Event::Feed(number) => (FEED_PROCESSING_FINISHED, u64::from(number)),
            Event::Report(number) => (REPORT_PROCESSING_FINISHED, 1 << 32 | u64::from(number)),
            _ => return,
        };
        if let Some(position) = self.signals.subscribed(kind) {
            let stream = Stream::new(self.draws.job_signal, entity);
            self.publish(at, position, event, stream);
        }
    }

    /// Appends the payload of such a notification, which is in camelCase.
    pub(super) fn write_job_finished(&self, out: &mut Vec<u8>, event: Event) {
        let (name, id, kind, document, job, number) = match event {
            Event::Feed(number) => (
                r#"{"feedProcessingFinishedNotification":{"sellerId":"#,
                r#","feedId":"#,
                r#","feedType":"#,
                r#","resultFeedDocumentId":"#,
                self.feeds.job(number).map(|job| (job, super::feeds::TYPES)),
                number,
            ),
            Event::Report(number) => (
                r#"{"reportProcessingFinishedNotification":{"sellerId":"#,
                r#","reportId":"#,
                r#","reportType":"#,
                r#","reportDocumentId":"#,
                self.reports
                    .job(number)
                    .map(|job| (job, super::reports::TYPES)),
                number,
            ),
            _ => return,
        };
        let Some((job, types)) = job else {
            return;
        };
        json::raw(out, name);
        json::string(out, &self.credentials.seller_id);
        json::raw(out, r#","accountId":"#);
        let account = format!("amzn1.merchant.o.{}", self.credentials.seller_id);
        json::string(out, &account);
        json::raw(out, id);
        json::string(out, &job_id(number));
        json::raw(out, kind);
        json::string(out, types.get(job.kind).copied().unwrap_or(""));
        json::raw(out, r#","processingStatus":""#);
        json::raw(out, job.status.name());
        out.push(b'"');
        if let Some(number) = job.document {
            json::raw(out, document);
            json::string(out, &self.documents.id(number));
        }
        json::raw(out, "}}");
    }
}
