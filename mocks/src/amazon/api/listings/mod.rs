//! The Listings Items API v2021-08-01 (docs/platforms/amazon.md 5.1): one item here, searches in [`search`], writes in
//! [`submit`].

pub(crate) mod search;
pub(crate) mod submit;

use super::Call;
use super::limits::{ApplicationBucket, Limits};
use super::marketplaces::covers_marketplace;
use super::query::Query;
use super::reply::Reply;
use crate::amazon::model::catalogue::SkuIndex;
use crate::amazon::model::offers::Offers;
use crate::amazon::model::{ids, json};
use crate::amazon::shop::{Settings, State};
use crate::core::Micros;

/// Data sets of an item.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Included {
    summaries: bool,
    attributes: bool,
    issues: bool,
    offers: bool,
    fulfillment_availability: bool,
    relationships: bool,
    product_types: bool,
}

impl Included {
    /// Reads `includedData`; summaries where it is absent.
    ///
    /// # Errors
    /// 400 for an unknown name.
    pub(crate) fn read(query: &Query<'_>) -> Result<Included, Reply> {
        let mut included = Included::default();
        let mut any = false;
        for name in query.list("includedData") {
            any = true;
            match name {
                "summaries" => included.summaries = true,
                "attributes" => included.attributes = true,
                "issues" => included.issues = true,
                "offers" => included.offers = true,
                "fulfillmentAvailability" => included.fulfillment_availability = true,
                "relationships" => included.relationships = true,
                "productTypes" => included.product_types = true,
                // Vendors' data: a seller's item has none.
                "procurement" => {}
                unknown => {
                    return Err(Reply::invalid_input(format!(
                        "Invalid includedData: {unknown}."
                    )));
                }
            }
        }
        included.summaries |= !any;
        Ok(included)
    }
}

/// The path's seller must be the one the token speaks for.
fn check_seller(settings: &Settings, call: &Call<'_>) -> Result<(), Reply> {
    if call.first == settings.credentials.seller_id {
        Ok(())
    } else {
        Err(Reply::denied(""))
    }
}

/// Whether the marketplaces of the call include this shop's; the models let some operations have one only.
fn check_marketplaces(
    settings: &Settings,
    call: &Call<'_>,
    most: Option<usize>,
) -> Result<bool, Reply> {
    let ids = || call.query.list("marketplaceIds");
    // One marketplace that is named twice is one, as some clients send it.
    let others = ids().filter(|id| Some(*id) != ids().next()).count();
    if most.is_some_and(|most| others >= most) {
        return Err(Reply::invalid_input(INVALID_MARKETPLACES));
    }
    covers_marketplace(settings, ids(), true).map_err(|reply| match reply.status {
        400 => Reply::invalid_input(INVALID_MARKETPLACES),
        _ => reply,
    })
}

/// Checks that a write is about this shop's marketplace: a seller can write where he sells, and nowhere else.
///
/// # Errors
/// Those of [`check_marketplaces`], and 400 for a marketplace of the region in which the seller does not sell
/// (jlevers/selling-partner-api 777).
fn check_own_marketplaces(
    settings: &Settings,
    call: &Call<'_>,
    most: Option<usize>,
) -> Result<(), Reply> {
    check_marketplaces(settings, call, most)?;
    let own = settings.profile.marketplace.id.as_str();
    if call.query.list("marketplaceIds").all(|id| id == own) {
        return Ok(());
    }
    Err(Reply::no_submission(
        "Invalid 'sellerId' and 'marketplaceId' combination provided.",
    ))
}

/// What the API says of marketplaces that cannot be (amzn/selling-partner-api-models 2771 and 4130).
const INVALID_MARKETPLACES: &str = "Invalid 'marketplaceIds' provided.";

/// `GET /listings/2021-08-01/items/{sellerId}/{sku}`.
pub(crate) fn get_item(shop: &State, limits: &mut Limits, call: &Call<'_>) -> Result<Reply, Reply> {
    let (settings, offers) = (&shop.settings, shop.offers());
    limits.take_application(call.now, call.operation, ApplicationBucket::Get)?;
    check_seller(settings, call)?;
    let here = check_marketplaces(settings, call, None)?;
    let included = Included::read(call.query)?;
    let sku = offers
        .catalogue
        .find(call.second)
        .filter(|_| here)
        .ok_or_else(|| {
            let asked: Vec<&str> = call.query.list("marketplaceIds").take(20).collect();
            let message = format!(
                "SKU '{}' not found in marketplace {}",
                call.second,
                asked.join(", ")
            );
            Reply::error(404, "NOT_FOUND", &message, "")
        })?;
    let mut out = Vec::with_capacity(512);
    write_item(settings, offers, &mut out, sku, included);
    Ok(Reply::ok(out))
}

