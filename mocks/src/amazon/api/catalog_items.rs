//! The Catalog Items API v2022-04-01: items as far as the shop knows them, which is by their titles (docs/platforms/amazon.md
//! 5.8). Every other data set is there and empty.

use super::Call;
use super::marketplaces::covers_marketplace;
use super::paging::PageToken;
use super::query::Query;
use super::reply::Reply;
use crate::amazon::model::offers::Offers;
use crate::amazon::model::{ids, json, marketplaces};
use crate::amazon::shop::Settings;
use crate::core::ListingIndex;

/// Data sets of an item. Vendors' details are of vendors, and no item here has them.
const DATA: [&str; 10] = [
    "attributes",
    "classifications",
    "dimensions",
    "identifiers",
    "images",
    "productTypes",
    "relationships",
    "salesRanks",
    "summaries",
    "vendorDetails",
];
const SUMMARIES: u16 = 1 << 8;

/// Kinds of identifiers that can be searched for; items here have the first and, as the seller's, the last.
const IDENTIFIERS: [&str; 8] = ["ASIN", "EAN", "GTIN", "ISBN", "JAN", "MINSAN", "UPC", "SKU"];

/// Identifiers or keywords of a search.
const MOST_ASKED: usize = 20;

/// What has to be repeated with a page token.
const SEARCHED_FOR: [&str; 8] = [
    "marketplaceIds",
    "identifiers",
    "identifiersType",
    "sellerId",
    "keywords",
    "brandNames",
    "classificationIds",
    "keywordsLocale",
];

/// Filters that go with keywords only.
const OF_KEYWORDS: [&str; 3] = ["brandNames", "classificationIds", "keywordsLocale"];

/// Reads `includedData`, a bit a set; summaries where it is absent.
fn included(query: &Query<'_>) -> Result<u16, Reply> {
    let mut set = 0;
    for name in query.list("includedData") {
        let place = DATA.iter().position(|known| *known == name);
        let place =
            place.ok_or_else(|| Reply::invalid_input(format!("Invalid includedData: {name}.")))?;
        set |= 1 << place;
    }
    Ok(if set == 0 { SUMMARIES } else { set })
}

/// Whether the one marketplace of a call is this shop's.
fn is_here(settings: &Settings, query: &Query<'_>) -> Result<bool, Reply> {
    let mut ids = query.list("marketplaceIds");
    let first = ids.next();
    if ids.any(|id| Some(id) != first) {
        return Err(Reply::invalid_input(
            "At most one marketplace id is allowed.",
        ));
    }
    covers_marketplace(settings, query.list("marketplaceIds"), true)
}

