//! What drivers give to the stage, and what it gives back beside acts.

use channel_mocks::core::{ActOutcome, BasketLine, Fact, Micros, OrderRef};
use channel_mocks::warehouse::Fact as WarehouseFact;

use super::act::{Act, ShopAct};
use crate::world::{ChannelIndex, SkuIndex};

/// Why something of the stage becomes due.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The world's next external event: a buyer comes, or something befalls the stock.
    ExternalEvent,
    /// A buyer acts on an accepted order.
    BuyerAct,
    /// The staff cancel an order that the warehouse cannot serve.
    StaffCancel,
    /// A support agent looks something up.
    SupportRead,
    /// A channel opens to buyers, or closes.
    Hours,
    /// The last buyer may have come.
    DemandEnd,
}

impl Reason {
    /// Its place at one instant: acts in the order in which they were scheduled, then observers, then the end.
    fn rank(self) -> u8 {
        match self {
            Reason::ExternalEvent | Reason::BuyerAct | Reason::StaffCancel | Reason::Hours => 0,
            Reason::SupportRead => 1,
            Reason::DemandEnd => 2,
        }
    }
}

/// Something that the stage wants to happen at a time; handed back as [`Input::Wake`] when the time has come.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Due {
    /// When; may have passed.
    pub at: Micros,
    /// Why.
    pub reason: Reason,
    /// Counts what was scheduled.
    pub(super) sequence: u64,
}

impl Due {
    fn place(&self) -> (Micros, u8, u64) {
        (self.at, self.reason.rank(), self.sequence)
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Due) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Due) -> std::cmp::Ordering {
        self.place().cmp(&other.place())
    }
}

/// What a driver gives to the stage.
#[derive(Copy, Clone, Debug)]
pub enum Input<'a> {
    /// The time of something that was due has come. One that has been done already is ignored.
    Wake(Due),
    /// A platform accepted the checkout of one of the scenario's buyers, who may act on the order later.
    Accepted {
        /// Where.
        channel: ChannelIndex,
        /// Which order it became.
        order: OrderRef,
        /// The buyer's number.
        buyer: u64,
        /// What was bought.
        lines: &'a [BasketLine],
    },
    /// An act of [`Act::Shop`] came to this.
    Done {
        /// Where.
        channel: ChannelIndex,
        /// Which act.
        act: ShopAct,
        /// Its outcome.
        outcome: ActOutcome,
    },
    /// A system reported something that the stage follows.
    Reported(Report),
}

/// The part of the systems' facts that something else follows from.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Amazon sold (a line of) an order from its own warehouses.
    SoldByAmazon {
        /// Where.
        channel: ChannelIndex,
        /// Which order.
        order: OrderRef,
        /// The line's SKU.
        sku: SkuIndex,
        /// The line's units.
        units: u32,
    },
    /// A platform shows an order as shipped.
    ShownAsShipped {
        /// Where.
        channel: ChannelIndex,
        /// Which order.
        order: OrderRef,
    },
    /// An order was cancelled.
    Cancelled {
        /// Where.
        channel: ChannelIndex,
        /// Which order.
        order: OrderRef,
    },
    /// Amazon shipped units for an order of another channel.
    ShippedForOthers {
        /// Whose account.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// How many.
        units: u32,
    },
    /// The warehouse lacks units for an order.
    Short {
        /// Where it was sold.
        channel: ChannelIndex,
        /// Which order.
        order: OrderRef,
    },
}

impl Report {
    /// What the stage follows of a platform's facts.
    pub fn of_platform(channel: ChannelIndex, fact: &Fact) -> Option<Report> {
        match *fact {
            Fact::FbaSold {
                order,
                listing,
                units,
            } => Some(Report::SoldByAmazon {
                channel,
                order,
                sku: SkuIndex(listing.0),
                units,
            }),
            Fact::FulfillmentConfirmed { order, .. } => {
                Some(Report::ShownAsShipped { channel, order })
            }
            Fact::OrderCancelled { order, .. } => Some(Report::Cancelled { channel, order }),
            Fact::FbaShippedForOthers { listing, units } => Some(Report::ShippedForOthers {
                channel,
                sku: SkuIndex(listing.0),
                units,
            }),
            _ => None,
        }
    }

    /// What the stage follows of the warehouse's facts; `order` is the one that the fact is about, when it is known.
    pub fn of_warehouse(
        fact: &WarehouseFact,
        order: Option<(ChannelIndex, OrderRef)>,
    ) -> Option<Report> {
        match (fact, order) {
            (WarehouseFact::Short { .. }, Some((channel, order))) => {
                Some(Report::Short { channel, order })
            }
            _ => None,
        }
    }
}

/// What the stage gives to its driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Something that was due happens now; the acts that it consists of follow.
    Occurred(Occurrence),
    /// An act to be carried out.
    Act(Act),
}

/// Something that was due and happens.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// What was due.
    pub due: Due,
    /// The position of the channel it is about; 0 for external events.
    pub subject: u64,
    /// Tells it from others of its reason: the order's number, or a fingerprint of the external event.
    pub number: u64,
}
