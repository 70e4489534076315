//! Amazon's own warehouses as the seller sees them: one pool for each listing (sheet sections 5.5 and 7.3).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::core::{ListingIndex, Micros, Stream};

use super::catalogue::SkuIndex;
use super::errors::Reply;
use super::ids;
use super::json;
use super::machine::{Amazon, Call};
use super::paging::PageToken;
use super::query::unix_micros;

/// Items a page of inventory summaries holds.
const PAGE: usize = 50;

/// A listing's pool.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Units Amazon can sell.
    pub fulfillable: u32,
    /// Units of orders that Amazon has not shipped yet.
    pub reserved: u32,
    /// Whether the offer was turned into a merchant's: the units are there, and nobody can buy them.
    pub stranded: bool,
}

/// A pool as inventory summaries show it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Shown {
    pool: Pool,
    change: u64,
    updated_at: Micros,
}

/// All pools.
#[derive(Debug)]
pub struct FbaStock {
    pools: Vec<Option<Pool>>,
    shown: Vec<Option<Shown>>,
    any: bool,
    changes: u64,
    /// Changes on their way into the summaries; applied when summaries are next read.
    arriving: BinaryHeap<Reverse<Arrival>>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrival {
    at: Micros,
    change: u64,
    listing: u32,
    made_at: Micros,
    fulfillable: u32,
    reserved: u32,
    stranded: bool,
}

impl FbaStock {
    /// No pool for any listing.
    pub fn new(listings: usize) -> FbaStock {
        FbaStock {
            pools: vec![None; listings],
            shown: vec![None; listings],
            any: false,
            changes: 0,
            arriving: BinaryHeap::new(),
        }
    }

    /// A listing's pool, if stock was ever sent to Amazon.
    pub fn pool(&self, listing: ListingIndex) -> Option<Pool> {
        self.pools.get(listing.0 as usize).copied().flatten()
    }

    /// Whether Amazon can sell this many units of a listing.
    pub fn can_sell(&self, listing: ListingIndex, units: u32) -> bool {
        self.any
            && self
                .pool(listing)
                .is_some_and(|pool| !pool.stranded && pool.fulfillable >= units)
    }

    /// A listing's pool as summaries show it.
    pub fn shown(&self, listing: ListingIndex) -> Option<Pool> {
        let shown = self.shown.get(listing.0 as usize).copied().flatten();
        shown.map(|shown| shown.pool)
    }

    /// Brings what summaries show up to `now`.
    pub fn refresh(&mut self, now: Micros) {
        while let Some(&Reverse(arrival)) = self.arriving.peek() {
            if arrival.at > now {
                break;
            }
            self.arriving.pop();
            let shown = &mut self.shown[arrival.listing as usize];
            if shown.is_none_or(|shown| shown.change < arrival.change) {
                *shown = Some(Shown {
                    pool: Pool {
                        fulfillable: arrival.fulfillable,
                        reserved: arrival.reserved,
                        stranded: arrival.stranded,
                    },
                    change: arrival.change,
                    updated_at: arrival.made_at,
                });
            }
        }
    }
}

impl Amazon {
    /// Sets the units of a listing in Amazon's warehouses. The first call makes the FBA offer, under the merchant's SKU
    /// with the profile's suffix. Tells whether there is such a listing.
    pub fn set_fba_stock(&mut self, listing: ListingIndex, units: u32) -> bool {
        let Some(slot) = self.fba.pools.get_mut(listing.0 as usize) else {
            return false;
        };
        let mut pool = slot.unwrap_or(Pool {
            fulfillable: 0,
            reserved: 0,
            stranded: false,
        });
        pool.fulfillable = units;
        *slot = Some(pool);
        self.fba.any = true;
        self.catalogue.add_fba(listing);
        // Stock that was there when the run opens is known to the summaries.
        let change = self.fba.changes;
        self.fba.changes += 1;
        self.fba.shown[listing.0 as usize] = Some(Shown {
            pool,
            change,
            updated_at: Micros::ZERO,
        });
        true
    }

    /// Units of a listing that Amazon can still sell from its own warehouses.
    pub fn fba_units(&self, listing: ListingIndex) -> u32 {
        self.fba
            .pool(listing)
            .filter(|pool| !pool.stranded)
            .map_or(0, |pool| pool.fulfillable)
    }

    fn change_pool(&mut self, now: Micros, listing: ListingIndex, change: impl FnOnce(&mut Pool)) {
        let Some(Some(pool)) = self.fba.pools.get_mut(listing.0 as usize) else {
            return;
        };
        change(pool);
        let pool = *pool;
        let number = self.fba.changes;
        self.fba.changes += 1;
        let mut stream = Stream::new(self.draws.fba_summary, number);
        let lag = self.profile.fba.summary_lag.draw(&mut stream);
        self.fba.arriving.push(Reverse(Arrival {
            at: now + lag,
            change: number,
            listing: listing.0,
            made_at: now,
            fulfillable: pool.fulfillable,
            reserved: pool.reserved,
            stranded: pool.stranded,
        }));
    }

