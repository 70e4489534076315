//! Searches of products, variants and inventory items (docs/platforms/shopify.md 6).

use super::reader::Reader;
use super::search::{Condition, Term, id_holds, number_holds, text_holds};
use crate::core::Micros;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::model::annotations::Tagged;
use crate::shopify::model::ids::{self, IdSpace};
use crate::shopify::model::products::OPTION_VALUE;

impl Reader<'_> {
    /// The listings found by the `query` argument, ascending; `None` where that is all of them.
    pub(crate) fn listings_found(&self, field: &PlanField, space: IdSpace) -> Option<Vec<u32>> {
        let search = self.search(field);
        if search.condition.is_empty() {
            return (!self.state.is_all_listed()).then(|| self.state.listed().collect());
        }
        // A plain search by one SKU, the engines' usual question, is a look-up; everything else is a scan.
        if let Condition::Term(only) = &search.condition
            && only.key == "sku"
            && !only.value.ends_with('*')
        {
            let found = self.state.skus.find(&only.value);
            return Some(found.filter(|at| self.state.is_listed(*at)).collect());
        }
        let found = self
            .state
            .listed()
            .filter(|listing| search.holds(|term| self.listing_is(*listing, space, term)));
        Some(found.collect())
    }

    /// Whether a term holds for a listing as an object of this kind; `None` for a key that these are not searched by.
    pub(crate) fn listing_is(&self, listing: u32, space: IdSpace, term: &Term) -> Option<bool> {
        if !is_searched_by(space, &term.key) {
            return None;
        }
        let state = self.state;
        let record = &state.shop.listings[listing as usize];
        let details = state.details(listing);
        let wanted = term.value.as_str();
        let tags = || state.tags_of(Tagged::Product(listing)).iter();
        let is_flag = |flag: bool| match wanted {
            "true" => Some(flag),
            "false" => Some(!flag),
            _ => None,
        };
        let is_published = details.published_at().is_some();
        Some(match term.key.as_str() {
            "id" => id_holds(term, space, u64::from(listing)),
            "product_id" | "product_ids" => {
                let mut one = wanted.split(',').map(|value| Term {
                    value: value.to_owned(),
                    ..term.clone()
                });
                one.any(|term| id_holds(&term, ids::PRODUCT, u64::from(listing)))
            }
            "variant_id" => id_holds(term, ids::VARIANT, u64::from(listing)),
            "sku" => text_holds(&record.sku, wanted),
            "title" => has_phrase(&record.title, wanted),
            "variant_title" | "option1" => text_holds(OPTION_VALUE, wanted),
            "tag" => tags().any(|tag| text_holds(tag, wanted)),
            "tag_not" => !tags().any(|tag| text_holds(tag, wanted)),
            "vendor" => text_holds(state.vendor_of(listing), wanted),
            "status" | "product_status" => {
                let mut wanted = wanted.split(',');
                wanted.any(|it| text_holds(details.status.rest(), it))
            }
            "published_status" => match wanted {
                "published" | "visible" | "online_store_channel" => is_published,
                "unpublished" | "unavailable" | "hidden" => !is_published,
                _ => return None,
            },
            "handle" => text_holds(&state.handle_of(listing), wanted),
            "barcode" => text_holds(details.barcode.as_deref().unwrap_or(""), wanted),
            "product_type" => text_holds(&details.product_type, wanted),
            "inventory_total" => number_holds(term, state.total_inventory(listing), 0),
            "inventory_quantity" => number_holds(term, state.stock.shown_displayed(listing), 0),
            "out_of_stock_somewhere" => {
                let is_out = state.stock.shown_displayed(listing) <= 0;
                return is_flag(details.is_tracked && is_out);
            }
            "price" => number_holds(term, record.price_cents as i64, 2),
            "is_price_reduced" => {
                let before = details.compare_at_cents.unwrap_or(0);
                return is_flag(before > record.price_cents as i64);
            }
            "gift_card" => return is_flag(details.is_gift_card),
            "managed" => return is_flag(details.is_tracked),
            "taxable" => return is_flag(details.is_taxable),
            "has_only_default_variant" => return is_flag(true),
            "created_at" => self.time_is(details.created_at, term),
            "updated_at" => self.time_is(details.changed_at, term),
            "published_at" => self.time_is(details.published_at().unwrap_or(Micros::MAX), term),
            "" => {
                text_holds(&record.sku, wanted)
                    || has_phrase(&record.title, wanted)
                    || has_phrase(state.vendor_of(listing), wanted)
                    || has_phrase(&details.product_type, wanted)
                    || tags().any(|tag| text_holds(tag, wanted))
            }
            _ => return None,
        })
    }
}

/// Whether objects of this kind are searched by a key (docs/platforms/shopify.md 6).
pub(super) fn is_searched_by(space: IdSpace, key: &str) -> bool {
    const ITEMS: &[&str] = &["", "id", "sku", "created_at", "updated_at"];
    const BOTH: &[&str] = &[
        "barcode",
        "gift_card",
        "product_type",
        "published_status",
        "tag",
        "tag_not",
        "title",
        "vendor",
    ];
    const PRODUCTS: &[&str] = &[
        "handle",
        "has_only_default_variant",
        "inventory_total",
        "is_price_reduced",
        "out_of_stock_somewhere",
        "price",
        "published_at",
        "status",
        "variant_id",
        "variant_title",
    ];
    const VARIANTS: &[&str] = &[
        "inventory_quantity",
        "managed",
        "option1",
        "product_id",
        "product_ids",
        "product_status",
        "taxable",
    ];
    ITEMS.contains(&key)
        || (space != ids::INVENTORY_ITEM && BOTH.contains(&key))
        || (space == ids::PRODUCT && PRODUCTS.contains(&key))
        || (space == ids::VARIANT && VARIANTS.contains(&key))
}

/// Whether a text has these words, one after the other; `*` at the end stands for the rest of the last one
/// (docs/platforms/shopify.md 6).
fn has_phrase(text: &str, wanted: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric());
        let words = words.filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let is_open = wanted.ends_with('*');
    let wanted = words(wanted);
    let Some((last, before)) = wanted.split_last() else {
        return is_open;
    };
    words(text).windows(wanted.len()).any(|found| {
        let (end, begin) = (&found[found.len() - 1], &found[..found.len() - 1]);
        begin == before && (end == last || (is_open && end.starts_with(last.as_str())))
    })
}
