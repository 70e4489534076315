//! The Listings Items API v2021-08-01 (sheet section 5.1): reads here, writes in [`submit`].

pub mod submit;

use crate::core::Micros;

use super::catalogue::SkuIndex;
use super::errors::Reply;
use super::ids;
use super::json;
use super::limits::ApplicationBucket;
use super::machine::{Amazon, Call};
use super::paging::PageToken;
use super::query::{Query, unix_micros};

/// The most results a search reaches.
const MOST_RESULTS: usize = 1_000;

/// Data sets of an item.
#[derive(Copy, Clone, Debug, Default)]
struct Included {
    summaries: bool,
    attributes: bool,
    issues: bool,
    offers: bool,
    fulfillment_availability: bool,
    relationships: bool,
    product_types: bool,
}

impl Included {
    fn read(query: &Query<'_>) -> Result<Included, Reply> {
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

impl Amazon {
    /// The path's seller must be the one the token speaks for.
    fn check_seller(&self, call: &Call<'_>) -> Result<(), Reply> {
        if call.first == self.credentials.seller_id {
            Ok(())
        } else {
            Err(Reply::denied(""))
        }
    }

    pub(in crate::amazon) fn is_buyable(&self, sku: SkuIndex) -> bool {
        let from_amazon =
            self.catalogue.is_fba(sku) && self.fba_units(self.catalogue.listing(sku)) > 0;
        from_amazon || self.inventory.live(sku) > 0
    }

    /// Whether Amazon fulfils what is bought under this SKU.
    pub(in crate::amazon) fn is_amazon_offer(&self, sku: SkuIndex) -> bool {
        let pool = self.fba.pool(self.catalogue.listing(sku));
        self.catalogue.is_fba(sku) && pool.is_some_and(|pool| !pool.stranded)
    }

    /// `GET /listings/2021-08-01/items/{sellerId}/{sku}`.
    pub(in crate::amazon) fn get_listings_item(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        self.limits
            .take_application(call.now, call.operation, ApplicationBucket::Get)?;
        self.check_seller(call)?;
        let here = self.covers_marketplace(call.query.list("marketplaceIds"), true)?;
        let included = Included::read(call.query)?;
        let sku = self
            .catalogue
            .find(call.second)
            .filter(|_| here)
            .ok_or_else(|| {
                Reply::not_found("The SKU does not exist in the marketplaces of the request.")
            })?;
        let mut out = Vec::with_capacity(512);
        self.write_item(&mut out, sku, included);
        Ok(Reply::ok(out))
    }

    /// `GET /listings/2021-08-01/items/{sellerId}`.
    pub(in crate::amazon) fn search_listings_items(
        &mut self,
        call: &Call<'_>,
    ) -> Result<Reply, Reply> {
        self.check_seller(call)?;
        let query = call.query;
        let here = self.covers_marketplace(query.list("marketplaceIds"), true)?;
        let included = Included::read(query)?;
        let page = query.bounded("pageSize", 1, 20, 10)?;
        let key = self.draws.ids ^ 0x1157;
        let start = match query.get("pageToken") {
            None => 0,
            Some(text) => {
                let token = PageToken::read(text, key)
                    .ok_or_else(|| Reply::invalid_input("pageToken is invalid."))?;
                token.next as usize
            }
        };
        let mut found = if here {
            self.matching(query)?
        } else {
            Vec::new()
        };
        let total = found.len();
        self.sort(&mut found, query)?;
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
            self.write_item(&mut out, sku, included);
        }
        json::raw(&mut out, "]}");
        Ok(Reply::ok(out))
    }

    fn matching(&self, query: &Query<'_>) -> Result<Vec<SkuIndex>, Reply> {
        let identifiers: Vec<&str> = query.list("identifiers").collect();
        if identifiers.len() > 20 {
            return Err(Reply::invalid_input("At most 20 identifiers are allowed."));
        }
        let mut found: Vec<SkuIndex> = if identifiers.is_empty() {
            self.catalogue.skus().collect()
        } else {
            match query.get("identifiersType") {
                Some("SKU") => identifiers
                    .iter()
                    .filter_map(|sku| self.catalogue.find(sku))
                    .collect(),
                Some("ASIN") => {
                    let listings: Vec<u32> = identifiers
                        .iter()
                        .filter_map(|asin| ids::parse_asin(asin))
                        .collect();
                    self.catalogue
                        .skus()
                        .filter(|&sku| listings.contains(&self.catalogue.listing(sku).0))
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
                let updated = unix_micros(self.epoch, self.inventory.state(sku).updated_at);
                after.is_none_or(|after| updated >= after)
                    && before.is_none_or(|before| updated <= before)
            });
        }
        for (name, wanted) in [("withStatus", true), ("withoutStatus", false)] {
            for status in query.list(name) {
                match status {
                    "BUYABLE" => found.retain(|&sku| self.is_buyable(sku) == wanted),
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
    fn sort(&self, found: &mut Vec<SkuIndex>, query: &Query<'_>) -> Result<(), Reply> {
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
                self.inventory.state(*sku).updated_at
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

    fn write_item(&self, out: &mut Vec<u8>, sku: SkuIndex, included: Included) {
        let marketplace = &self.profile.marketplace.id;
        let state = self.inventory.state(sku);
        json::raw(out, r#"{"sku":"#);
        out.extend_from_slice(self.catalogue.sku_json(sku));
        if included.summaries {
            json::raw(out, r#","summaries":[{"marketplaceId":"#);
            json::string(out, marketplace);
            json::raw(out, r#","asin":""#);
            self.catalogue.write_asin(sku, out);
            json::raw(
                out,
                r#"","productType":"PRODUCT","conditionType":"new_new","status":["#,
            );
            if self.is_buyable(sku) {
                json::raw(out, r#""BUYABLE","#);
            }
            json::raw(out, r#""DISCOVERABLE"],"itemName":"#);
            out.extend_from_slice(self.catalogue.title_json(sku));
            if self.is_amazon_offer(sku) {
                json::raw(out, r#","fnSku":""#);
                ids::write_fnsku(out, self.catalogue.listing(sku).0);
                out.push(b'"');
            }
            json::raw(out, r#","createdDate":""#);
            self.epoch.write_millis_utc(Micros::ZERO, out);
            json::raw(out, r#"","lastUpdatedDate":""#);
            self.epoch.write_millis_utc(state.updated_at, out);
            json::raw(out, r#""}]"#);
        }
        if included.attributes {
            json::raw(out, r#","attributes":{"item_name":[{"value":"#);
            out.extend_from_slice(self.catalogue.title_json(sku));
            json::raw(out, r#","marketplace_id":"#);
            json::string(out, marketplace);
            json::raw(out, "}]");
            if self.is_amazon_offer(sku) {
                json::raw(
                    out,
                    r#","fulfillment_availability":[{"fulfillment_channel_code":"AMAZON_NA","marketplace_id":"#,
                );
                json::string(out, marketplace);
                json::raw(out, "}]");
            } else if let Some(submitted) = state.submitted {
                json::raw(
                    out,
                    r#","fulfillment_availability":[{"fulfillment_channel_code":"DEFAULT","quantity":"#,
                );
                json::number(out, submitted);
                if let Some(days) = state.lead_time_days {
                    json::raw(out, r#","lead_time_to_ship_max_days":"#);
                    json::number(out, days);
                }
                json::raw(out, r#","marketplace_id":"#);
                json::string(out, marketplace);
                json::raw(out, "}]");
            }
            out.push(b'}');
        }
        if included.issues {
            json::raw(out, r#","issues":[]"#);
        }
        if included.offers {
            json::raw(out, r#","offers":[{"marketplaceId":"#);
            json::string(out, marketplace);
            json::raw(out, r#","offerType":"B2C","price":{"currencyCode":""#);
            json::raw(out, &self.currency);
            json::raw(out, r#"","amount":"#);
            json::amount(out, self.catalogue.price_cents(sku));
            json::raw(out, "}}]");
        }
        if included.fulfillment_availability {
            if self.is_amazon_offer(sku) {
                json::raw(
                    out,
                    r#","fulfillmentAvailability":[{"fulfillmentChannelCode":"AMAZON_NA"}]"#,
                );
            } else {
                json::raw(
                    out,
                    r#","fulfillmentAvailability":[{"fulfillmentChannelCode":"DEFAULT","quantity":"#,
                );
                json::number(out, state.live);
                json::raw(out, "}]");
            }
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
}