fn write_item(
    settings: &Settings,
    offers: Offers<'_>,
    out: &mut Vec<u8>,
    sku: SkuIndex,
    included: Included,
) {
    let marketplace = &settings.profile.marketplace.id;
    let state = offers.inventory.state(sku);
    json::raw(out, r#"{"sku":"#);
    out.extend_from_slice(offers.catalogue.sku_json(sku));
    if included.summaries {
        json::raw(out, r#","summaries":[{"marketplaceId":"#);
        json::string(out, marketplace);
        json::raw(out, r#","asin":""#);
        offers.catalogue.write_asin(sku, out);
        json::raw(
            out,
            r#"","productType":"PRODUCT","conditionType":"new_new","status":["#,
        );
        if offers.is_buyable(sku) {
            json::raw(out, r#""BUYABLE","#);
        }
        json::raw(out, r#""DISCOVERABLE"],"itemName":"#);
        out.extend_from_slice(offers.catalogue.title_json(sku));
        if offers.is_amazon_offer(sku) {
            json::raw(out, r#","fnSku":""#);
            ids::write_fnsku(out, offers.catalogue.listing(sku).0);
            out.push(b'"');
        }
        json::raw(out, r#","createdDate":""#);
        settings.epoch.write_millis_utc(Micros::ZERO, out);
        json::raw(out, r#"","lastUpdatedDate":""#);
        settings.epoch.write_millis_utc(state.updated_at, out);
        json::raw(out, r#""}]"#);
    }
    if included.attributes {
        json::raw(out, r#","attributes":{"item_name":[{"value":"#);
        out.extend_from_slice(offers.catalogue.title_json(sku));
        json::raw(out, r#","marketplace_id":"#);
        json::string(out, marketplace);
        json::raw(out, "}]");
        write_submitted(settings, offers, out, sku);
        out.push(b'}');
    }
    if included.issues {
        json::raw(out, r#","issues":[]"#);
    }
    if included.offers {
        json::raw(out, r#","offers":[{"marketplaceId":"#);
        json::string(out, marketplace);
        json::raw(out, r#","offerType":"B2C","price":{"currencyCode":""#);
        json::raw(out, &settings.currency);
        json::raw(out, r#"","amount":"#);
        json::amount(out, offers.catalogue.price_cents(sku));
        json::raw(out, "}}]");
    }
    if included.fulfillment_availability {
        json::raw(out, r#","fulfillmentAvailability":["#);
        let units = offers.inventory.shown(sku);
        if offers.is_amazon_offer(sku) {
            json::raw(out, r#"{"fulfillmentChannelCode":"AMAZON_NA"}"#);
        } else if state.submitted.is_some() || units > 0 {
            json::raw(out, r#"{"fulfillmentChannelCode":"DEFAULT","quantity":"#);
            json::number(out, units);
            out.push(b'}');
        }
        out.push(b']');
    }
    if included.relationships {
        json::raw(out, r#","relationships":[]"#);
    }
    if included.product_types {
        json::raw(out, r#","productTypes":[{"marketplaceId":"#);
        json::string(out, marketplace);
        json::raw(out, r#","productType":"PRODUCT"}]"#);
    }
    out.push(b'}');
}

/// The attribute that carries quantities, as it was submitted: an entry a channel (amzn/selling-partner-api-models 2061).
fn write_submitted(settings: &Settings, offers: Offers<'_>, out: &mut Vec<u8>, sku: SkuIndex) {
    let marketplace = &settings.profile.marketplace.id;
    let state = offers.inventory.state(sku);
    let by_amazon = offers.has_amazon_entry(sku);
    if state.submitted.is_none() && !by_amazon {
        return;
    }
    json::raw(out, r#","fulfillment_availability":["#);
    let mut first = true;
    if let Some(submitted) = state.submitted {
        json::comma(out, &mut first);
        json::raw(out, r#"{"fulfillment_channel_code":"DEFAULT","quantity":"#);
        json::number(out, submitted);
        if let Some(days) = state.lead_time_days {
            json::raw(out, r#","lead_time_to_ship_max_days":"#);
            json::number(out, days);
        }
        json::raw(out, r#","marketplace_id":"#);
        json::string(out, marketplace);
        out.push(b'}');
    }
    if by_amazon {
        json::comma(out, &mut first);
        json::raw(
            out,
            r#"{"fulfillment_channel_code":"AMAZON_NA","marketplace_id":"#,
        );
        json::string(out, marketplace);
        out.push(b'}');
    }
    out.push(b']');
}
