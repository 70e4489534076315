//! FBA Inventory v1: what Amazon's warehouses hold, late (docs/platforms/amazon.md 5.5).

use super::Call;
use super::marketplaces::covers_marketplace;
use super::paging::PageToken;
use super::reply::Reply;
use crate::amazon::model::catalogue::{Catalogue, SkuIndex};
use crate::amazon::model::fba::{FbaStock, Shown};
use crate::amazon::model::instants::unix_micros;
use crate::amazon::model::{ids, json};
use crate::amazon::shop::Settings;
use crate::core::ListingIndex;

/// Items a page holds.
const PAGE: usize = 50;

/// SKUs that a call may name.
const MOST_SKUS: usize = 50;
/// How far back changes are known: eighteen months of the mean length.
const EIGHTEEN_MONTHS_MICROS: i64 = 548 * 86_400 * 1_000_000;

/// What the API says of parameters that are missing or wrong (amzn/selling-partner-api-models 2768, -docs 109).
const REFUSED: &str = "Invalid request, please check your input.";
/// What it says of a page token that is none of its own or too old (amzn/selling-partner-api-models 4946).
const TOKEN_SPOILT: &str = "Next token is invalid or expired";

/// `GET /fba/inventory/v1/summaries`.
pub(crate) fn list(
    settings: &Settings,
    catalogue: &Catalogue,
    fba: &mut FbaStock,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let query = call.query;
    let refused = || Reply::invalid_input(REFUSED);
    if query.get("granularityType") != Some("Marketplace") {
        return Err(refused());
    }
    // One marketplace that is named twice is one, as some clients send it.
    let mut named = query.list("marketplaceIds");
    let marketplace = named.next().ok_or_else(refused)?;
    if named.any(|other| other != marketplace) || query.get("granularityId") != Some(marketplace) {
        return Err(refused());
    }
    let here =
        covers_marketplace(settings, std::iter::once(marketplace), true).map_err(|reply| {
            match reply.status {
                400 => refused(),
                _ => reply,
            }
        })?;
    let details = query.switch("details").map_err(|_| refused())?;
    let details = details.unwrap_or_default();
    let changed_after = query.instant("startDateTime")?;
    let earliest = unix_micros(settings.epoch, call.now) - EIGHTEEN_MONTHS_MICROS;
    if changed_after.is_some_and(|after| after < earliest) {
        // Amazon's own words, which name no month (amzn/selling-partner-api-models 358).
        return Err(Reply::invalid_input(
            "Query startDateTime cannot not be earlier than 18 months",
        ));
    }
    let asked_for = query.list("sellerSkus").chain(query.list("sellerSku"));
    if asked_for.count() > MOST_SKUS {
        return Err(Reply::detailed(format!(
            "Query parameter [sellerSkus] must not hold more than {MOST_SKUS} values."
        )));
    }
    let key = settings.draws.ids ^ 0xfba;
    let start = match query.get("nextToken") {
        None => 0,
        Some(text) => {
            let token = PageToken::read(text, key)
                .filter(|token| {
                    call.now <= token.made_at + settings.profile.fba.page_token_lifetime
                })
                .ok_or_else(|| Reply::invalid_input(TOKEN_SPOILT))?;
            token.next
        }
    };
    fba.refresh(call.now);
    let named: Vec<SkuIndex> = query
        .list("sellerSkus")
        .chain(query.list("sellerSku"))
        .filter_map(|sku| catalogue.find(sku))
        .collect();
    let all_named = query.get("sellerSkus").is_none() && query.get("sellerSku").is_none();
    let mut out = Vec::with_capacity(1_024);
    json::raw(
        &mut out,
        r#"{"payload":{"granularity":{"granularityType":"Marketplace","granularityId":"#,
    );
    json::string(&mut out, marketplace);
    json::raw(&mut out, r#"},"inventorySummaries":["#);
    let mut shown = 0;
    let mut next = None;
    for listing in (0..catalogue.len()).map(ListingIndex).skip(start as usize) {
        let Some(entry) = fba.shown(listing) else {
            continue;
        };
        let sku = catalogue.fba_sku(listing);
        let recent = changed_after
            .is_none_or(|after| unix_micros(settings.epoch, entry.updated_at) >= after);
        if !here || !recent || !(all_named || named.contains(&sku)) {
            continue;
        }
        if shown == PAGE {
            next = Some(u64::from(listing.0));
            break;
        }
        if shown > 0 {
            out.push(b',');
        }
        shown += 1;
        write_summary(settings, catalogue, &mut out, sku, &entry, details);
    }
    json::raw(&mut out, "]}");
    if let Some(next) = next {
        let token = PageToken {
            made_at: call.now,
            next,
            fields: [0; 3],
        };
        json::raw(&mut out, r#","pagination":{"nextToken":"#);
        json::string(&mut out, &token.text(key));
        out.push(b'}');
    }
    out.push(b'}');
    Ok(Reply::ok(out))
}

fn write_summary(
    settings: &Settings,
    catalogue: &Catalogue,
    out: &mut Vec<u8>,
    sku: SkuIndex,
    entry: &Shown,
    details: bool,
) {
    let pool = entry.pool;
    json::raw(out, r#"{"asin":""#);
    catalogue.write_asin(sku, out);
    json::raw(out, r#"","fnSku":""#);
    ids::write_fnsku(out, catalogue.listing(sku).0);
    json::raw(out, r#"","sellerSku":"#);
    out.extend_from_slice(catalogue.sku_json(sku));
    json::raw(out, r#","condition":"NewItem","#);
    if details {
        json::raw(out, r#""inventoryDetails":{"fulfillableQuantity":"#);
        json::number(out, pool.fulfillable);
        json::raw(
            out,
            r#","inboundWorkingQuantity":0,"inboundShippedQuantity":0,"inboundReceivingQuantity":0,"reservedQuantity":{"totalReservedQuantity":"#,
        );
        json::number(out, pool.reserved);
        json::raw(out, r#","pendingCustomerOrderQuantity":"#);
        json::number(out, pool.reserved);
        json::raw(
            out,
            r#","pendingTransshipmentQuantity":0,"fcProcessingQuantity":0},"researchingQuantity":{"totalResearchingQuantity":0,"researchingQuantityBreakdown":[]},"unfulfillableQuantity":{"totalUnfulfillableQuantity":0,"customerDamagedQuantity":0,"warehouseDamagedQuantity":0,"distributorDamagedQuantity":0,"carrierDamagedQuantity":0,"defectiveQuantity":0,"expiredQuantity":0}},"#,
        );
    }
    json::raw(out, r#""lastUpdatedTime":""#);
    settings.epoch.write_seconds_utc(entry.updated_at, out);
    json::raw(out, r#"","productName":"#);
    out.extend_from_slice(catalogue.title_json(sku));
    json::raw(out, r#","totalQuantity":"#);
    json::number(out, u64::from(pool.fulfillable) + u64::from(pool.reserved));
    json::raw(out, r#","stores":[]}"#);
}
