//! Structures of counts that add up by derivation: a new count cannot be forgotten in a sum.

use channel_mocks::core::OrderRef;

use super::histogram::Durations;

/// What is counted by channel and adds up over channels.
pub trait AddUp {
    /// Adds what another channel counted.
    fn add_up(&mut self, other: &Self);
}

impl AddUp for u64 {
    fn add_up(&mut self, other: &u64) {
        *self += other;
    }
}

impl AddUp for Durations {
    fn add_up(&mut self, other: &Durations) {
        self.merge(other);
    }
}

/// The order that a channel counted last is that channel's own.
impl AddUp for Option<OrderRef> {
    fn add_up(&mut self, _: &Option<OrderRef>) {}
}

/// Defines a structure whose every field adds up.
macro_rules! counters {
    (
        $(#[$attribute:meta])*
        $visible:vis struct $name:ident {
            $($(#[$field_attribute:meta])* $field_visible:vis $field:ident: $kind:ty,)*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, Default)]
        $visible struct $name {
            $($(#[$field_attribute])* $field_visible $field: $kind,)*
        }

        impl $crate::measure::counters::AddUp for $name {
            fn add_up(&mut self, other: &$name) {
                $($crate::measure::counters::AddUp::add_up(&mut self.$field, &other.$field);)*
            }
        }
    };
}

pub(super) use counters;

#[cfg(test)]
mod tests {
    use super::*;

    counters! {
        struct Both {
            number: u64,
            inner: Inner,
        }
    }

    counters! {
        struct Inner {
            number: u64,
            last: Option<OrderRef>,
        }
    }

    #[test]
    fn every_field_adds_up_and_the_last_order_stays() {
        let inner = |number, order| Inner {
            number,
            last: Some(OrderRef(order)),
        };
        let mut sum = Both {
            number: 1,
            inner: inner(10, 1),
        };
        sum.add_up(&Both {
            number: 2,
            inner: inner(20, 2),
        });
        assert_eq!((sum.number, sum.inner.number), (3, 30));
        assert_eq!(sum.inner.last, Some(OrderRef(1)));
    }
}
