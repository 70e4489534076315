//! Lists of feeds and of reports.

use super::marketplaces::covers_marketplace;
use super::paging::PageToken;
use super::query::Query;
use super::reply::Reply;
use crate::amazon::model::jobs::{Job, JobStatus};
use crate::amazon::model::json;
use crate::amazon::shop::Settings;
use crate::core::{Epoch, Micros};

/// Types and marketplaces that a list can be asked for.
const MOST_LISTED: usize = 10;

/// What a list of jobs selects. It fits a page token.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobFilter {
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
    pub(crate) fn read(
        settings: &Settings,
        query: &Query<'_>,
        kind: &str,
        types: &[&str],
        key: u64,
    ) -> Result<JobFilter, Reply> {
        if let Some(text) = query.get("nextToken") {
            // The token stands for the whole query, and alone (amzn/selling-partner-api-models 2414).
            let besides: String = [
                "createdUntil",
                "createdSince",
                "pageSize",
                "marketplaceIds",
                "processingStatuses",
                kind,
            ]
            .into_iter()
            .filter(|name| query.get(name).is_some())
            .flat_map(|name| [name, ";"])
            .collect();
            if !besides.is_empty() {
                return Err(Reply::error(
                    400,
                    "InvalidInput",
                    "NextToken cannot be specified with other input parameters",
                    &besides,
                ));
            }
            let token = PageToken::read(text, key)
                .ok_or_else(|| Reply::invalid_input("nextToken is invalid."))?;
            return Ok(JobFilter::unpack(&token));
        }
        for name in [kind, "marketplaceIds"] {
            if query.list(name).count() > MOST_LISTED {
                return Err(Reply::invalid_input(format!(
                    "{name} must hold at most {MOST_LISTED} values."
                )));
            }
        }
        let here = covers_marketplace(settings, query.list("marketplaceIds"), false)?;
        let mut wanted = None;
        for name in query.list(kind) {
            let bit = types.iter().position(|known| *known == name);
            wanted = Some(wanted.unwrap_or(0) | bit.map_or(0, |bit| 1 << bit));
        }
        let wanted = wanted.ok_or_else(|| {
            // amzn/selling-partner-api-docs 3296.
            Reply::error(
                400,
                "InvalidInput",
                "One or more required parameters missing",
                &format!("{kind};"),
            )
        })?;
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
    pub(crate) fn write_page<T: AsRef<Job>>(
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