    pub(super) fn fba_sold(&mut self, now: Micros, listing: ListingIndex, units: u32) {
        self.change_pool(now, listing, |pool| {
            pool.fulfillable = pool.fulfillable.saturating_sub(units);
            pool.reserved += units;
        });
    }

    pub(super) fn fba_shipped(&mut self, now: Micros, listing: ListingIndex, units: u32) {
        self.change_pool(now, listing, |pool| {
            pool.reserved = pool.reserved.saturating_sub(units);
        });
    }

    pub(super) fn fba_released(&mut self, now: Micros, listing: ListingIndex, units: u32) {
        self.change_pool(now, listing, |pool| {
            pool.reserved = pool.reserved.saturating_sub(units);
            pool.fulfillable += units;
        });
    }

    /// A merchant's quantity on an FBA offer flips it: the stock at Amazon is stranded (sheet section 0, fact 11). A
    /// submission of Amazon's own channel flips it back.
    pub(super) fn set_stranded(&mut self, now: Micros, sku: SkuIndex, stranded: bool) {
        let listing = self.catalogue.listing(sku);
        let differs = self
            .fba
            .pool(listing)
            .is_some_and(|pool| pool.stranded != stranded);
        if self.catalogue.is_fba(sku) && differs {
            self.change_pool(now, listing, |pool| pool.stranded = stranded);
        }
    }

    /// `GET /fba/inventory/v1/summaries`.
    pub(super) fn get_inventory_summaries(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        let query = call.query;
        if query.get("granularityType") != Some("Marketplace") {
            return Err(Reply::invalid_input("granularityType must be Marketplace."));
        }
        if query.get("granularityId").is_none() {
            return Err(Reply::invalid_input("granularityId is required."));
        }
        let here = self.covers_marketplace(query.list("marketplaceIds"), true)?;
        let details = query.get("details") == Some("true");
        let changed_after = query.instant("startDateTime")?;
        let key = self.draws.ids ^ 0xfba;
        let start = match query.get("nextToken") {
            None => 0,
            Some(text) => {
                let token = PageToken::read(text, key)
                    .filter(|token| {
                        call.now <= token.made_at + self.profile.fba.page_token_lifetime
                    })
                    .ok_or_else(|| Reply::invalid_input("nextToken is invalid or has expired."))?;
                token.next
            }
        };
        self.fba.refresh(call.now);
        let named: Vec<SkuIndex> = query
            .list("sellerSkus")
            .chain(query.list("sellerSku"))
            .filter_map(|sku| self.catalogue.find(sku))
            .collect();
        let all_named = query.get("sellerSkus").is_none() && query.get("sellerSku").is_none();
        let mut out = Vec::with_capacity(1_024);
        json::raw(
            &mut out,
            r#"{"payload":{"granularity":{"granularityType":"Marketplace","granularityId":"#,
        );
        json::string(&mut out, query.get("granularityId").unwrap_or(""));
        json::raw(&mut out, r#"},"inventorySummaries":["#);
        let mut shown = 0;
        let mut next = None;
        for listing in (0..self.catalogue.len())
            .map(ListingIndex)
            .skip(start as usize)
        {
            let Some(entry) = self.fba.shown[listing.0 as usize] else {
                continue;
            };
            let sku = self.catalogue.fba_sku(listing);
            let recent = changed_after
                .is_none_or(|after| unix_micros(self.epoch, entry.updated_at) >= after);
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
            self.summary(&mut out, sku, &entry, details);
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

    fn summary(&self, out: &mut Vec<u8>, sku: SkuIndex, entry: &Shown, details: bool) {
        let pool = entry.pool;
        json::raw(out, r#"{"asin":""#);
        self.catalogue.write_asin(sku, out);
        json::raw(out, r#"","fnSku":""#);
        ids::write_fnsku(out, self.catalogue.listing(sku).0);
        json::raw(out, r#"","sellerSku":"#);
        out.extend_from_slice(self.catalogue.sku_json(sku));
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
        self.epoch.write_seconds_utc(entry.updated_at, out);
        json::raw(out, r#"","productName":"#);
        out.extend_from_slice(self.catalogue.title_json(sku));
        json::raw(out, r#","totalQuantity":"#);
        json::number(out, u64::from(pool.fulfillable) + u64::from(pool.reserved));
        json::raw(out, r#","stores":[]}"#);
    }
}
