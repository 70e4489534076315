//! What feeds and reports have in common: a state, a type, how they are named, and how they are printed.

use std::borrow::Cow;

use crate::core::{Epoch, Micros};

use super::json;

/// State of a job.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum JobStatus {
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
    /// Every state.
    pub(crate) const ALL: [JobStatus; 5] = [
        JobStatus::InQueue,
        JobStatus::InProgress,
        JobStatus::Done,
        JobStatus::Fatal,
        JobStatus::Cancelled,
    ];

    /// The platform's name.
    pub(crate) const fn name(self) -> &'static str {
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
pub(crate) struct Job {
    /// Position of its type among the types that its API knows.
    pub(crate) kind: usize,
    /// Marketplaces as the request named them.
    pub(crate) marketplaces: Vec<String>,
    /// When it was made.
    pub(crate) created_at: Micros,
    /// When it started.
    pub(crate) started_at: Option<Micros>,
    /// When it ended.
    pub(crate) ended_at: Option<Micros>,
    /// Its state.
    pub(crate) status: JobStatus,
    /// The document with its result.
    pub(crate) document: Option<u32>,
}

impl Job {
    /// A job that waits.
    pub(crate) fn new(now: Micros, kind: usize, marketplaces: &[Cow<'_, str>]) -> Job {
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
    pub(crate) fn start(&mut self, at: Micros) {
        self.status = JobStatus::InProgress;
        self.started_at = Some(at);
    }

    /// Ends it.
    pub(crate) fn end(&mut self, at: Micros, status: JobStatus) {
        self.status = status;
        self.ended_at = Some(at);
    }

    /// Appends the members that both APIs print alike, with a comma before each.
    pub(crate) fn write(&self, out: &mut Vec<u8>, epoch: Epoch) {
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

/// A kind of jobs with an API of its own, and the names that its members have there.
pub(crate) trait Kind: AsRef<Job> {
    /// Types that its API knows.
    const TYPES: &'static [&'static str];
    /// What people call one.
    const NOUN: &'static str;
    /// The member with its id, and the parameter of a path.
    const ID: &'static str;
    /// The member with its type.
    const TYPE: &'static str;
    /// The parameter with the types that a list is asked for.
    const LISTED_TYPES: &'static str;
    /// The member with the jobs of a list.
    const LIST: &'static str;
    /// The member with the document of its result.
    const RESULT: &'static str;
    /// Keeps page tokens of its lists apart from all others.
    const KEY: u64;

    /// Appends the members that only this kind has, with a comma before each.
    fn write_own(&self, out: &mut Vec<u8>);
}

/// All jobs of a kind.
#[derive(Debug)]
pub(crate) struct Jobs<T> {
    /// Every job, in the order in which they were asked for.
    pub(crate) rows: Vec<T>,
}

impl<T> Default for Jobs<T> {
    fn default() -> Jobs<T> {
        Jobs { rows: Vec::new() }
    }
}

impl<T: AsRef<Job>> Jobs<T> {
    /// The n-th one.
    pub(crate) fn job(&self, number: u32) -> Option<&Job> {
        self.rows.get(number as usize).map(AsRef::as_ref)
    }
}

/// Numbers of jobs begin here.
const FIRST_NUMBER: u64 = 50_001;

/// The id of the n-th job of an API.
pub(crate) fn job_id(number: u32) -> String {
    (FIRST_NUMBER + u64::from(number)).to_string()
}

/// The number of the job with this id, which need not exist.
pub(crate) fn parse_job_id(id: &str) -> Option<usize> {
    usize::try_from(id.parse::<u64>().ok()?.checked_sub(FIRST_NUMBER)?).ok()
}
