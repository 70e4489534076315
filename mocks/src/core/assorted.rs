//! A shop that lists only some of a merchant's SKUs. Its emulator knows those alone, by positions of its own; whoever stands outside
//! means a SKU by its position in the merchant's catalogue, and is understood.

use http::HeaderName;
use oversell_kernel::Micros;

use super::fact::Fact;
use super::faults::FaultCounts;
use super::machine::{Input, Machine, Output, Request, Response, Timer};
use super::passing_on::{pass_on_machine, pass_on_storefront};
use super::refusal::{Called, Refusal};
use super::shop::{ListingIndex, OrderRef};
use super::storefront::{
    ActOutcome, Basket, BasketLine, CheckoutOutcome, LimitUse, Removal, Storefront, WriteRoom,
};

/// Lets a shop that was opened with the SKUs at `listed` alone, ascending positions in a catalogue of so many `skus`, be spoken to by
/// their positions there.
///
/// # Panics
/// When a position lies beyond the catalogue: the opening checks it.
pub fn assorted(
    shop: Box<dyn Storefront + Send>,
    listed: Vec<u32>,
    skus: usize,
) -> Box<dyn Storefront + Send> {
    let mut places = vec![None; skus];
    for (place, position) in (0u32..).zip(&listed) {
        places[*position as usize] = Some(ListingIndex(place));
    }
    Box::new(AssortedShop {
        shop,
        listed,
        places,
    })
}

/// A shop that lists only some of the SKUs.
struct AssortedShop {
    shop: Box<dyn Storefront + Send>,
    /// The position in the catalogue, by the shop's own.
    listed: Vec<u32>,
    /// The shop's own position, by that in the catalogue.
    places: Vec<Option<ListingIndex>>,
}

impl AssortedShop {
    fn with<T>(&mut self, act: impl FnOnce(&mut (dyn Storefront + Send)) -> T) -> T {
        act(self.shop.as_mut())
    }

    fn read<T>(&self, read: impl FnOnce(&(dyn Storefront + Send)) -> T) -> T {
        read(self.shop.as_ref())
    }

    /// The shop's own position of a SKU, if it lists it.
    fn place(&self, sku: ListingIndex) -> Option<ListingIndex> {
        self.places.get(sku.0 as usize).copied().flatten()
    }

    /// The position in the catalogue of what the shop lists there.
    fn position(&self, place: ListingIndex) -> ListingIndex {
        ListingIndex(self.listed[place.0 as usize])
    }

    fn in_catalogue(&self, mut fact: Fact) -> Fact {
        match &mut fact {
            Fact::Displayed { listing, .. }
            | Fact::UnitsRemoved { listing, .. }
            | Fact::FbaSold { listing, .. }
            | Fact::FbaShippedForOthers { listing, .. }
            | Fact::ReadStale { listing } => *listing = self.position(*listing),
            Fact::OrderMade { .. }
            | Fact::OrderCancelled { .. }
            | Fact::FulfillmentConfirmed { .. }
            | Fact::FulfillmentCancelled { .. }
            | Fact::FulfillmentRefused { .. }
            | Fact::Call { .. }
            | Fact::SubscriptionRemoved { .. } => {}
        }
        fact
    }

    fn check_out(
        &mut self,
        basket: &Basket,
        pay: impl FnOnce(&mut dyn Storefront, &Basket) -> CheckoutOutcome,
    ) -> CheckoutOutcome {
        let mut lines = Vec::with_capacity(basket.lines.len());
        for line in &basket.lines {
            let Some(listing) = self.place(line.listing) else {
                // There is no page from which it could be put into a basket.
                return CheckoutOutcome::Refused {
                    listing: line.listing,
                    displayed: 0,
                };
            };
            lines.push(BasketLine { listing, ..*line });
        }
        let own = Basket {
            buyer: basket.buyer,
            lines,
            country: basket.country,
            postal_code: basket.postal_code,
        };
        match pay(self.shop.as_mut(), &own) {
            CheckoutOutcome::Refused { listing, displayed } => CheckoutOutcome::Refused {
                listing: self.position(listing),
                displayed,
            },
            accepted @ CheckoutOutcome::Accepted { .. } => accepted,
        }
    }
}

impl Machine for AssortedShop {
    type Fact = Fact;

    pass_on_machine!();

    fn poll_output(&mut self) -> Option<Output<Fact>> {
        match self.shop.poll_output()? {
            Output::Fact(fact) => Some(Output::Fact(self.in_catalogue(fact))),
            other @ (Output::Response { .. } | Output::Delivery { .. }) => Some(other),
        }
    }
}

impl Storefront for AssortedShop {
    pass_on_storefront!();

    fn checkout(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.check_out(basket, |shop, own| shop.checkout(now, own))
    }

    fn checkout_of_merchant(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.check_out(basket, |shop, own| shop.checkout_of_merchant(now, own))
    }

    fn edit_count(&mut self, now: Micros, listing: ListingIndex, units: i64) -> ActOutcome {
        match self.place(listing) {
            Some(place) => self.shop.edit_count(now, place, units),
            None => ActOutcome::Refused("the SKU is not listed on this channel"),
        }
    }

    fn open_with(&mut self, listing: ListingIndex, units: i64) {
        match self.place(listing) {
            Some(place) => self.shop.open_with(place, units),
            None => debug_assert_eq!(units, 0, "what is not listed displays nothing"),
        }
    }

    fn displayed(&self, listing: ListingIndex) -> i64 {
        self.place(listing)
            .map_or(0, |place| self.shop.displayed(place))
    }
}
