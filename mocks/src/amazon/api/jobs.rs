//! What the APIs of feeds and of reports do alike: one job, lists of them, and the documents that they leave.

use std::borrow::Cow;

use super::Call;
use super::documents::write_document;
use super::job_list::JobFilter;
use super::marketplaces::covers_marketplace;
use super::reply::Reply;
use crate::amazon::model::documents::{Documents, Owner};
use crate::amazon::model::jobs::{JobStatus, Jobs, Kind, job_id, parse_job_id};
use crate::amazon::model::json;
use crate::amazon::shop::Settings;

/// Marketplaces that a job can be made for.
const MOST_MARKETPLACES: usize = 25;

/// Checks the marketplaces that a job is to be about.
///
/// # Errors
/// 400 with `too_many` for more than the model has, and 400 or 403 for those in which the seller cannot be or is not.
pub(crate) fn check_marketplaces(
    settings: &Settings,
    ids: &[Cow<'_, str>],
    too_many: &str,
) -> Result<(), Reply> {
    if ids.len() > MOST_MARKETPLACES {
        return Err(Reply::invalid_input(too_many));
    }
    if covers_marketplace(settings, ids.iter().map(Cow::as_ref), true)? {
        return Ok(());
    }
    Err(Reply::invalid_input(
        "The seller does not sell in these marketplaces.",
    ))
}

/// The answer to a job that was taken in.
pub(crate) fn taken_in<T: Kind>(number: u32) -> Reply {
    let mut out = Vec::with_capacity(32);
    out.push(b'{');
    write_id::<T>(&mut out, number);
    out.push(b'}');
    Reply::made(202, out)
}

fn write_id<T: Kind>(out: &mut Vec<u8>, number: u32) {
    json::string(out, T::ID);
    out.push(b':');
    json::string(out, &job_id(number));
}

/// The position of the job that the path names.
///
/// # Errors
/// 400 for a text that has not the shape of an id, a number, whoever gave it out, and 404 for one that no job has.
fn position<T: Kind>(jobs: &Jobs<T>, call: &Call<'_>) -> Result<usize, Reply> {
    let id = call.first;
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Reply::detailed(format!("Invalid {} [{id}].", T::ID)));
    }
    parse_job_id(id)
        .filter(|&number| number < jobs.rows.len())
        .ok_or_else(|| Reply::not_found(&format!("The {} does not exist.", T::NOUN)))
}

/// The number of the job that the path names, if it can still be cancelled.
///
/// # Errors
/// As for a read, and 400 once it has begun.
pub(crate) fn waiting<T: Kind>(jobs: &Jobs<T>, call: &Call<'_>) -> Result<u32, Reply> {
    let number = position(jobs, call)?;
    if jobs.rows[number].as_ref().status == JobStatus::InQueue {
        return Ok(number as u32);
    }
    Err(Reply::invalid_input(format!(
        "Only a {} that is IN_QUEUE can be cancelled.",
        T::NOUN
    )))
}

fn write<T: Kind>(
    settings: &Settings,
    documents: &Documents,
    out: &mut Vec<u8>,
    number: u32,
    row: &T,
) {
    let job = row.as_ref();
    out.push(b'{');
    write_id::<T>(out, number);
    out.push(b',');
    json::string(out, T::TYPE);
    out.push(b':');
    json::string(out, T::TYPES.get(job.kind).copied().unwrap_or(""));
    row.write_own(out);
    job.write(out, settings.epoch);
    if let Some(document) = job.document {
        out.push(b',');
        json::string(out, T::RESULT);
        out.push(b':');
        json::string(out, &documents.id(document));
    }
    out.push(b'}');
}

/// One job.
pub(crate) fn get<T: Kind>(
    settings: &Settings,
    jobs: &Jobs<T>,
    documents: &Documents,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let number = position(jobs, call)?;
    let mut out = Vec::with_capacity(384);
    write(
        settings,
        documents,
        &mut out,
        number as u32,
        &jobs.rows[number],
    );
    Ok(Reply::ok(out))
}

/// A page of jobs.
pub(crate) fn list<T: Kind>(
    settings: &Settings,
    jobs: &Jobs<T>,
    documents: &Documents,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let key = settings.draws.ids ^ T::KEY;
    let filter = JobFilter::read(settings, call.query, T::LISTED_TYPES, T::TYPES, key)?;
    let mut out = Vec::with_capacity(1_024);
    out.push(b'{');
    json::string(&mut out, T::LIST);
    json::raw(&mut out, ":[");
    filter.write_page(
        &mut out,
        &jobs.rows,
        (call.now, settings.epoch, key),
        |out, number, row| write(settings, documents, out, number, row),
    );
    out.push(b'}');
    Ok(Reply::ok(out))
}

/// An address to download a document of an API from; `name` is its member with the id.
pub(crate) fn get_document(
    settings: &Settings,
    documents: &Documents,
    (owner, name): (Owner, &str),
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let number = documents
        .find_of(call.first, owner)
        .ok_or_else(|| Reply::invalid_input(format!("Invalid {name}")))?;
    Ok(Reply::ok(write_document(
        settings, documents, call, name, number, false,
    )))
}
