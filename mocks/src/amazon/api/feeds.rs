//! The Feeds API v2021-06-30 (docs/platforms/amazon.md 5.3).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::Call;
use super::documents::write_document;
use super::job_list::{JobFilter, MOST_MARKETPLACES, check_job_id};
use super::limits::Limits;
use super::marketplaces::covers_marketplace;
use super::reply::Reply;
use crate::amazon::model::documents::{Documents, Owner};
use crate::amazon::model::feeds::{Feed, Feeds, JSON_LISTINGS, TYPES};
use crate::amazon::model::jobs::{Job, JobStatus, job_id, parse_job_id};
use crate::amazon::model::json;
use crate::amazon::shop::{Settings, State};

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
    /// Options that the types of feeds here do not have; the model wants texts by name.
    #[serde(default, rename = "feedOptions")]
    _options: Option<BTreeMap<String, String>>,
}

/// What the API says of a body that it cannot read, and of types and documents that it does not know
/// (amzn/selling-partner-api-models 1559, 1832 and 2396).
const REFUSED: &str = "Invalid request parameters";

/// Longest content type of a document, in bytes.
const LONGEST_CONTENT_TYPE: usize = 256;

/// `POST /feeds/2021-06-30/documents`: an address to upload to, good for a few minutes.
pub(crate) fn create_document(
    settings: &Settings,
    documents: &mut Documents,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let request: CreateFeedDocument<'_> = Reply::body_of(call.body, REFUSED)?;
    if request.content_type.trim().is_empty() || request.content_type.len() > LONGEST_CONTENT_TYPE {
        return Err(Reply::invalid_input(REFUSED));
    }
    let number = documents.add(Owner::Feeds, &request.content_type, None);
    let body = write_document(settings, documents, call, "feedDocumentId", number, true);
    Ok(Reply::made(201, body))
}

/// `GET /feeds/2021-06-30/documents/{feedDocumentId}`: an address to download from.
pub(crate) fn get_document(
    settings: &Settings,
    documents: &Documents,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let number = documents
        .find_of(call.first, Owner::Feeds)
        .ok_or_else(|| Reply::invalid_input("Invalid feedDocumentId"))?;
    Ok(Reply::ok(write_document(
        settings,
        documents,
        call,
        "feedDocumentId",
        number,
        false,
    )))
}

/// `POST /feeds/2021-06-30/feeds`.
pub(crate) fn create(
    shop: &mut State,
    limits: &mut Limits,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let request: CreateFeed<'_> = Reply::body_of(call.body, REFUSED)?;
    if request.marketplace_ids.len() > MOST_MARKETPLACES {
        return Err(Reply::invalid_input(REFUSED));
    }
    let kind = TYPES
        .iter()
        .position(|known| *known == request.feed_type)
        .ok_or_else(|| Reply::invalid_input(REFUSED))?;
    let ids = request.marketplace_ids.iter().map(Cow::as_ref);
    if !covers_marketplace(&shop.settings, ids, true)? {
        return Err(Reply::invalid_input(
            "The seller does not sell in these marketplaces.",
        ));
    }
    let input = shop
        .documents
        .find_of(&request.input_feed_document_id, Owner::Feeds)
        .ok_or_else(|| Reply::invalid_input(REFUSED))?;
    if kind == JSON_LISTINGS {
        limits.take_json_listings_feed(call.now, call.operation)?;
    }
    let number = shop.submit_feed(
        call.now,
        Feed {
            job: Job::new(call.now, kind, &request.marketplace_ids),
            input,
            sent_at: call.sent_at,
            ready: false,
        },
    );
    let mut out = Vec::with_capacity(32);
    json::raw(&mut out, r#"{"feedId":"#);
    json::string(&mut out, &job_id(number));
    out.push(b'}');
    Ok(Reply::made(202, out))
}

fn position(feeds: &Feeds, id: &str) -> Result<usize, Reply> {
    check_job_id(id, "feedId")?;
    parse_job_id(id)
        .filter(|&number| number < feeds.rows.len())
        .ok_or_else(|| Reply::not_found("The feed does not exist."))
}

fn write(settings: &Settings, documents: &Documents, out: &mut Vec<u8>, number: u32, feed: &Feed) {
    json::raw(out, r#"{"feedId":"#);
    json::string(out, &job_id(number));
    json::raw(out, r#","feedType":"#);
    json::string(out, TYPES.get(feed.job.kind).copied().unwrap_or(""));
    feed.job.write(out, settings.epoch);
    if let Some(document) = feed.job.document {
        json::raw(out, r#","resultFeedDocumentId":"#);
        json::string(out, &documents.id(document));
    }
    out.push(b'}');
}

/// `GET /feeds/2021-06-30/feeds/{feedId}`.
pub(crate) fn get(
    settings: &Settings,
    feeds: &Feeds,
    documents: &Documents,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let number = position(feeds, call.first)?;
    let mut out = Vec::with_capacity(320);
    write(
        settings,
        documents,
        &mut out,
        number as u32,
        &feeds.rows[number],
    );
    Ok(Reply::ok(out))
}

/// `GET /feeds/2021-06-30/feeds`.
pub(crate) fn list(
    settings: &Settings,
    feeds: &Feeds,
    documents: &Documents,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let key = settings.draws.ids ^ 0xfeed;
    let filter = JobFilter::read(settings, call.query, "feedTypes", TYPES, key)?;
    let mut out = Vec::with_capacity(1_024);
    json::raw(&mut out, r#"{"feeds":["#);
    filter.write_page(
        &mut out,
        &feeds.rows,
        (call.now, settings.epoch, key),
        |out, number, feed| write(settings, documents, out, number, feed),
    );
    out.push(b'}');
    Ok(Reply::ok(out))
}

/// `DELETE /feeds/2021-06-30/feeds/{feedId}`: only while it waits.
pub(crate) fn cancel(shop: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let number = position(&shop.feeds, call.first)?;
    if shop.feeds.rows[number].job.status != JobStatus::InQueue {
        return Err(Reply::invalid_input(
            "Only a feed that is IN_QUEUE can be cancelled.",
        ));
    }
    shop.cancel_feed(call.now, number as u32);
    Ok(Reply::ok(b"{}".to_vec()))
}
