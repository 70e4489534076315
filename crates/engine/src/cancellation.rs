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
//! not sell is read back ([`strategies`](crate::strategies)).

use crate::canonical::{Order, OrderState};
use crate::config::PlatformBounds;
use crate::orders::BookedOrder;
use crate::platform::PlatformDescription;

/// What becomes of the units of an order that the seller cancels for lack of stock.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum GivenUpUnits {
    /// The same as with every cancellation: a setting of the SKU decides (docs/platforms/tiktok_shop.md 5.1).
    AsEver,
    /// They stay off sale, for the engine asks for that; the order tells its reason (docs/platforms/shopify.md 3.1).
    OffSaleByReason,
    /// They stay off sale (docs/platforms/amazon.md 5.2). The order does not tell who cancelled it, but once it may be
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

/// Whether a cancelled order's units are on sale again where they were sold.
pub fn restocks(
    cancellation: &Cancellation,
    platform: &PlatformDescription,
    bounds: &PlatformBounds,
) -> bool {
    if let Some(told) = cancellation.restocked {
        return told;
    }
    let stays_off_sale = cancellation.given_up
        && match platform.given_up_units {
            GivenUpUnits::AsEver => false,
            GivenUpUnits::OffSaleByReason => cancellation.lacked_stock,
            GivenUpUnits::OffSaleOnceOpen => cancellation.was_open,
        };
    !stays_off_sale && bounds.restocks_on_cancel
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

    fn on(platform: Platform, cancellation: Cancellation) -> bool {
        restocks(&cancellation, platform.describe(), &bounds(true))
    }

    #[test]
    fn the_engines_own_cancellation_stays_off_sale_where_the_platform_keeps_it_off() {
        assert!(!on(Platform::Shopify, OURS));
        assert!(!on(Platform::Amazon, OURS));
        assert!(
            on(Platform::TiktokShop, OURS),
            "a setting of the SKU decides"
        );
    }

    #[test]
    fn a_buyer_who_was_quicker_puts_the_unit_back() {
        let quicker = Cancellation {
            lacked_stock: false,
            ..OURS
        };
        assert!(on(Platform::Shopify, quicker));
        let while_pending = Cancellation {
            was_open: false,
            ..OURS
        };
        assert!(on(Platform::Amazon, while_pending));
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
                    assert_eq!(on(platform, cancellation), told, "{platform:?}");
                    let bounds = bounds(!told);
                    assert_eq!(restocks(&cancellation, platform.describe(), &bounds), told);
                }
            }
        }
    }

    #[test]
    fn of_any_other_cancellation_the_platforms_rule_holds() {
        for platform in Platform::ALL {
            for rule in [true, false] {
                assert_eq!(restocks(&BUYERS, platform.describe(), &bounds(rule)), rule);
            }
        }
    }
}
