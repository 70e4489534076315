//! What happens besides the calls of engines: buyers come and act on their orders, something befalls the stock, staff
//! cancel what cannot be shipped, Amazon ships from its own warehouses, support agents look things up. One sans-IO
//! machine, [`Stage`], for both kinds of time: a driver moves its inputs and outputs, and holds no rule of its own.
//!
//! A driver gives [`Input`]s, carries the [`Act`]s of [`Stage::poll_output`] to the systems, and hands back what they
//! came to. In virtual time that is at once; in real time an act waits in the queue of its system, and its outcome comes
//! when it comes. While an act is carried out nothing else of the stage waits in its outputs: what is made of several
//! acts (the return of an order) goes on when the outcome of the last one is known.
//!
//! [`opening`] makes the systems of a scenario, for both drivers as well.

mod act;
mod amazon;
pub mod faults;
mod input;
mod machine;
pub mod opening;
mod returns;
pub mod staff;
mod support;
#[cfg(test)]
mod tests;

pub use act::{Act, ShopAct, WarehouseAct, WarehouseActKind, ship_from_amazon};
pub use input::{Due, Input, Occurrence, Output, Reason, Report};
pub use machine::{Stage, Systems};
pub use returns::OrderReturn;
