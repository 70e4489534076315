//! Searches among the seller's items.

use super::{Included, check_marketplaces, check_seller, write_item};
use crate::amazon::api::Call;
use crate::amazon::api::paging::PageToken;
use crate::amazon::api::query::Query;
use crate::amazon::api::reply::Reply;
use crate::amazon::model::catalogue::SkuIndex;
use crate::amazon::model::instants::{end_of_shown, unix_micros};
use crate::amazon::model::offers::Offers;
use crate::amazon::model::{ids, json};
use crate::amazon::shop::Settings;
use crate::core::Micros;

/// Kinds of identifiers that can be searched for.
const IDENTIFIERS: [&str; 9] = [
    "ASIN", "EAN", "FNSKU", "GTIN", "ISBN", "JAN", "MINSAN", "SKU", "UPC",
];

/// The most results a search reaches.
const MOST_RESULTS: usize = 1_000;

/// What has to be repeated with a page token. That the size of a page and the data of an item may change is assumed.
const SEARCHED_FOR: [&str; 15] = [
    "marketplaceIds",
    "identifiers",
    "identifiersType",
    "variationParentSku",
    "packageHierarchySku",
    "createdAfter",
    "createdBefore",
    "lastUpdatedAfter",
    "lastUpdatedBefore",
    "withIssueSeverity",
    "withStatus",
    "withoutStatus",
    "sortBy",
    "sortOrder",
    "issueLocale",
];

/// What Amazon says of a page token with another search.
const OTHER_SEARCH: &str = "Search parameters do not match the provided 'pageToken'.";

/// `GET /listings/2021-08-01/items/{sellerId}`.
pub(crate) fn search(
    settings: &Settings,
    offers: Offers<'_>,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    check_seller(settings, call)?;
    let query = call.query;
    let here = check_marketplaces(settings, call, None)?;
    let included = Included::read(query)?;
    let page = query.bounded("pageSize", 1, 20, 10)?;
    let key = settings.draws.ids ^ 0x1157;
    let searched_for = query.fingerprint(&SEARCHED_FOR);
    let start = match query.get("pageToken") {
        None => 0,
        Some(text) => {
            let token = PageToken::read(text, key)
                .ok_or_else(|| Reply::invalid_input("pageToken is invalid."))?;
            if token.fields[0] != searched_for {
                // The code is the usual one here (amzn/selling-partner-api-models 4977).
                return Err(Reply {
                    code_stands: true,
                    ..Reply::invalid_input(OTHER_SEARCH)
                });
            }
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
                    fields: [searched_for, 0, 0],
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
    let kind = query.get("identifiersType");
    if let Some(unknown) = kind.filter(|kind| !IDENTIFIERS.contains(kind)) {
        return Err(Reply::invalid_input(format!(
            "Invalid identifiersType: {unknown}."
        )));
    }
    if identifiers.is_empty() != kind.is_none() {
        return Err(Reply::invalid_input(
            "identifiers and identifiersType are required together.",
        ));
    }
    let relatives = [
        query.get("variationParentSku"),
        query.get("packageHierarchySku"),
    ];
    let relatives = relatives.into_iter().flatten().count();
    if relatives + usize::from(kind.is_some()) > 1 {
        return Err(Reply::invalid_input(
            "Only one of identifiers, variationParentSku and packageHierarchySku is allowed.",
        ));
    }
    let catalogue = offers.catalogue;
    let mut found: Vec<SkuIndex> = match kind {
        // No item here is a variation of another or contains one.
        _ if relatives > 0 => Vec::new(),
        None => catalogue.skus().collect(),
        Some("SKU") => identifiers
            .iter()
            .filter_map(|sku| catalogue.find(sku))
            .collect(),
        Some("ASIN") => {
            let listings: Vec<_> = identifiers
                .iter()
                .filter_map(|asin| catalogue.find_asin(asin))
                .collect();
            catalogue
                .skus()
                .filter(|&sku| listings.contains(&catalogue.listing(sku)))
                .collect()
        }
        Some("FNSKU") => catalogue
            .skus()
            .filter(|&sku| {
                let mut name = Vec::with_capacity(16);
                ids::write_fnsku(&mut name, catalogue.listing(sku).0);
                offers.is_amazon_offer(sku)
                    && identifiers.iter().any(|asked| asked.as_bytes() == name)
            })
            .collect(),
        // Items here have no other identifiers.
        Some(_) => Vec::new(),
    };
    found.sort_unstable();
    found.dedup();
    // Every item is as old as the shop.
    let created = unix_micros(settings.epoch, Micros::ZERO);
    for (after, before, of) in [
        ("createdAfter", "createdBefore", None),
        (
            "lastUpdatedAfter",
            "lastUpdatedBefore",
            Some(offers.inventory),
        ),
    ] {
        let after = query.instant(after)?;
        // Items show milliseconds: one that was changed at the instant asked for may lie a little behind it.
        let before = query.instant(before)?.map(|it| end_of_shown(it, 1_000));
        if after.is_none() && before.is_none() {
            continue;
        }
        found.retain(|&sku| {
            let time = of.map_or(created, |inventory| {
                unix_micros(settings.epoch, inventory.state(sku).updated_at)
            });
            after.is_none_or(|after| time >= after) && before.is_none_or(|before| time <= before)
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
    for severity in query.list("withIssueSeverity") {
        if !matches!(severity, "WARNING" | "ERROR") {
            return Err(Reply::invalid_input(format!(
                "Invalid withIssueSeverity: {severity}."
            )));
        }
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
