//! External events: buyers, deliveries, counts, edits.

use channel_mocks::core::random::mix;
use channel_mocks::core::{Basket, BasketLine, ListingIndex, Micros, RemovalKind};

use crate::scenario::countries;
use crate::scenario::model::{self, Scenario};

use super::{Catalogue, ChannelIndex, SkuIndex, WorldError};

/// Numbers of scripted buyers start here, beyond those of all drawn ones.
const SCRIPTED_BUYERS: u64 = 1 << 40;

/// One thing that happens from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalEvent {
    /// When, as simulated time: the opening is already added.
    pub at: Micros,
    /// What.
    pub kind: ExternalEventKind,
}

/// The kinds of things that happen from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExternalEventKind {
    /// A buyer presses "buy".
    Checkout {
        /// Where.
        channel: ChannelIndex,
        /// What the buyer wants; listing n is SKU n.
        basket: Basket,
    },
    /// Units arrive in the warehouse.
    Receive {
        /// Of which SKU.
        sku: SkuIndex,
        /// Where: the position among the scenario's locations.
        location: u16,
        /// How many.
        units: u32,
    },
    /// Units are found damaged.
    Damage {
        /// Of which SKU.
        sku: SkuIndex,
        /// Where.
        location: u16,
        /// How many.
        units: u32,
    },
    /// A count corrects the warehouse's record.
    Recount {
        /// Of which SKU.
        sku: SkuIndex,
        /// Where.
        location: u16,
        /// What is there.
        counted: u32,
    },
    /// Somebody edits the displayed count in a platform's admin.
    Edit {
        /// Where.
        channel: ChannelIndex,
        /// Of which SKU.
        sku: SkuIndex,
        /// The new count.
        units: u32,
    },
    /// Units are taken out of the order last accepted on a channel that holds a SKU.
    RemoveUnits {
        /// Where.
        channel: ChannelIndex,
        /// What.
        sku: SkuIndex,
        /// How many.
        units: u32,
        /// In which way.
        kind: RemovalKind,
        /// Whether the staff put them back on sale.
        restock: bool,
    },
    /// Units come back into stock that belong to no order of this run (a replayed log's cancellations).
    Return {
        /// Of which SKU.
        sku: SkuIndex,
        /// Where.
        location: u16,
        /// How many.
        units: u32,
    },
}

impl ExternalEvent {
    /// Folds this event into a running hash: equal hashes over a run mean that the same things happened from
    /// outside. Start with zero.
    pub fn fold_into(&self, hash: u64) -> u64 {
        let hash = mix(hash, self.at.0);
        let stock = |hash: u64, kind: u64, sku: SkuIndex, place: u16, units: u32| {
            mix(
                mix(hash, kind << 32 | u64::from(sku.0)),
                u64::from(place) << 32 | u64::from(units),
            )
        };
        match &self.kind {
            ExternalEventKind::Checkout { channel, basket } => {
                let [first, second] =
                    *<&[u8; 2]>::try_from(basket.country.as_bytes()).unwrap_or(&[0; 2]);
                let country = u64::from(first) << 8 | u64::from(second);
                let address = country << 32 | u64::from(basket.postal_code);
                let start = mix(mix(mix(hash, u64::from(channel.0)), basket.buyer), address);
                basket.lines.iter().fold(start, |hash, line| {
                    mix(
                        hash,
                        u64::from(line.listing.0) << 32 | u64::from(line.units),
                    )
                })
            }
            ExternalEventKind::Receive {
                sku,
                location,
                units,
            } => stock(hash, 1, *sku, *location, *units),
            ExternalEventKind::Damage {
                sku,
                location,
                units,
            } => stock(hash, 2, *sku, *location, *units),
            ExternalEventKind::Recount {
                sku,
                location,
                counted,
            } => stock(hash, 3, *sku, *location, *counted),
            ExternalEventKind::Edit {
                channel,
                sku,
                units,
            } => stock(hash, 4, *sku, channel.0, *units),
            ExternalEventKind::Return {
                sku,
                location,
                units,
            } => stock(hash, 5, *sku, *location, *units),
            ExternalEventKind::RemoveUnits {
                channel,
                sku,
                units,
                kind,
                restock,
            } => {
                let way = (*kind as u64) << 1 | u64::from(*restock);
                mix(stock(hash, 6, *sku, channel.0, *units), way)
            }
        }
    }
}

/// A scenario's scripted events in time order, with names resolved.
#[derive(Clone, Debug)]
pub struct Script {
    steps: Vec<Step>,
    next: usize,
    /// SKUs of the present step that have had their turn, for a step of all SKUs.
    done_skus: u32,
    skus: u32,
}

#[derive(Clone, Debug)]
struct Step {
    at: Micros,
    act: Act,
}

#[derive(Clone, Debug)]
enum Act {
    Once(ExternalEventKind),
    /// The same for every SKU, one after the other.
    OfAll(fn(SkuIndex, u16, u32) -> ExternalEventKind, u16, u32),
}

fn received(sku: SkuIndex, location: u16, units: u32) -> ExternalEventKind {
    ExternalEventKind::Receive {
        sku,
        location,
        units,
    }
}

fn damaged(sku: SkuIndex, location: u16, units: u32) -> ExternalEventKind {
    ExternalEventKind::Damage {
        sku,
        location,
        units,
    }
}

