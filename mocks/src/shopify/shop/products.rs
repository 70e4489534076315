//! Products and variants that apps change (docs/platforms/shopify.md 4.8).

use super::Store;
use super::notices::Subject;
use crate::core::{Cause, Fact, ListingIndex, ListingSeed, Micros};
use crate::shopify::model::annotations::Tagged;
use crate::shopify::model::products::{ProductChange, ProductDetails};
use crate::shopify::model::subscriptions::Topic;

impl Store {
    /// Makes a product with one variant, which no location stocks yet, and tells the subscribers once.
    pub(crate) fn make_product(
        &mut self,
        now: Micros,
        handle: String,
        change: ProductChange,
    ) -> u32 {
        let listing = self.state.shop.listings.len() as u32;
        debug_assert!(
            self.state.find_handle(&handle).is_none(),
            "{handle} is taken"
        );
        self.state.shop.listings.push(ListingSeed {
            sku: change.sku.clone().unwrap_or_default(),
            title: change.title.clone().unwrap_or_default(),
            price_cents: change.price_cents.unwrap_or(0),
        });
        let seed = &self.state.shop.listings[listing as usize];
        self.state.skus.add(listing, &seed.sku);
        self.state.stock.add_listing();
        let details = ProductDetails {
            vendor: change.vendor.clone(),
            ..ProductDetails::made(now, handle)
        };
        self.state.products.insert(listing, details);
        let change = ProductChange {
            handle: None,
            ..change
        };
        self.write_details(listing, &change);
        self.write_tags(listing, change.tags);
        let event = self.new_event();
        self.raise(now, event, Topic::ProductsCreate, Subject::Product(listing));
        listing
    }

    /// Changes a product and its variant, which is one event whatever is new in it, and none where nothing is. Returns
    /// whether anything was new.
    pub(crate) fn change_product(
        &mut self,
        now: Micros,
        listing: u32,
        change: ProductChange,
        cause: Cause,
    ) -> bool {
        let from = self.state.on_sale(listing);
        let is_changed = self.write_texts(listing, &change)
            | self.write_details(listing, &change)
            | self.write_tags(listing, change.tags);
        if !is_changed {
            return false;
        }
        self.state.details_mut(listing).changed_at = now;
        let to = self.state.on_sale(listing);
        if from != to {
            self.fact(Fact::Displayed {
                listing: ListingIndex(listing),
                from,
                to,
                cause,
            });
        }
        let event = self.new_event();
        self.raise(now, event, Topic::ProductsUpdate, Subject::Product(listing));
        true
    }

    /// Writes what lines of orders take over: SKU, title, vendor and price. A line keeps what it took.
    fn write_texts(&mut self, listing: u32, change: &ProductChange) -> bool {
        let seed = &self.state.shop.listings[listing as usize];
        let is_new = |new: &Option<String>, old: &str| new.as_deref().is_some_and(|it| it != old);
        let sku = change.sku.clone().filter(|it| *it != seed.sku);
        let has_new_price = change.price_cents.is_some_and(|it| it != seed.price_cents);
        let has_new_title = is_new(&change.title, &seed.title);
        let has_new_vendor = is_new(&change.vendor, self.state.vendor_of(listing));
        if sku.is_some() || has_new_title || has_new_vendor {
            self.state.keep_texts(listing);
        }
        if let Some(sku) = &sku {
            // The handle stays what it was made of.
            let handle = self.state.handle_of(listing);
            self.state.details_mut(listing).handle = Some(handle);
            let old = &self.state.shop.listings[listing as usize].sku;
            self.state.skus.rename(listing, old, sku);
        }
        if has_new_vendor {
            self.state
                .details_mut(listing)
                .vendor
                .clone_from(&change.vendor);
        }
        let is_renamed = sku.is_some() || has_new_title;
        let seed = &mut self.state.shop.listings[listing as usize];
        if let Some(sku) = sku {
            seed.sku = sku;
        }
        if let Some(title) = &change.title {
            seed.title.clone_from(title);
        }
        if let Some(price_cents) = change.price_cents {
            seed.price_cents = price_cents;
        }
        is_renamed || has_new_vendor || has_new_price
    }

    fn write_details(&mut self, listing: u32, change: &ProductChange) -> bool {
        let before = self.state.details(listing).clone();
        let mut details = before.clone();
        let handle = self.state.handle_of(listing);
        if let Some(new) = change.handle.clone().filter(|it| *it != handle) {
            details.handle = Some(new);
        }
        let set = |kept: &mut String, new: &Option<String>| {
            if let Some(new) = new {
                kept.clone_from(new);
            }
        };
        set(&mut details.description_html, &change.description_html);
        set(&mut details.product_type, &change.product_type);
        details.status = change.status.unwrap_or(details.status);
        details.continues_selling = change
            .continues_selling
            .unwrap_or(details.continues_selling);
        if let Some(compare_at_cents) = change.compare_at_cents {
            details.compare_at_cents = compare_at_cents;
        }
        if let Some(barcode) = &change.barcode {
            details.barcode.clone_from(barcode);
        }
        if let Some(is_tracked) = change.is_tracked.filter(|_| self.state.is_made(listing)) {
            details.is_tracked = is_tracked;
        }
        if change.is_gift_card == Some(true) {
            details.is_gift_card = true;
            (details.is_taxable, details.requires_shipping) = (false, false);
        }
        details.is_taxable = change.is_taxable.unwrap_or(details.is_taxable);
        details.requires_shipping = change
            .requires_shipping
            .unwrap_or(details.requires_shipping);
        if let Some(item) = &change.item {
            details.item.clone_from(item);
        }
        if let Some(seo) = &change.seo {
            details.seo.clone_from(seo);
        }
        if let Some(suffix) = &change.template_suffix {
            details.template_suffix.clone_from(suffix);
        }
        if let Some(suffix) = &change.gift_card_template_suffix {
            details.gift_card_template_suffix.clone_from(suffix);
        }
        let is_changed = details != before;
        if is_changed {
            *self.state.details_mut(listing) = details;
        }
        is_changed
    }

    fn write_tags(&mut self, listing: u32, tags: Option<Vec<String>>) -> bool {
        let owner = Tagged::Product(listing);
        match tags.filter(|tags| self.state.tags_of(owner) != tags.as_slice()) {
            Some(tags) => {
                self.state.tags.insert(owner, tags);
                true
            }
            None => false,
        }
    }
}
