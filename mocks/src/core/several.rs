//! Several shops of one platform side by side. The ids of the platforms' objects are computed from dense positions, which
//! are the same in every shop; those of the second and later shops lie apart, as they do outside, where no two orders
//! of a platform share an id.

use std::cell::Cell;

use http::HeaderName;
use oversell_kernel::Micros;

use super::fact::Fact;
use super::faults::FaultCounts;
use super::machine::{Input, Machine, Output, Request, Response, Timer};
use super::passing_on::{pass_on_machine, pass_on_storefront};
use super::refusal::{Called, Refusal};
use super::shop::{ListingIndex, OrderRef};
use super::storefront::{
    ActOutcome, Basket, CheckoutOutcome, LimitUse, Removal, Storefront, WriteRoom,
};

thread_local! {
    /// Which shop of its platform the emulator at work is, from 0. It is set for the length of one call and decides
    /// nothing but ids.
    static AT_WORK: Cell<u32> = const { Cell::new(0) };
}

/// Which shop of its platform the emulator at work is, from 0.
pub(crate) fn at_work() -> u32 {
    AT_WORK.get()
}

/// How far the ids of the shop at work lie from those of the first, where the ids of two neighbours lie `stride` apart.
pub(crate) fn apart(stride: u64) -> u64 {
    u64::from(at_work()) * stride
}

/// Lets the n-th shop of a platform be at work as long as it lives.
struct Work {
    before: u32,
}

impl Work {
    fn of(number: u32) -> Work {
        Work {
            before: AT_WORK.replace(number),
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        AT_WORK.set(self.before);
    }
}

/// Opens the n-th shop of its platform, counted from 0. The first is left as it is.
pub fn open_nth<S: Storefront + Send + 'static>(
    number: u32,
    open: impl FnOnce() -> S,
) -> Box<dyn Storefront + Send> {
    let _work = Work::of(number);
    let shop = open();
    match number {
        0 => Box::new(shop),
        number => Box::new(NthShop { number, shop }),
    }
}

/// A shop that is not the first of its platform.
struct NthShop<S> {
    number: u32,
    shop: S,
}

impl<S> NthShop<S> {
    fn with<T>(&mut self, act: impl FnOnce(&mut S) -> T) -> T {
        let _work = Work::of(self.number);
        act(&mut self.shop)
    }

    fn read<T>(&self, read: impl FnOnce(&S) -> T) -> T {
        let _work = Work::of(self.number);
        read(&self.shop)
    }
}

impl<S: Storefront> Machine for NthShop<S> {
    type Fact = Fact;

    pass_on_machine!();

    fn poll_output(&mut self) -> Option<Output<Fact>> {
        self.with(|shop| shop.poll_output())
    }
}

impl<S: Storefront> Storefront for NthShop<S> {
    pass_on_storefront!();

    fn checkout(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.with(|shop| shop.checkout(now, basket))
    }

    fn checkout_of_merchant(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.with(|shop| shop.checkout_of_merchant(now, basket))
    }

    fn edit_count(&mut self, now: Micros, listing: ListingIndex, units: i64) -> ActOutcome {
        self.with(|shop| shop.edit_count(now, listing, units))
    }

    fn open_with(&mut self, listing: ListingIndex, units: i64) {
        self.with(|shop| shop.open_with(listing, units));
    }

    fn displayed(&self, listing: ListingIndex) -> i64 {
        self.read(|shop| shop.displayed(listing))
    }
}
