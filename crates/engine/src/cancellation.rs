//! The credit rule of docs/theory.md A5: who gets the units of a cancelled order.
//!
//! Units that the platform puts back on sale belong to the channel's exposure, for they can be sold there this moment; units
//! that it keeps off sale are on display nowhere and belong to the pool. Taken for the one although they are the other, a unit
//! is sold twice, or stranded. So it is read in this order:
//!
//! 1. what the order itself says;
//! 2. whether it is the engine's own cancellation for lack of stock, of which the platform's description says what becomes;
//! 3. what the platform does with cancelled orders as a rule ([`PlatformBounds::restocks_on_cancel`]).
//!
//! Where it remains in doubt who cancelled, the channel is credited: that is the safe side, and a listing whose exposure does
//! not sell is read back ([`strategies`](crate::strategies)). So it is with the engine's own cancellations: before them, units
//! may have been taken out of the order and put back on sale, and an order that is cancelled does not tell how many.

use crate::canonical::{Order, OrderState};
use crate::config::PlatformBounds;
use crate::orders::BookedOrder;
use crate::platform::PlatformDescription;

/// What becomes of the units of an order that the seller cancels for lack of stock.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum GivenUpUnits {
    /// The same as with every cancellation: a setting of the SKU decides (docs/platforms/tiktok_shop.md 5.1).
    AsEver,
    /// Those still in it stay off sale, for the engine asks for that; the order tells its reason (docs/platforms/shopify.md 3.1).
    OffSaleByReason,
    /// Those still in it stay off sale (docs/platforms/amazon.md 5.2). The order does not tell who cancelled it, but once it may be
    /// shipped the buyer can no longer.
    OffSaleOnceOpen,
}

/// What is known of a cancellation.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// Whether the units went back on sale, if the order says.
    pub restocked: Option<bool>,
    /// The order says that stock was lacking.
    pub lacked_stock: bool,
    /// The engine has given the order up for lack of stock.
    pub given_up: bool,
    /// The order could have been shipped before.
    pub was_open: bool,
}

impl Cancellation {
    /// What a sighting and the book say together.
    pub fn of(order: &Order, booked: Option<&BookedOrder>) -> Cancellation {
        Cancellation {
            restocked: order.restocked,
            lacked_stock: order.lacked_stock,
            given_up: booked.is_some_and(|booked| booked.short),
            was_open: booked.is_some_and(|booked| booked.state == OrderState::Open),
        }
    }
}

/// Where the units of a cancelled order are, or those taken out of one.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Restock {
    /// On sale again where they were sold.
    OnSale,
    /// Off sale.
    OffSale,
    /// Off sale, but for those that were taken out before, of which nothing may be known.
    InDoubt,
}

impl Restock {
    const fn told(is_on_sale: bool) -> Restock {
        if is_on_sale {
            Restock::OnSale
        } else {
            Restock::OffSale
        }
    }
}

/// Where a cancelled order's units are.
pub fn restocks(
    cancellation: &Cancellation,
    platform: &PlatformDescription,
    bounds: &PlatformBounds,
) -> Restock {
    if let Some(told) = cancellation.restocked {
        return Restock::told(told);
    }
    let stays_off_sale = cancellation.given_up
        && match platform.given_up_units {
            GivenUpUnits::AsEver => false,
            GivenUpUnits::OffSaleByReason => cancellation.lacked_stock,
            GivenUpUnits::OffSaleOnceOpen => cancellation.was_open,
        };
    match stays_off_sale {
        true if bounds.restocks_on_cancel => Restock::InDoubt,
        true => Restock::OffSale,
        false => Restock::told(bounds.restocks_on_cancel),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Platform;
    use oversell_kernel::Micros;

    fn bounds(restocks_on_cancel: bool) -> PlatformBounds {
        PlatformBounds {
            order_visibility_lag: Micros::ZERO,
            write_lifetime: Micros::ZERO,
            request_lifetime: Micros::ZERO,
            restocks_on_cancel,
        }
    }

    const BUYERS: Cancellation = Cancellation {
        restocked: None,
        lacked_stock: false,
        given_up: false,
        was_open: true,
    };
    const OURS: Cancellation = Cancellation {
        lacked_stock: true,
        given_up: true,
        ..BUYERS
    };

    fn on(platform: Platform, cancellation: Cancellation) -> Restock {
        restocks(&cancellation, platform.describe(), &bounds(true))
    }

    #[test]
    fn the_engines_own_cancellation_stays_off_sale_but_for_what_was_taken_out_before() {
        assert_eq!(on(Platform::Shopify, OURS), Restock::InDoubt);
        assert_eq!(on(Platform::Amazon, OURS), Restock::InDoubt);
        assert_eq!(
            on(Platform::TiktokShop, OURS),
            Restock::OnSale,
            "a setting of the SKU decides"
        );
        let never = restocks(&OURS, Platform::Shopify.describe(), &bounds(false));
        assert_eq!(never, Restock::OffSale, "nothing comes back on sale at all");
    }

    #[test]
    fn a_buyer_who_was_quicker_puts_the_unit_back() {
        let quicker = Cancellation {
            lacked_stock: false,
            ..OURS
        };
        assert_eq!(on(Platform::Shopify, quicker), Restock::OnSale);
        let while_pending = Cancellation {
            was_open: false,
            ..OURS
        };
        assert_eq!(on(Platform::Amazon, while_pending), Restock::OnSale);
    }

    #[test]
    fn what_the_order_says_goes_before_all_else() {
        for platform in Platform::ALL {
            for cancellation in [BUYERS, OURS] {
                for told in [true, false] {
                    let cancellation = Cancellation {
                        restocked: Some(told),
                        ..cancellation
                    };
                    let expected = Restock::told(told);
                    assert_eq!(on(platform, cancellation), expected, "{platform:?}");
                    let bounds = bounds(!told);
                    let read = restocks(&cancellation, platform.describe(), &bounds);
                    assert_eq!(read, expected);
                }
            }
        }
    }

    #[test]
    fn of_any_other_cancellation_the_platforms_rule_holds() {
        for platform in Platform::ALL {
            for rule in [true, false] {
                let read = restocks(&BUYERS, platform.describe(), &bounds(rule));
                assert_eq!(read, Restock::told(rule));
            }
        }
    }
}