impl Script {
    /// Resolves and sorts what the scenario scripts; same instants keep the order of the file.
    ///
    /// # Errors
    /// Names a location, channel or SKU that does not exist, and a SKU that a channel does not list.
    pub fn new(scenario: &Scenario, catalogue: &Catalogue) -> Result<Script, WorldError> {
        let skus = catalogue.skus.len() as u32;
        let location = |code: &str| {
            scenario
                .warehouse
                .locations
                .iter()
                .position(|location| location.code == code)
                .map(|position| position as u16)
                .ok_or_else(|| WorldError::Unknown {
                    what: "location",
                    name: code.to_string(),
                })
        };
        let channel = |name: &str| {
            scenario
                .channels
                .iter()
                .position(|channel| channel.name == name)
                .map(|position| ChannelIndex(position as u16))
                .ok_or_else(|| WorldError::Unknown {
                    what: "channel",
                    name: name.to_string(),
                })
        };
        let sku = |rank: u32| {
            if rank == 0 || rank > skus {
                return Err(WorldError::Unknown {
                    what: "SKU",
                    name: rank.to_string(),
                });
            }
            Ok(SkuIndex(rank - 1))
        };
        let listing = |name: &str, rank: u32| {
            let (channel, sku) = (channel(name)?, sku(rank)?);
            if !catalogue.assortments.lists(channel, sku) {
                return Err(WorldError::NotListed {
                    channel: name.to_string(),
                    sku: catalogue.skus[sku.0 as usize].code.clone(),
                    rank,
                });
            }
            Ok((channel, sku))
        };
        let home = countries::of_scenario(scenario);
        let mut steps = Vec::with_capacity(scenario.happenings.len());
        for (number, happening) in (0u64..).zip(&scenario.happenings) {
            let (at, act) = match happening {
                model::ScriptedEvent::Receive {
                    at,
                    sku: rank,
                    location: code,
                    units,
                } => (
                    *at,
                    Act::Once(received(sku(*rank)?, location(code)?, *units)),
                ),
                model::ScriptedEvent::ReceiveAll {
                    at,
                    location: code,
                    units,
                } => (*at, Act::OfAll(received, location(code)?, *units)),
                model::ScriptedEvent::Damage {
                    at,
                    sku: rank,
                    location: code,
                    units,
                } => (
                    *at,
                    Act::Once(damaged(sku(*rank)?, location(code)?, *units)),
                ),
                model::ScriptedEvent::DamageAll {
                    at,
                    location: code,
                    units,
                } => (*at, Act::OfAll(damaged, location(code)?, *units)),
                model::ScriptedEvent::Recount {
                    at,
                    sku: rank,
                    location: code,
                    counted,
                } => (
                    *at,
                    Act::Once(ExternalEventKind::Recount {
                        sku: sku(*rank)?,
                        location: location(code)?,
                        counted: *counted,
                    }),
                ),
                model::ScriptedEvent::Edit {
                    at,
                    channel: name,
                    sku: rank,
                    units,
                } => {
                    let (channel, sku) = listing(name, *rank)?;
                    let units = *units;
                    (
                        *at,
                        Act::Once(ExternalEventKind::Edit {
                            channel,
                            sku,
                            units,
                        }),
                    )
                }
                model::ScriptedEvent::RemoveUnits {
                    at,
                    channel: name,
                    sku: rank,
                    units,
                    by,
                    restock,
                } => {
                    let (channel, sku) = listing(name, *rank)?;
                    (
                        *at,
                        Act::Once(ExternalEventKind::RemoveUnits {
                            channel,
                            sku,
                            units: *units,
                            kind: match by {
                                model::RemovalBy::Edit => RemovalKind::Edit,
                                model::RemovalBy::Refund => RemovalKind::Refund,
                                model::RemovalBy::Buyer => RemovalKind::BuyerRequest,
                            },
                            restock: *restock,
                        }),
                    )
                }
                model::ScriptedEvent::Checkout {
                    at,
                    channel: name,
                    sku: rank,
                    units,
                } => {
                    let (channel, sku) = listing(name, *rank)?;
                    let line = BasketLine {
                        listing: ListingIndex(sku.0),
                        units: *units,
                    };
                    let basket = Basket {
                        buyer: SCRIPTED_BUYERS + number,
                        lines: vec![line],
                        country: home,
                        postal_code: 10_001,
                    };
                    (
                        *at,
                        Act::Once(ExternalEventKind::Checkout { channel, basket }),
                    )
                }
            };
            steps.push(Step {
                at: scenario.opening + at,
                act,
            });
        }
        steps.sort_by_key(|step| step.at);
        Ok(Script {
            steps,
            next: 0,
            done_skus: 0,
            skus,
        })
    }

    /// When the next scripted thing happens.
    pub fn next_at(&self) -> Option<Micros> {
        self.steps.get(self.next).map(|step| step.at)
    }

    /// The next scripted event. A step of all SKUs gives one a call.
    pub fn take(&mut self) -> Option<ExternalEvent> {
        let step = self.steps.get(self.next)?;
        let kind = match &step.act {
            Act::Once(kind) => {
                self.next += 1;
                kind.clone()
            }
            Act::OfAll(of, location, units) => {
                let sku = SkuIndex(self.done_skus);
                self.done_skus += 1;
                if self.done_skus >= self.skus {
                    self.done_skus = 0;
                    self.next += 1;
                }
                of(sku, *location, *units)
            }
        };
        Some(ExternalEvent { at: step.at, kind })
    }
}
