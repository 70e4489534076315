//! The Reports API v2021-06-30 (sheet sections 4.4, 5.4 and 9): requests that wait, are begun, and leave a file.

mod rows;

use std::borrow::Cow;

use serde::Deserialize;

use crate::core::{Epoch, Micros, Stream};

use super::documents::Owner;
use super::errors::Reply;
use super::jobs::{Job, JobFilter, JobStatus, job_id, parse_job_id};
use super::json;
use super::machine::{Amazon, Call, Due};
use super::query::unix_micros;
use super::signals::Event;

/// Types of reports that can be requested.
pub const TYPES: &[&str] = &[
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL",
    "GET_MERCHANT_LISTINGS_ALL_DATA",
    "GET_FLAT_FILE_OPEN_LISTINGS_DATA",
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA",
];

/// One report.
#[derive(Debug)]
pub struct Report {
    job: Job,
    /// Unix microseconds, both ends inclusive.
    data_start: i64,
    data_end: i64,
    /// Made when the report was begun, shown when it is done; absent when there is no data.
    made: Option<u32>,
}

impl AsRef<Job> for Report {
    fn as_ref(&self) -> &Job {
        &self.job
    }
}

/// All reports.
#[derive(Debug, Default)]
pub struct Reports {
    rows: Vec<Report>,
}

