//! Products taken off sale and put back (docs/platforms/tiktok_shop.md 11).

use crate::core::{Cause, Micros};

use super::ShopState;
use super::events::Event;

impl ShopState {
    /// Puts a product on sale or takes it off, at once. What a deactivated product has available stays, but nothing of it is
    /// displayed.
    pub(crate) fn put_product_on_sale(&mut self, now: Micros, product: u32, on_sale: bool) {
        let listings = self.catalogue.listings_of(product);
        if self.stock.is_on_sale(listings.start) == on_sale {
            return;
        }
        for listing in listings {
            let from = self.stock.displayed(listing);
            self.stock.put_on_sale(listing, on_sale);
            self.displayed_changed(listing, from, Cause::Edit);
        }
        self.catalogue.status_changed(product, now);
        self.raise(now, Event::ProductStatus { product, at: now });
    }
}
