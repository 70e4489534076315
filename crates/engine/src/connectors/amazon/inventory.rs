//! The quantity of a merchant-fulfilled listing (docs/platforms/amazon.md 5.1): an absolute write that is taken for
//! processing, the live number, and the number that was submitted last.

use http::{Method, StatusCode};
use oversell_kernel::json;
use serde::Deserialize;

use super::AmazonConnector;
use super::wire::{accepted, refusal};
use crate::canonical::SkuIndex;
use crate::connectors::encoding::Text;
use crate::connectors::{Change, Event, QuantityWrite, WriteOutcome, exchange};
use crate::machine::{Request, Response};

#[derive(Deserialize)]
struct Submission<'a> {
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    issues: Option<Vec<Issue<'a>>>,
}

#[derive(Deserialize)]
struct Issue<'a> {
    #[serde(borrow)]
    code: Option<Text<'a>>,
    #[serde(borrow)]
    message: Option<Text<'a>>,
    #[serde(borrow)]
    severity: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Listing<'a> {
    #[serde(borrow, rename = "fulfillmentAvailability")]
    availability: Option<Vec<Availability<'a>>>,
    #[serde(borrow)]
    attributes: Option<Attributes<'a>>,
}

/// What the seller has submitted, live or not.
#[derive(Deserialize)]
struct Attributes<'a> {
    #[serde(borrow, rename = "fulfillment_availability")]
    availability: Option<Vec<Submitted<'a>>>,
}

#[derive(Deserialize)]
struct Submitted<'a> {
    #[serde(borrow, rename = "fulfillment_channel_code")]
    channel: Option<Text<'a>>,
    quantity: Option<i64>,
}

#[derive(Deserialize)]
struct Availability<'a> {
    #[serde(borrow, rename = "fulfillmentChannelCode")]
    channel: Text<'a>,
    quantity: Option<i64>,
}

impl Attributes<'_> {
    /// The merchant's own quantity: `Some(None)` when none was ever submitted, `None` when the rows do not tell.
    fn submitted(&self) -> Option<Option<i64>> {
        let rows = self.availability.as_deref().unwrap_or_default();
        if rows.is_empty() {
            return Some(None);
        }
        let own = rows
            .iter()
            .find(|row| row.channel.as_deref() == Some("DEFAULT"))?;
        own.quantity.map(Some)
    }
}

impl AmazonConnector {
    /// Sends the first row; a call has no room for more. The `merge` operation leaves the handling time as it is.
    /// Nothing but an absolute quantity can be written, so any other change sends a read in its place and is refused.
    pub(super) fn write_request(&self, writes: &[QuantityWrite]) -> Request {
        let Some(&QuantityWrite {
            sku,
            change: Change::Set(quantity),
        }) = writes.first()
        else {
            let skus: Vec<SkuIndex> = writes.iter().map(|write| write.sku).collect();
            return self.read_request(&skus);
        };
        let mut body = Vec::with_capacity(192);
        body.extend_from_slice(
            b"{\"productType\":\"PRODUCT\",\"patches\":[{\"op\":\"merge\",\
\"path\":\"/attributes/fulfillment_availability\",\
\"value\":[{\"fulfillment_channel_code\":\"DEFAULT\",\"quantity\":",
        );
        json::integer(&mut body, quantity.max(0));
        body.extend_from_slice(b"}]}]}");
        self.send(
            Method::PATCH,
            self.listings_target(Some(self.skus.text(sku))),
            body,
        )
    }

    pub(super) fn write_read(
        &self,
        writes: &[QuantityWrite],
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let Some((first, others)) = writes.split_first() else {
            return;
        };
        let Some(outcome) = written(first, response, events) else {
            return;
        };
        events.push(Event::Written {
            sku: first.sku,
            outcome,
        });
        for write in others {
            let reason = "a call takes one SKU".to_owned();
            events.push(Event::Written {
                sku: write.sku,
                outcome: WriteOutcome::Refused(reason),
            });
        }
    }

    pub(super) fn read_request(&self, skus: &[SkuIndex]) -> Request {
        let sku = skus.first().map_or("", |&sku| self.skus.text(sku));
        let mut target = self.listings_target(Some(sku));
        target.extend_from_slice(b"&includedData=attributes,fulfillmentAvailability");
        self.get(target)
    }

    pub(super) fn read_read(
        &mut self,
        skus: &[SkuIndex],
        response: &Response,
        events: &mut Vec<Event>,
    ) {
        let Some(&sku) = skus.first() else {
            return;
        };
        if response.status() == StatusCode::NOT_FOUND {
            self.absent.insert(sku);
            events.push(Event::NotListed { sku });
            return;
        }
        let missing = || Event::Quarantined {
            order: None,
            reason: format!(
                "no merchant-fulfilled quantity of SKU {}",
                self.skus.text(sku)
            ),
        };
        if !accepted(response, events) {
            return;
        }
        match exchange::read_json::<Listing<'_>>(response.body()) {
            Ok(listing) => {
                if let Some(submitted) = listing.attributes.and_then(|it| it.submitted()) {
                    events.push(Event::SubmissionRead { sku, submitted });
                }
                let availability = listing.availability.unwrap_or_default();
                let own = availability.iter().find(|it| &*it.channel == "DEFAULT");
                events.push(match own.and_then(|it| it.quantity) {
                    Some(displayed) => Event::QuantityRead { sku, displayed },
                    None => missing(),
                });
            }
            Err(error) => events.push(exchange::unreadable(&error, response.body())),
        }
    }
}

/// What became of the write; `None` if the call failed and its events are out.
fn written(
    write: &QuantityWrite,
    response: &Response,
    events: &mut Vec<Event>,
) -> Option<WriteOutcome> {
    if !matches!(write.change, Change::Set(_)) {
        return Some(WriteOutcome::Refused(
            "only absolute quantities can be written".to_owned(),
        ));
    }
    if matches!(
        response.status(),
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND
    ) {
        return Some(WriteOutcome::Refused(refusal(response).reason()));
    }
    if !accepted(response, events) {
        return None;
    }
    match exchange::read_json::<Submission<'_>>(response.body()) {
        Ok(submission) if &*submission.status == "ACCEPTED" => Some(WriteOutcome::Accepted),
        Ok(submission) => {
            let issues = submission.issues.unwrap_or_default();
            let error = issues
                .iter()
                .find(|it| it.severity.as_deref() == Some("ERROR"));
            let reason = error.or(issues.first()).map_or_else(
                || submission.status.to_string(),
                |issue| {
                    let text = |text: &Option<Text<'_>>| text.as_deref().unwrap_or("").to_owned();
                    format!("{}: {}", text(&issue.code), text(&issue.message))
                },
            );
            Some(WriteOutcome::Refused(reason))
        }
        Err(error) => {
            events.push(exchange::unreadable(&error, response.body()));
            None
        }
    }
}
