//! Fulfillment Outbound v2020-07-01 (docs/platforms/amazon.md 7.3).

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Call;
use super::marketplaces::check_own_marketplace;
use super::paging::PageToken;
use super::reply::{INVALID_BODY, Reply};
use crate::amazon::model::catalogue::Catalogue;
use crate::amazon::model::given::integer;
use crate::amazon::model::instants::{read_date_time, unix_micros};
use crate::amazon::model::json;
use crate::amazon::model::outbound::{
    Outbound, OutboundItem, OutboundOrder, OutboundStatus, Policy,
};
use crate::amazon::shop::{Settings, State};
use crate::core::{Epoch, Micros, hexadecimal};

/// The most lines and units of an order.
const MOST_LINES: usize = 100;
const MOST_UNITS: u64 = 250;
/// Orders on a page of the list.
const PAGE: usize = 50;
/// Where Amazon ships from here.
const FULFILLMENT_CENTER: &str = "SIM1";

const SPEEDS: [&str; 4] = ["Standard", "Expedited", "Priority", "ScheduledDelivery"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateOrder<'a> {
    #[serde(borrow, default)]
    marketplace_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    seller_fulfillment_order_id: Cow<'a, str>,
    #[serde(borrow)]
    displayable_order_id: Cow<'a, str>,
    #[serde(borrow)]
    displayable_order_date: Cow<'a, str>,
    #[serde(borrow)]
    displayable_order_comment: Cow<'a, str>,
    #[serde(borrow)]
    shipping_speed_category: Cow<'a, str>,
    #[serde(borrow)]
    destination_address: Address<'a>,
    #[serde(borrow, default)]
    fulfillment_action: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    fulfillment_policy: Option<Cow<'a, str>>,
    #[serde(borrow)]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Address<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    address_line1: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    address_line2: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    address_line3: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    city: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    district_or_county: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    state_or_region: Option<Cow<'a, str>>,
    #[serde(borrow)]
    postal_code: Cow<'a, str>,
    #[serde(borrow)]
    country_code: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    phone: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    #[serde(borrow)]
    seller_sku: Cow<'a, str>,
    #[serde(borrow)]
    seller_fulfillment_order_item_id: Cow<'a, str>,
    #[serde(deserialize_with = "integer")]
    quantity: u32,
    #[serde(borrow, default)]
    gift_message: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    displayable_comment: Option<Cow<'a, str>>,
}

/// Checks texts, each with its name and the most characters that the model lets it have.
fn check_lengths(texts: &[(&str, &str, usize)]) -> Result<(), Reply> {
    let too_long = |(_, text, most): &&(&str, &str, usize)| text.chars().count() > *most;
    texts
        .iter()
        .find(too_long)
        .map_or(Ok(()), |(name, _, most)| {
            Err(Reply::invalid_input(format!(
                "{name} must have at most {most} characters."
            )))
        })
}