impl Reports {
    /// The n-th report's job.
    pub fn job(&self, number: u32) -> Option<&Job> {
        self.rows.get(number as usize).map(|report| &report.job)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateReport<'a> {
    #[serde(borrow)]
    report_type: Cow<'a, str>,
    #[serde(borrow)]
    marketplace_ids: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    data_start_time: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    data_end_time: Option<Cow<'a, str>>,
}

fn instant(name: &str, text: Option<&str>, default: i64) -> Result<i64, Reply> {
    text.map_or(Ok(default), |text| {
        Epoch::parse_unix_micros(text).ok_or_else(|| {
            Reply::invalid_input(format!("{name} is not a valid ISO 8601 date-time."))
        })
    })
}

impl Amazon {
    /// `POST /reports/2021-06-30/reports`.
    pub(super) fn create_report(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        let request: CreateReport<'_> = Reply::body_of(call.body)?;
        let kind = TYPES
            .iter()
            .position(|known| *known == request.report_type)
            .ok_or_else(|| {
                Reply::invalid_input(format!("Invalid reportType: {}.", request.report_type))
            })?;
        let ids = request.marketplace_ids.iter().map(Cow::as_ref);
        if !self.covers_marketplace(ids, true)? {
            return Err(Reply::invalid_input(
                "The seller does not sell in these marketplaces.",
            ));
        }
        let now = unix_micros(self.epoch, call.now);
        let data_end = instant("dataEndTime", request.data_end_time.as_deref(), now)?.min(now);
        let data_start = instant("dataStartTime", request.data_start_time.as_deref(), now)?;
        if data_start > data_end {
            return Err(Reply::invalid_input(
                "dataStartTime must not be after dataEndTime.",
            ));
        }
        let number = self.reports.rows.len() as u32;
        self.reports.rows.push(Report {
            job: Job::new(call.now, kind, &request.marketplace_ids),
            data_start,
            data_end,
            made: None,
        });
        let mut stream = Stream::new(self.draws.report, u64::from(number));
        let wait = self.profile.reports.queue.draw(&mut stream);
        self.after(call.now + wait, Due::ReportStarts(number));
        let mut out = Vec::with_capacity(32);
        json::raw(&mut out, r#"{"reportId":"#);
        json::string(&mut out, &job_id(number));
        out.push(b'}');
        Ok(Reply::made(202, out))
    }

    fn report(&self, id: &str) -> Result<usize, Reply> {
        parse_job_id(id)
            .filter(|&number| number < self.reports.rows.len())
            .ok_or_else(|| Reply::not_found("The report does not exist."))
    }

    fn write_report(&self, out: &mut Vec<u8>, number: u32, report: &Report) {
        json::raw(out, r#"{"reportId":"#);
        json::string(out, &job_id(number));
        json::raw(out, r#","reportType":"#);
        json::string(out, TYPES.get(report.job.kind).copied().unwrap_or(""));
        for (name, at) in [
            (r#","dataStartTime":""#, report.data_start),
            (r#","dataEndTime":""#, report.data_end),
        ] {
            json::raw(out, name);
            // Instants before the run began have no place on its clock, but a text like any other.
            Epoch { unix_micros: at }.write_millis_utc(Micros::ZERO, out);
            out.push(b'"');
        }
        report.job.write(out, self.epoch);
        if let Some(document) = report.job.document {
            json::raw(out, r#","reportDocumentId":"#);
            json::string(out, &self.documents.id(document));
        }
        out.push(b'}');
    }

    /// `GET /reports/2021-06-30/reports/{reportId}`.
    pub(super) fn get_report(&self, call: &Call<'_>) -> Result<Reply, Reply> {
        let number = self.report(call.first)?;
        let mut out = Vec::with_capacity(384);
        self.write_report(&mut out, number as u32, &self.reports.rows[number]);
        Ok(Reply::ok(out))
    }

    /// `GET /reports/2021-06-30/reports`.
    pub(super) fn get_reports(&self, call: &Call<'_>) -> Result<Reply, Reply> {
        let key = self.draws.ids ^ 0x7e90;
        let filter = JobFilter::read(self, call.query, "reportTypes", TYPES, key)?;
        let mut out = Vec::with_capacity(1_024);
        json::raw(&mut out, r#"{"reports":["#);
        filter.write_page(
            &mut out,
            &self.reports.rows,
            (call.now, self.epoch, key),
            |out, number, report| self.write_report(out, number, report),
        );
        out.push(b'}');
        Ok(Reply::ok(out))
    }

    /// `DELETE /reports/2021-06-30/reports/{reportId}`: only while it waits.
    pub(super) fn cancel_report(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        let number = self.report(call.first)?;
        let job = &mut self.reports.rows[number].job;
        if job.status != JobStatus::InQueue {
            return Err(Reply::invalid_input(
                "Only a report that is IN_QUEUE can be cancelled.",
            ));
        }
        job.end(call.now, JobStatus::Cancelled);
        self.signal_job(call.now, Event::Report(number as u32));
        Ok(Reply::ok(b"{}".to_vec()))
    }

    /// `GET /reports/2021-06-30/documents/{reportDocumentId}`: an address to download from.
    pub(super) fn get_report_document(&self, call: &Call<'_>) -> Result<Reply, Reply> {
        let number = self
            .documents
            .find_of(call.first, Owner::Reports)
            .ok_or_else(|| Reply::not_found("The report document does not exist."))?;
        Ok(Reply::ok(self.document_body(
            call,
            "reportDocumentId",
            number,
            false,
        )))
    }

    /// A report is begun: it shows the shop as it is now, lists with the lag that lists have.
    pub(super) fn report_starts(&mut self, at: Micros, number: u32) {
        let Some(report) = self.reports.rows.get_mut(number as usize) else {
            return;
        };
        if report.job.status != JobStatus::InQueue {
            return;
        }
        report.job.start(at);
        let (kind, window) = (report.job.kind, (report.data_start, report.data_end));
        let mut stream = Stream::new(self.draws.report, 1 << 32 | u64::from(number));
        let run = self.profile.reports.run.draw(&mut stream);
        self.after(at + run, Due::ReportEnds(number));
        let made = self.report_rows(at, kind, window).map(|body| {
            self.documents
                .add(Owner::Reports, "text/plain;charset=UTF-8", Some(body))
        });
        if let Some(report) = self.reports.rows.get_mut(number as usize) {
            report.made = made;
        }
    }

    /// A report is done. One without any data is cancelled, as the platform does it.
    pub(super) fn report_ends(&mut self, at: Micros, number: u32) {
        let Some(report) = self.reports.rows.get_mut(number as usize) else {
            return;
        };
        report.job.document = report.made;
        let status = match report.made {
            Some(_) => JobStatus::Done,
            None => JobStatus::Cancelled,
        };
        report.job.end(at, status);
        self.signal_job(at, Event::Report(number));
    }
}
