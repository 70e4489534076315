//! The Reports API v2021-06-30 (docs/platforms/amazon.md 4.4, 5.4 and 9).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::Call;
use super::documents::write_document;
use super::job_list::{JobFilter, MOST_MARKETPLACES, check_job_id};
use super::marketplaces::covers_marketplace;
use super::reply::{INVALID_BODY, Reply};
use crate::amazon::model::documents::{Documents, Owner};
use crate::amazon::model::instants::{read_instant, unix_micros};
use crate::amazon::model::jobs::{Job, JobStatus, job_id, parse_job_id};
use crate::amazon::model::json;
use crate::amazon::model::reports::{Report, Reports, TYPES};
use crate::amazon::shop::{Event, Settings, State};
use crate::core::{Epoch, Micros};

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
    /// Options that the types of reports here do not have; the model wants texts by name.
    #[serde(default, rename = "reportOptions")]
    _options: Option<BTreeMap<String, String>>,
}

fn instant(name: &str, text: Option<&str>, default: i64) -> Result<i64, Reply> {
    text.map_or(Ok(default), |text| {
        read_instant(text).ok_or_else(|| {
            Reply::invalid_input(format!("{name} is not a valid ISO 8601 date-time."))
        })
    })
}

/// `POST /reports/2021-06-30/reports`.
pub(crate) fn create(shop: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let request: CreateReport<'_> = Reply::body_of(call.body, INVALID_BODY)?;
    if request.marketplace_ids.len() > MOST_MARKETPLACES {
        return Err(Reply::invalid_input(INVALID_BODY));
    }
    let kind = TYPES
        .iter()
        .position(|known| *known == request.report_type)
        .ok_or_else(|| {
            Reply::invalid_input(format!("Invalid reportType: {}.", request.report_type))
        })?;
    let ids = request.marketplace_ids.iter().map(Cow::as_ref);
    if !covers_marketplace(&shop.settings, ids, true)? {
        return Err(Reply::invalid_input(
            "The seller does not sell in these marketplaces.",
        ));
    }
    let now = unix_micros(shop.settings.epoch, call.now);
    let data_end = instant("dataEndTime", request.data_end_time.as_deref(), now)?;
    let data_start = instant("dataStartTime", request.data_start_time.as_deref(), now)?;
    if data_start > data_end {
        return Err(Reply::invalid_input("dataStartTime is after dataEndTime"));
    }
    if data_end > now {
        return Err(Reply::invalid_input(
            "dataEndTime must not be after the current date and time.",
        ));
    }
    let number = shop.request_report(
        call.now,
        Report {
            job: Job::new(call.now, kind, &request.marketplace_ids),
            data_start,
            data_end,
            made: None,
        },
    );
    let mut out = Vec::with_capacity(32);
    json::raw(&mut out, r#"{"reportId":"#);
    json::string(&mut out, &job_id(number));
    out.push(b'}');
    Ok(Reply::made(202, out))
}

fn position(reports: &Reports, id: &str) -> Result<usize, Reply> {
    check_job_id(id, "reportId")?;
    parse_job_id(id)
        .filter(|&number| number < reports.rows.len())
        .ok_or_else(|| Reply::not_found("The report does not exist."))
}

fn write(
    settings: &Settings,
    documents: &Documents,
    out: &mut Vec<u8>,
    number: u32,
    report: &Report,
) {
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
    report.job.write(out, settings.epoch);
    if let Some(document) = report.job.document {
        json::raw(out, r#","reportDocumentId":"#);
        json::string(out, &documents.id(document));
    }
    out.push(b'}');
}

/// `GET /reports/2021-06-30/reports/{reportId}`.
pub(crate) fn get(
    settings: &Settings,
    reports: &Reports,
    documents: &Documents,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let number = position(reports, call.first)?;
    let mut out = Vec::with_capacity(384);
    write(
        settings,
        documents,
        &mut out,
        number as u32,
        &reports.rows[number],
    );
    Ok(Reply::ok(out))
}

/// `GET /reports/2021-06-30/reports`.
pub(crate) fn list(
    settings: &Settings,
    reports: &Reports,
    documents: &Documents,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let key = settings.draws.ids ^ 0x7e90;
    let filter = JobFilter::read(settings, call.query, "reportTypes", TYPES, key)?;
    let mut out = Vec::with_capacity(1_024);
    json::raw(&mut out, r#"{"reports":["#);
    filter.write_page(
        &mut out,
        &reports.rows,
        (call.now, settings.epoch, key),
        |out, number, report| write(settings, documents, out, number, report),
    );
    out.push(b'}');
    Ok(Reply::ok(out))
}

/// `DELETE /reports/2021-06-30/reports/{reportId}`: only while it waits.
pub(crate) fn cancel(shop: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let number = position(&shop.reports, call.first)?;
    let job = &mut shop.reports.rows[number].job;
    if job.status != JobStatus::InQueue {
        return Err(Reply::invalid_input(
            "Only a report that is IN_QUEUE can be cancelled.",
        ));
    }
    job.end(call.now, JobStatus::Cancelled);
    shop.notify(call.now, Event::Report(number as u32));
    Ok(Reply::ok(b"{}".to_vec()))
}

/// `GET /reports/2021-06-30/documents/{reportDocumentId}`: an address to download from.
pub(crate) fn get_document(
    settings: &Settings,
    documents: &Documents,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let number = documents
        .find_of(call.first, Owner::Reports)
        .ok_or_else(|| Reply::invalid_input("Invalid reportDocumentId"))?;
    Ok(Reply::ok(write_document(
        settings,
        documents,
        call,
        "reportDocumentId",
        number,
        false,
    )))
}
