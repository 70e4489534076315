//! Searches among the seller's items.

use super::{Included, check_seller, write_item};
use crate::amazon::api::Call;
use crate::amazon::api::marketplaces::covers_marketplace;
use crate::amazon::api::paging::PageToken;
use crate::amazon::api::query::Query;
use crate::amazon::api::reply::Reply;
use crate::amazon::model::catalogue::SkuIndex;
use crate::amazon::model::instants::unix_micros;
use crate::amazon::model::offers::Offers;
use crate::amazon::model::{ids, json};
use crate::amazon::shop::Settings;
use crate::core::Micros;

/// The most results a search reaches.
const MOST_RESULTS: usize = 1_000;

/// `GET /listings/2021-08-01/items/{sellerId}`.
pub(crate) fn search(
    settings: &Settings,
    offers: Offers<'_>,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    check_seller(settings, call)?;
    let query = call.query;
    let here = covers_marketplace(settings, query.list("marketplaceIds"), true)?;
    let included = Included::read(query)?;
    let page = query.bounded("pageSize", 1, 20, 10)?;
    let key = settings.draws.ids ^ 0x1157;
    let start = match query.get("pageToken") {
        None => 0,
        Some(text) => {
            let token = PageToken::read(text, key)
                .ok_or_else(|| Reply::invalid_input("pageToken is invalid."))?;
            token.next as usize
        }
    };
    let mut found = if here {
        matching(settings, offers, query)?
    } else {
        Vec::new()
    };
    let total = found.len();
    sort(offers, &mut found, query)?;
    let mut out = Vec::with_capacity(1_024);
    json::raw(&mut out, r#"{"numberOfResults":"#);
    json::number(&mut out, total);
    let end = (start + page).min(found.len());
    if start > 0 || end < found.len() {
        json::raw(&mut out, r#","pagination":{"#);
        let mut first = true;
        for (name, place, there) in [
            (r#""nextToken":"#, end, end < found.len()),
            (r#""previousToken":"#, start.saturating_sub(page), start > 0),
        ] {
            if there {
                json::comma(&mut out, &mut first);
                json::raw(&mut out, name);
                let token = PageToken {
                    made_at: call.now,
                    next: place as u64,
                    fields: [0; 3],
                };
                json::string(&mut out, &token.text(key));
            }
        }
        out.push(b'}');
    }
    json::raw(&mut out, r#","items":["#);
    for (index, &sku) in found.get(start..end).unwrap_or(&[]).iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_item(settings, offers, &mut out, sku, included);
    }
    json::raw(&mut out, "]}");
    Ok(Reply::ok(out))
}

fn matching(
    settings: &Settings,
    offers: Offers<'_>,
    query: &Query<'_>,
) -> Result<Vec<SkuIndex>, Reply> {
    let identifiers: Vec<&str> = query.list("identifiers").collect();
    if identifiers.len() > 20 {
        return Err(Reply::invalid_input("At most 20 identifiers are allowed."));
    }
    let mut found: Vec<SkuIndex> = if identifiers.is_empty() {
        offers.catalogue.skus().collect()
    } else {
        match query.get("identifiersType") {
            Some("SKU") => identifiers
                .iter()
                .filter_map(|sku| offers.catalogue.find(sku))
                .collect(),
            Some("ASIN") => {
                let listings: Vec<u32> = identifiers
                    .iter()
                    .filter_map(|asin| ids::parse_asin(asin))
                    .collect();
                offers
                    .catalogue
                    .skus()
                    .filter(|&sku| listings.contains(&offers.catalogue.listing(sku).0))
                    .collect()
            }
            Some("EAN" | "FNSKU" | "GTIN" | "ISBN" | "JAN" | "MINSAN" | "UPC") => Vec::new(),
            _ => {
                return Err(Reply::invalid_input(
                    "identifiersType is required when identifiers is provided.",
                ));
            }
        }
    };
    let after = query.instant("lastUpdatedAfter")?;
    let before = query.instant("lastUpdatedBefore")?;
    if after.is_some() || before.is_some() {
        found.retain(|&sku| {
            let updated = unix_micros(settings.epoch, offers.inventory.state(sku).updated_at);
            after.is_none_or(|after| updated >= after)
                && before.is_none_or(|before| updated <= before)
        });
    }
    for (name, wanted) in [("withStatus", true), ("withoutStatus", false)] {
        for status in query.list(name) {
            match status {
                "BUYABLE" => found.retain(|&sku| offers.is_buyable(sku) == wanted),
                "DISCOVERABLE" => found.retain(|_| wanted),
                unknown => {
                    return Err(Reply::invalid_input(format!("Invalid {name}: {unknown}.")));
                }
            }
        }
    }
    // Nothing here ever has a warning or an error that lasts.
    if query.list("withIssueSeverity").next().is_some() {
        found.clear();
    }
    Ok(found)
}

/// Sorts and cuts to what a search reaches. Amazon's default is the newest change first.
fn sort(offers: Offers<'_>, found: &mut Vec<SkuIndex>, query: &Query<'_>) -> Result<(), Reply> {
    let descending = match query.get("sortOrder") {
        None | Some("DESC") => true,
        Some("ASC") => false,
        Some(other) => {
            return Err(Reply::invalid_input(format!("Invalid sortOrder: {other}.")));
        }
    };
    let by_time = match query.get("sortBy") {
        None | Some("lastUpdatedDate") => true,
        Some("sku" | "createdDate") => false,
        Some(other) => return Err(Reply::invalid_input(format!("Invalid sortBy: {other}."))),
    };
    let key = |sku: &SkuIndex| {
        let time = if by_time {
            offers.inventory.state(*sku).updated_at
        } else {
            Micros::ZERO
        };
        (time, sku.0)
    };
    let order = |left: &SkuIndex, right: &SkuIndex| {
        let ascending = key(left).cmp(&key(right));
        if descending {
            ascending.reverse()
        } else {
            ascending
        }
    };
    if found.len() > MOST_RESULTS {
        found.select_nth_unstable_by(MOST_RESULTS, order);
        found.truncate(MOST_RESULTS);
    }
    found.sort_unstable_by(order);
    Ok(())
}