impl CreateOrder<'_> {
    fn check(&self) -> Result<(), Reply> {
        let id = self.seller_fulfillment_order_id.as_ref();
        if id.is_empty() || id.contains('/') {
            return Err(Reply::invalid_input(
                "sellerFulfillmentOrderId must have 1 to 40 characters.",
            ));
        }
        check_lengths(&[
            ("sellerFulfillmentOrderId", id, 40),
            ("displayableOrderId", &self.displayable_order_id, 40),
            (
                "displayableOrderComment",
                &self.displayable_order_comment,
                750,
            ),
        ])?;
        for item in &self.items {
            check_lengths(&[
                ("sellerSku", &item.seller_sku, 50),
                (
                    "sellerFulfillmentOrderItemId",
                    &item.seller_fulfillment_order_item_id,
                    50,
                ),
                (
                    "giftMessage",
                    item.gift_message.as_deref().unwrap_or(""),
                    512,
                ),
                (
                    "displayableComment",
                    item.displayable_comment.as_deref().unwrap_or(""),
                    250,
                ),
            ])?;
        }
        if read_date_time(&self.displayable_order_date).is_none() {
            return Err(Reply::invalid_input(
                "displayableOrderDate is not a valid ISO 8601 date-time.",
            ));
        }
        if !SPEEDS.contains(&self.shipping_speed_category.as_ref()) {
            return Err(Reply::invalid_input("Invalid shippingSpeedCategory."));
        }
        let units: u64 = self.items.iter().map(|item| u64::from(item.quantity)).sum();
        if !(1..=MOST_LINES).contains(&self.items.len()) || units > MOST_UNITS {
            return Err(Reply::invalid_input(
                "An order holds 1 to 100 items and at most 250 units.",
            ));
        }
        let ids: BTreeSet<&str> = self
            .items
            .iter()
            .map(|item| item.seller_fulfillment_order_item_id.as_ref())
            .collect();
        if ids.len() < self.items.len() {
            return Err(Reply::invalid_input(
                "sellerFulfillmentOrderItemId must be unique within the order.",
            ));
        }
        Ok(())
    }

    fn policy(&self) -> Result<Policy, Reply> {
        let name = self.fulfillment_policy.as_deref().unwrap_or("FillOrKill");
        Policy::NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, policy)| *policy)
            .ok_or_else(|| Reply::invalid_input(format!("Invalid fulfillmentPolicy: {name}.")))
    }

    /// What answers repeat of the request, as JSON members without braces.
    fn echo(&self, marketplace: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(384);
        // It comes back as the instant that it stands for.
        let ordered_at = read_date_time(&self.displayable_order_date).unwrap_or(0);
        let ordered_at = Epoch {
            unix_micros: ordered_at,
        };
        for (name, value) in [
            (
                r#""sellerFulfillmentOrderId":"#,
                self.seller_fulfillment_order_id.as_ref(),
            ),
            (r#","displayableOrderId":"#, &self.displayable_order_id),
            (
                r#","displayableOrderDate":"#,
                &ordered_at.seconds_utc(Micros::ZERO),
            ),
            (
                r#","displayableOrderComment":"#,
                &self.displayable_order_comment,
            ),
            (
                r#","shippingSpeedCategory":"#,
                &self.shipping_speed_category,
            ),
        ] {
            json::raw(&mut out, name);
            json::string(&mut out, value);
        }
        json::raw(&mut out, r#","marketplaceId":"#);
        json::string(&mut out, marketplace);
        json::raw(&mut out, r#","destinationAddress":"#);
        // Texts and nothing else: writing them cannot fail.
        out.extend(serde_json::to_vec(&self.destination_address).unwrap_or_default());
        out
    }
}

/// `POST /fba/outbound/2020-07-01/fulfillmentOrders`.
pub(crate) fn create(shop: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let request: CreateOrder<'_> = Reply::body_of(call.body, INVALID_BODY)?;
    request.check()?;
    let policy = request.policy()?;
    let hold = match request.fulfillment_action.as_deref() {
        None | Some("Ship") => false,
        Some("Hold") => true,
        Some(_) => return Err(Reply::invalid_input("Invalid fulfillmentAction.")),
    };
    if let Some(id) = request.marketplace_id.as_deref() {
        check_own_marketplace(&shop.settings, id)?;
    }
    let id = request.seller_fulfillment_order_id.as_ref();
    if shop.outbound.position(id).is_some() {
        return Err(Reply::invalid_input(
            "sellerFulfillmentOrderId is already in use.",
        ));
    }
    let mut items = Vec::with_capacity(request.items.len());
    for item in &request.items {
        let listing = shop
            .catalogue
            .find(&item.seller_sku)
            .filter(|&sku| shop.catalogue.is_fba(sku) && item.quantity > 0)
            .map(|sku| shop.catalogue.listing(sku))
            .ok_or_else(|| {
                Reply::invalid_input(format!(
                    "Item {} names no SKU that Amazon holds, or no unit.",
                    item.seller_fulfillment_order_item_id
                ))
            })?;
        items.push(OutboundItem {
            id: item.seller_fulfillment_order_item_id.to_string(),
            listing,
            units: item.quantity,
            held: 0,
        });
    }
    let order = OutboundOrder {
        id: id.to_owned(),
        echo: request.echo(&shop.settings.profile.marketplace.id),
        hold,
        policy,
        received_at: call.now,
        changed_at: call.now,
        status: OutboundStatus::Received,
        items,
    };
    shop.receive_outbound(call.now, order);
    Ok(Reply::ok(b"{}".to_vec()))
}

fn position(outbound: &Outbound, call: &Call<'_>) -> Result<usize, Reply> {
    outbound
        .position(call.first)
        .ok_or_else(|| Reply::not_found("The fulfillment order does not exist."))
}

fn write_order(settings: &Settings, out: &mut Vec<u8>, order: &OutboundOrder) {
    out.push(b'{');
    out.extend_from_slice(&order.echo);
    json::raw(out, r#","fulfillmentAction":""#);
    json::raw(out, if order.hold { "Hold" } else { "Ship" });
    json::raw(out, r#"","fulfillmentPolicy":""#);
    json::raw(out, order.policy.name());
    json::raw(out, r#"","receivedDate":""#);
    settings.epoch.write_seconds_utc(order.received_at, out);
    json::raw(out, r#"","fulfillmentOrderStatus":""#);
    json::raw(out, order.status.name());
    json::raw(out, r#"","statusUpdatedDate":""#);
    settings.epoch.write_seconds_utc(order.changed_at, out);
    json::raw(out, r#""}"#);
}

fn write_item(
    catalogue: &Catalogue,
    out: &mut Vec<u8>,
    order: &OutboundOrder,
    item: &OutboundItem,
) {
    let missing = item.units - item.held;
    let (cancelled, unfulfillable) = match order.status {
        OutboundStatus::Cancelled => (missing, 0),
        OutboundStatus::Unfulfillable | OutboundStatus::CompletePartialled => (0, missing),
        _ => (0, 0),
    };
    json::raw(out, r#"{"sellerSku":"#);
    out.extend_from_slice(catalogue.sku_json(catalogue.fba_sku(item.listing)));
    json::raw(out, r#","sellerFulfillmentOrderItemId":"#);
    json::string(out, &item.id);
    json::raw(out, r#","quantity":"#);
    json::number(out, item.units);
    json::raw(out, r#","cancelledQuantity":"#);
    json::number(out, cancelled);
    json::raw(out, r#","unfulfillableQuantity":"#);
    json::number(out, unfulfillable);
    out.push(b'}');
}

/// The one shipment of an order that has shipped.
fn write_shipment(
    settings: &Settings,
    catalogue: &Catalogue,
    out: &mut Vec<u8>,
    number: usize,
    order: &OutboundOrder,
) {
    json::raw(out, r#"{"amazonShipmentId":"D"#);
    json::number(out, number as u64 + 1);
    json::raw(out, r#"","fulfillmentCenterId":""#);
    json::raw(out, FULFILLMENT_CENTER);
    json::raw(
        out,
        r#"","fulfillmentShipmentStatus":"SHIPPED","shippingDate":""#,
    );
    settings.epoch.write_seconds_utc(order.changed_at, out);
    json::raw(out, r#"","fulfillmentShipmentItem":["#);
    let mut first = true;
    for item in order.items.iter().filter(|item| item.held > 0) {
        json::comma(out, &mut first);
        json::raw(out, r#"{"sellerSku":"#);
        out.extend_from_slice(catalogue.sku_json(catalogue.fba_sku(item.listing)));
        json::raw(out, r#","sellerFulfillmentOrderItemId":"#);
        json::string(out, &item.id);
        json::raw(out, r#","quantity":"#);
        json::number(out, item.held);
        json::raw(out, r#","packageNumber":1}"#);
    }
    json::raw(
        out,
        r#"],"fulfillmentShipmentPackage":[{"packageNumber":1,"carrierCode":"Amazon","trackingNumber":"TBA"#,
    );
    let mut tracking = [0u8; 16];
    hexadecimal::write(&mut tracking, settings.draws.outbound ^ number as u64);
    out.extend_from_slice(&tracking);
    json::raw(out, r#""}]}"#);
}

/// `GET /fba/outbound/2020-07-01/fulfillmentOrders/{sellerFulfillmentOrderId}`.
pub(crate) fn get(
    settings: &Settings,
    catalogue: &Catalogue,
    outbound: &Outbound,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let number = position(outbound, call)?;
    let order = &outbound.rows[number];
    let mut out = Vec::with_capacity(1_024);
    json::raw(&mut out, r#"{"payload":{"fulfillmentOrder":"#);
    write_order(settings, &mut out, order);
    json::raw(&mut out, r#","fulfillmentOrderItems":["#);
    let mut first = true;
    for item in &order.items {
        json::comma(&mut out, &mut first);
        write_item(catalogue, &mut out, order, item);
    }
    json::raw(&mut out, r#"],"fulfillmentShipments":["#);
    let shipped = matches!(
        order.status,
        OutboundStatus::Complete | OutboundStatus::CompletePartialled
    );
    if shipped {
        write_shipment(settings, catalogue, &mut out, number, order);
    }
    json::raw(
        &mut out,
        r#"],"returnItems":[],"returnAuthorizations":[]}}"#,
    );
    Ok(Reply::ok(out))
}

/// `GET /fba/outbound/2020-07-01/fulfillmentOrders`: what changed at or after `queryStartDate`, in the order of
/// arrival.
pub(crate) fn list(
    settings: &Settings,
    outbound: &Outbound,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let key = settings.draws.ids ^ 0x0b0d;
    let (since, start) = match call.query.get("nextToken") {
        Some(text) => {
            let token = PageToken::read(text, key)
                .ok_or_else(|| Reply::invalid_input("nextToken is invalid."))?;
            (token.fields[0] as i64, token.next as usize)
        }
        None => (call.query.instant("queryStartDate")?.unwrap_or(i64::MIN), 0),
    };
    let mut out = Vec::with_capacity(1_024);
    json::raw(&mut out, r#"{"payload":{"fulfillmentOrders":["#);
    let mut written = 0;
    let mut next = None;
    for (number, order) in outbound.rows.iter().enumerate().skip(start) {
        if unix_micros(settings.epoch, order.changed_at) < since {
            continue;
        }
        if written == PAGE {
            next = Some(number as u64);
            break;
        }
        if written > 0 {
            out.push(b',');
        }
        written += 1;
        write_order(settings, &mut out, order);
    }
    out.push(b']');
    if let Some(next) = next {
        let token = PageToken {
            made_at: call.now,
            next,
            fields: [since as u64, 0, 0],
        };
        json::raw(&mut out, r#","nextToken":"#);
        json::string(&mut out, &token.text(key));
    }
    json::raw(&mut out, "}}");
    Ok(Reply::ok(out))
}

/// `PUT /fba/outbound/2020-07-01/fulfillmentOrders/{sellerFulfillmentOrderId}/cancel`: until planning is over.
pub(crate) fn cancel(shop: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let number = position(&shop.outbound, call)?;
    if !shop.outbound.rows[number].status.is_open() {
        return Err(Reply::invalid_input(
            "The fulfillment order cannot be cancelled in its present state.",
        ));
    }
    shop.cancel_outbound(call.now, number as u32);
    Ok(Reply::ok(b"{}".to_vec()))
}
