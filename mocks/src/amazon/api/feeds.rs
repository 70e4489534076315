//! The Feeds API v2021-06-30 (docs/platforms/amazon.md 5.3).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::Call;
use super::documents::write_document;
use super::jobs::{check_marketplaces, taken_in, waiting};
use super::limits::Limits;
use super::reply::Reply;
use crate::amazon::model::documents::{Documents, Owner};
use crate::amazon::model::feeds::{Feed, JSON_LISTINGS, TYPES};
use crate::amazon::model::jobs::Job;
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

/// `POST /feeds/2021-06-30/feeds`.
pub(crate) fn create(
    shop: &mut State,
    limits: &mut Limits,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let request: CreateFeed<'_> = Reply::body_of(call.body, REFUSED)?;
    let kind = TYPES
        .iter()
        .position(|known| *known == request.feed_type)
        .ok_or_else(|| Reply::invalid_input(REFUSED))?;
    check_marketplaces(&shop.settings, &request.marketplace_ids, REFUSED)?;
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
    Ok(taken_in::<Feed>(number))
}

/// `DELETE /feeds/2021-06-30/feeds/{feedId}`: only while it waits.
pub(crate) fn cancel(shop: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let number = waiting(&shop.feeds, call)?;
    shop.cancel_feed(call.now, number);
    Ok(Reply::ok(b"{}".to_vec()))
}