fn write_item(
    settings: &Settings,
    offers: Offers<'_>,
    out: &mut Vec<u8>,
    listing: ListingIndex,
    included: u16,
) {
    let marketplace = settings.profile.marketplace.id.as_str();
    let sku = offers.catalogue.own_sku(listing);
    let title = offers.catalogue.title_json(sku);
    json::raw(out, r#"{"asin":""#);
    ids::write_asin(out, listing.0);
    out.push(b'"');
    let in_marketplace = |out: &mut Vec<u8>, rest: &str| {
        json::raw(out, r#"[{"marketplaceId":"#);
        json::string(out, marketplace);
        json::raw(out, rest);
    };
    for (place, name) in DATA.iter().enumerate() {
        if included >> place & 1 == 0 || *name == "vendorDetails" {
            continue;
        }
        out.push(b',');
        json::string(out, name);
        out.push(b':');
        match *name {
            "attributes" => {
                json::raw(out, r#"{"item_name":[{"value":"#);
                out.extend_from_slice(title);
                json::raw(out, r#","language_tag":"#);
                let known = marketplaces::known(marketplace);
                json::string(out, known.map_or("en_US", |it| it.language));
                json::raw(out, r#","marketplace_id":"#);
                json::string(out, marketplace);
                json::raw(out, "}]}");
            }
            "summaries" => {
                in_marketplace(out, r#","itemClassification":"BASE_PRODUCT","itemName":"#);
                out.extend_from_slice(title);
                json::raw(out, "}]");
            }
            "identifiers" => in_marketplace(out, r#","identifiers":[]}]"#),
            "images" => in_marketplace(out, r#","images":[]}]"#),
            "productTypes" => in_marketplace(out, r#","productType":"PRODUCT"}]"#),
            "relationships" => in_marketplace(out, r#","relationships":[]}]"#),
            _ => in_marketplace(out, "}]"),
        }
    }
    out.push(b'}');
}

/// `GET /catalog/2022-04-01/items/{asin}`.
pub(crate) fn get(
    settings: &Settings,
    offers: Offers<'_>,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let here = is_here(settings, call.query)?;
    let included = included(call.query)?;
    let listing = offers
        .catalogue
        .find_asin(call.first)
        .filter(|_| here)
        .ok_or_else(|| {
            let asked: Vec<&str> = call.query.list("marketplaceIds").take(1).collect();
            let message = format!(
                "Requested item '{}' not found in marketplace(s) '{}'.",
                call.first,
                asked.join(", ")
            );
            Reply::error(404, "NOT_FOUND", &message, "")
        })?;
    let mut out = Vec::with_capacity(512);
    write_item(settings, offers, &mut out, listing, included);
    Ok(Reply::ok(out))
}

/// What a search asks for, in the catalogue's order.
fn matching(
    settings: &Settings,
    offers: Offers<'_>,
    query: &Query<'_>,
) -> Result<Vec<ListingIndex>, Reply> {
    let identifiers: Vec<&str> = query.list("identifiers").collect();
    let keywords: Vec<String> = query.list("keywords").map(str::to_lowercase).collect();
    if identifiers.is_empty() == keywords.is_empty() {
        return Err(Reply::invalid_input(
            "Exactly one of identifiers and keywords must be provided.",
        ));
    }
    if identifiers.len().max(keywords.len()) > MOST_ASKED {
        return Err(Reply::invalid_input(format!(
            "At most {MOST_ASKED} identifiers or keywords are allowed."
        )));
    }
    let catalogue = offers.catalogue;
    if keywords.is_empty() {
        if let Some(name) = OF_KEYWORDS.iter().find(|name| query.get(name).is_some()) {
            return Err(Reply::invalid_input(format!(
                "{name} cannot be used with identifiers."
            )));
        }
        let kind = query.get("identifiersType").unwrap_or("");
        if !IDENTIFIERS.contains(&kind) {
            return Err(Reply::invalid_input(format!(
                "Invalid identifiersType: {kind}."
            )));
        }
        let seller = query.get("sellerId");
        if kind == "SKU" && seller.is_none() {
            return Err(Reply::invalid_input(
                "sellerId is required when identifiersType is SKU.",
            ));
        }
        let is_own = seller == Some(settings.credentials.seller_id.as_str());
        let found = |name: &&str| match kind {
            "ASIN" => offers.catalogue.find_asin(name),
            "SKU" if is_own => catalogue.find(name).map(|sku| catalogue.listing(sku)),
            _ => None,
        };
        let mut found: Vec<ListingIndex> = identifiers.iter().filter_map(found).collect();
        found.sort_unstable_by_key(|listing| listing.0);
        found.dedup();
        return Ok(found);
    }
    // No item here has a brand or a class.
    if query.get("brandNames").is_some() || query.get("classificationIds").is_some() {
        return Ok(Vec::new());
    }
    let has_all = |listing: &ListingIndex| {
        let title = catalogue.title(catalogue.own_sku(*listing)).to_lowercase();
        keywords.iter().all(|word| title.contains(word))
    };
    Ok((0..catalogue.len())
        .map(ListingIndex)
        .filter(has_all)
        .collect())
}

/// `GET /catalog/2022-04-01/items`.
pub(crate) fn search(
    settings: &Settings,
    offers: Offers<'_>,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let query = call.query;
    let here = is_here(settings, query)?;
    let included = included(query)?;
    let page = query.bounded("pageSize", 1, 20, 10)?;
    let found = matching(settings, offers, query)?;
    let found = if here { found } else { Vec::new() };
    let key = settings.draws.ids ^ 0xca7a;
    let searched_for = query.fingerprint(&SEARCHED_FOR);
    let start = query.get("pageToken").map_or(Ok(0), |text| {
        PageToken::read(text, key)
            .filter(|token| token.fields[0] == searched_for)
            .map(|token| token.next as usize)
            .ok_or_else(|| Reply::invalid_input("pageToken is invalid."))
    })?;
    let end = (start + page).min(found.len());
    let mut out = Vec::with_capacity(1_024);
    json::raw(&mut out, r#"{"numberOfResults":"#);
    json::number(&mut out, found.len());
    json::raw(&mut out, r#","pagination":{"#);
    let mut first = true;
    for (name, place, there) in [
        ("nextToken", end, end < found.len()),
        ("previousToken", start.saturating_sub(page), start > 0),
    ] {
        if there {
            json::comma(&mut out, &mut first);
            json::string(&mut out, name);
            out.push(b':');
            let token = PageToken {
                made_at: call.now,
                next: place as u64,
                fields: [searched_for, 0, 0],
            };
            json::string(&mut out, &token.text(key));
        }
    }
    json::raw(
        &mut out,
        r#"},"refinements":{"brands":[],"classifications":[]},"items":["#,
    );
    let mut first = true;
    for &listing in found.get(start..end).unwrap_or(&[]) {
        json::comma(&mut out, &mut first);
        write_item(settings, offers, &mut out, listing, included);
    }
    json::raw(&mut out, "]}");
    Ok(Reply::ok(out))
}
