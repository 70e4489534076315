//! Variants and their inventory items (docs/platforms/shopify.md 4.1).

use oversell_kernel::json;
use serde::Deserialize;

use super::ShopifyConnector;
use super::requests::{CATALOGUE, begin};
use super::wire::{Answer, Connection, answer};
use crate::canonical::SkuIndex;
use crate::connectors::encoding::{DecimalId, Text};
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};

#[derive(Deserialize)]
struct CatalogueData<'a> {
    #[serde(borrow, rename = "productVariants")]
    product_variants: Connection<Variant<'a>>,
}

#[derive(Deserialize)]
struct Variant<'a> {
    #[serde(borrow)]
    sku: Option<Text<'a>>,
    #[serde(rename = "inventoryItem")]
    inventory_item: Option<InventoryItem>,
}

#[derive(Deserialize)]
struct InventoryItem {
    id: DecimalId,
}

impl ShopifyConnector {
    /// The inventory item of a SKU, once the catalogue has named it.
    pub(super) fn item(&self, sku: SkuIndex) -> Option<u64> {
        self.items.get(sku.0 as usize).copied().flatten()
    }

    pub(super) fn catalogue_request(&self, cursor: Option<&str>) -> Request {
        let mut body = begin(CATALOGUE, 120);
        body.extend_from_slice(b"\"after\":");
        match cursor {
            Some(cursor) => json::string(&mut body, cursor),
            None => body.extend_from_slice(b"null"),
        }
        self.graphql(body)
    }

    pub(super) fn catalogue_read(&mut self, response: &Response, events: &mut Vec<Event>) {
        let mut page = match answer::<CatalogueData<'_>>(response, events) {
            Answer::Data(data) => data.product_variants,
            Answer::Settled => return,
            Answer::Unreadable(error) => {
                events.push(exchange::unreadable(&error, response.body()));
                return;
            }
        };
        let mut listings = 0;
        for variant in &page.nodes {
            let sku = variant.sku.as_deref().and_then(|sku| self.skus.index(sku));
            let (Some(sku), Some(item)) = (sku, &variant.inventory_item) else {
                continue;
            };
            // SKU texts are not unique in a shop; the first variant that bears one is the listing.
            let known = &mut self.items[sku.0 as usize];
            if known.is_none() {
                *known = Some(item.id.0);
                self.sku_of_item.insert(item.id.0, sku);
                listings += 1;
            }
        }
        events.push(Event::CatalogueRead {
            listings,
            next: page.next(),
        });
    }
}
