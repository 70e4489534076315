//! What a message tells whoever receives it, for the ledger.
//!
//! Whether an engine knows of a sale is decided by the bytes that reached it. Nobody has to read them again: whoever
//! writes an order or a count into a body notes it in [`Telling`], and what was noted travels with the finished message as
//! an extension ([`Tells`]), which is no part of its bytes. A driver takes it off when the message arrives.

use std::cell::RefCell;

use http::Extensions;

use super::shop::OrderRef;
use oversell_kernel::Micros;

/// One thing that a message tells.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// An order of the channel that sent the message, with its lines.
    Sale(OrderRef),
    /// That there is an order of the channel that sent the message, without its lines.
    Named(OrderRef),
    /// How many units have been taken out of an order of the channel that sent the message, as the message shows it.
    Removal {
        /// Which order.
        order: OrderRef,
        /// Units taken out of it so far, in the order in which they were.
        units: u32,
    },
    /// That an order of the channel that sent the message is cancelled.
    Cancellation(OrderRef),
    /// A count of the warehouse that contains every change of a SKU's units up to a time.
    Stock {
        /// Position of the SKU in the warehouse's list.
        sku: u32,
        /// The time, included.
        until: Micros,
    },
}

/// What a response or delivery tells, as an extension of it. A message that tells nothing has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tells(pub Vec<Told>);

impl Tells {
    /// Puts it on a message.
    pub fn attach(self, extensions: &mut Extensions) {
        if !self.0.is_empty() {
            extensions.insert(self);
        }
    }

    /// Takes it off a message.
    pub fn detach(extensions: &mut Extensions) -> Option<Tells> {
        if extensions.is_empty() {
            return None;
        }
        extensions.remove()
    }
}

/// What the body that is being written has told so far.
#[derive(Debug, Default)]
pub struct Telling(RefCell<Vec<Told>>);

impl Telling {
    /// Notes that the body tells something.
    pub fn note(&self, told: Told) {
        let mut noted = self.0.borrow_mut();
        if noted.last() != Some(&told) {
            noted.push(told);
        }
    }

    /// Notes an order that the body shows with its lines or without, how many units its lines lack of those that were ordered
    /// because they were taken out, and whether it shows it as cancelled.
    pub fn note_order(
        &self,
        order: OrderRef,
        with_lines: bool,
        removed_units: u32,
        is_cancelled: bool,
    ) {
        if with_lines {
            self.note(Told::Sale(order));
            if removed_units > 0 {
                self.note(Told::Removal {
                    order,
                    units: removed_units,
                });
            }
        }
        if is_cancelled {
            self.note(Told::Cancellation(order));
        }
    }

    /// Takes everything noted: the body is finished.
    pub fn take(&self) -> Tells {
        Tells(std::mem::take(&mut self.0.borrow_mut()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_travels_with_one_message_and_beside_its_bytes() {
        let telling = Telling::default();
        telling.note_order(OrderRef(3), true, 0, false);
        telling.note_order(OrderRef(3), true, 0, true);
        telling.note_order(OrderRef(4), false, 2, true);
        telling.note_order(OrderRef(5), true, 2, false);
        let mut message = http::Response::new(b"{}".to_vec());
        telling.take().attach(message.extensions_mut());
        telling.take().attach(message.extensions_mut());
        assert_eq!(message.body(), b"{}");
        assert_eq!(
            Tells::detach(message.extensions_mut()).map(|tells| tells.0),
            Some(vec![
                Told::Sale(OrderRef(3)),
                Told::Cancellation(OrderRef(3)),
                Told::Cancellation(OrderRef(4)),
                Told::Sale(OrderRef(5)),
                Told::Removal {
                    order: OrderRef(5),
                    units: 2
                },
            ]),
            "an order noted twice in a row is told once, and without its lines nothing of what it lacks"
        );
        assert_eq!(Tells::detach(message.extensions_mut()), None);
    }
}
