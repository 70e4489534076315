//! The scenario's buyers, and what befalls the stock, at their set times in platform time: an open model. A thread of its
//! own sleeps from one to the next (the runtime's timers are a millisecond late, a sleeping thread is not), lets go of each
//! at its time, and waits for nobody: what a platform decides comes back by mail. Where a system is so far behind that its
//! mailbox is full, the thread has to wait; what is late by that is counted from its intended time all the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use channel_mocks::core::{
    ActOutcome, Basket, CheckoutOutcome, ListingIndex, LocationIndex, Micros, OrderRef, Seed,
};
use channel_mocks::warehouse::ItemIndex;

use super::clock::PlatformClock;
use super::timing::{Arrival, Timings};
use crate::serve::ledger_task::LedgerInput;
use crate::serve::session::Session;
use crate::serve::system_task::SystemClosed;
use crate::world::{BuyerAct, ChannelIndex, ExternalEventKind, SkuIndex, World};

/// Longest sleep before the clock is looked at again: somebody may have set it.
const LONGEST_SLEEP: Duration = Duration::from_millis(50);

/// Support agents' look-ups while buyers come: Poisson times, each at a channel drawn by its share.
#[derive(Clone, Debug, PartialEq)]
pub struct SupportReads {
    /// The root seed.
    pub seed: Seed,
    /// Look-ups a platform second.
    pub rate: f64,
    /// Each channel's part.
    pub shares: Vec<f64>,
}

/// How far the buyers are; read by others while they come.
#[derive(Debug, Default)]
pub struct Play {
    checkouts: AtomicU64,
    buyers_hash: AtomicU64,
    over: AtomicBool,
    until: AtomicU64,
}

impl Play {
    /// Checkouts let go so far.
    pub fn checkouts(&self) -> u64 {
        self.checkouts.load(Ordering::Relaxed)
    }

    /// Hash over everything from outside so far: at the end equal to that of a run in virtual time.
    pub fn buyers_hash(&self) -> u64 {
        self.buyers_hash.load(Ordering::Relaxed)
    }

    /// Whether the last buyer has come and the time for others is over.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Platform time at which the last buyer may come.
    pub fn until(&self) -> Micros {
        Micros(self.until.load(Ordering::Relaxed))
    }
}

/// What the thread is told.
enum Told {
    /// A platform accepted an order of a buyer who may act on it later.
    Accepted {
        buyer: u64,
        channel: ChannelIndex,
        order: OrderRef,
        lines: Vec<(SkuIndex, u32)>,
        at: Micros,
    },
    /// A platform booked a return whose units can be sold again.
    Returned { sku: SkuIndex, units: u32 },
    /// The life ends.
    Stop,
}

/// The running thread.
#[derive(Debug)]
pub struct Pacer {
    /// How far it is.
    pub play: Arc<Play>,
    told: Sender<Told>,
    thread: JoinHandle<()>,
}

impl Pacer {
    /// Starts to play everything the world has in store; the scenario's zero is platform time `zero`.
    pub fn start(
        house: Arc<Session>,
        world: World,
        zero: Micros,
        demand_from: Micros,
        support: SupportReads,
    ) -> Pacer {
        // At most as many messages as there are acts in the systems' mailboxes: nobody else lets things happen.
        let (told, inbox) = channel();
        let play = Arc::new(Play::default());
        let until = zero + world.demand_ends_at();
        play.until.store(until.0, Ordering::Relaxed);
        let playing = Playing {
            clock: house.clock.clone(),
            timings: house.timings.clone(),
            house,
            world,
            zero,
            later: BTreeMap::new(),
            drawn: 0,
            support,
            support_reads: 0,
            next_support_read: None,
            back: told.clone(),
            play: play.clone(),
        };
        let thread = std::thread::spawn(move || playing.run(&inbox, demand_from));
        Pacer { play, told, thread }
    }

    /// Ends the thread; waits for it.
    pub fn stop(self) {
        // It may have ended by itself, when a system was gone.
        let _ = self.told.send(Told::Stop);
        let _ = self.thread.join();
    }
}

/// An act on an order that is still to come.
struct Later {
    channel: ChannelIndex,
    order: OrderRef,
    act: BuyerAct,
    lines: Vec<(SkuIndex, u32)>,
}

struct Playing {
    house: Arc<Session>,
    clock: Arc<PlatformClock>,
    timings: Arc<dyn Timings>,
    world: World,
    zero: Micros,
    /// By time, and by the order in which they were drawn; at most one for each accepted order.
    later: BTreeMap<(Micros, u64), Later>,
    drawn: u64,
    support: SupportReads,
    support_reads: u64,
    next_support_read: Option<Micros>,
    back: Sender<Told>,
    play: Arc<Play>,
}

/// What is due next.
enum Due {
    ExternalEvent,
    Later,
    SupportRead,
    /// No more buyers: their time is over.
    End,
}

impl Playing {
    fn run(mut self, inbox: &Receiver<Told>, demand_from: Micros) {
        let mut next = self.world.next_external_event();
        self.schedule_support_read(self.zero + demand_from);
        loop {
            let happening_at = next.as_ref().map(|happening| self.zero + happening.at);
            let due = self.due(happening_at);
            let wait = match due {
                Some((at, _)) => self.clock.until(at),
                None => LONGEST_SLEEP,
            };
            match inbox.recv_timeout(wait.min(LONGEST_SLEEP)) {
                Ok(Told::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(told) => {
                    if self.take(told).is_err() {
                        return;
                    }
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let Some((at, what)) = due.filter(|(at, _)| self.clock.now() >= *at) else {
                continue;
            };
            let done = match what {
                Due::ExternalEvent => match next.take() {
                    Some(happening) => {
                        let hash = happening.fold_into(self.play.buyers_hash());
                        self.play.buyers_hash.store(hash, Ordering::Relaxed);
                        next = self.world.next_external_event();
                        self.happen(at, happening.what)
                    }
                    None => Ok(()),
                },
                Due::Later => self.act_later(at),
                Due::SupportRead => self.support_read(at),
                Due::End => {
                    self.play.over.store(true, Ordering::Release);
                    Ok(())
                }
            };
            if done.is_err() {
                return;
            }
        }
    }

    /// The earliest of what is to come; at one instant things from outside come first.
    fn due(&self, happening_at: Option<Micros>) -> Option<(Micros, Due)> {
        let end = (happening_at.is_none() && !self.play.is_over()).then(|| self.play.until());
        let later = self.later.first_key_value().map(|((at, _), _)| *at);
        [
            happening_at.map(|at| (at, Due::ExternalEvent)),
            later.map(|at| (at, Due::Later)),
            self.next_support_read.map(|at| (at, Due::SupportRead)),
            end.map(|at| (at, Due::End)),
        ]
        .into_iter()
        .flatten()
        .min_by_key(|(at, _)| *at)
    }

    fn take(&mut self, told: Told) -> Result<(), SystemClosed> {
        match told {
            Told::Stop => Ok(()),
            Told::Accepted {
                buyer,
                channel,
                order,
                lines,
                at,
            } => {
                if let Some(next) = self.world.follow_up(buyer, at.since(self.zero)) {
                    let act = Later {
                        channel,
                        order,
                        act: next.act,
                        lines,
                    };
                    self.drawn += 1;
                    self.later.insert((self.zero + next.at, self.drawn), act);
                }
                Ok(())
            }
            Told::Returned { sku, units } => {
                let (item, location) = (ItemIndex(sku.0), self.house.returns_to);
                self.house.warehouse.post(move |warehouse, now| {
                    warehouse.return_units(now, item, location, units);
                    Vec::new()
                })
            }
        }
    }

    fn happen(&mut self, intended: Micros, what: ExternalEventKind) -> Result<(), SystemClosed> {
        let arrival = self.arrival(intended);
        let place = |sku: SkuIndex, location: u16| (ItemIndex(sku.0), LocationIndex(location));
        match what {
            ExternalEventKind::Checkout { channel, basket } => {
                self.play.checkouts.fetch_add(1, Ordering::Relaxed);
                self.checkout(arrival, channel, basket)
            }
            ExternalEventKind::Receive {
                sku,
                location,
                units,
            } => {
                let (item, location) = place(sku, location);
                self.house.warehouse.post(move |warehouse, now| {
                    arrival.note(now);
                    warehouse.receive(now, item, location, units);
                    Vec::new()
                })
            }
            ExternalEventKind::Damage {
                sku,
                location,
                units,
            } => {
                let (item, location) = place(sku, location);
                self.house.warehouse.post(move |warehouse, now| {
                    arrival.note(now);
                    warehouse.damage(now, item, location, units);
                    Vec::new()
                })
            }
            ExternalEventKind::Recount {
                sku,
                location,
                counted,
            } => {
                let (item, location) = place(sku, location);
                self.house.warehouse.post(move |warehouse, now| {
                    arrival.note(now);
                    warehouse.recount(now, item, location, counted);
                    Vec::new()
                })
            }
            ExternalEventKind::Return {
                sku,
                location,
                units,
            } => {
                let (item, location) = place(sku, location);
                self.house.warehouse.post(move |warehouse, now| {
                    arrival.note(now);
                    warehouse.return_units(now, item, location, units);
                    Vec::new()
                })
            }
            ExternalEventKind::Edit {
                channel,
                sku,
                units,
            } => {
                let listing = ListingIndex(sku.0);
                self.house.channels[usize::from(channel.0)]
                    .mail
                    .post(move |shop, now| {
                        arrival.note(now);
                        shop.edit_count(now, listing, i64::from(units));
                        Vec::new()
                    })
            }
        }
    }

    fn arrival(&self, intended: Micros) -> OnItsWay {
        OnItsWay {
            intended,
            sent_at: self.clock.now(),
            clock: self.clock.clone(),
            timings: self.timings.clone(),
        }
    }

    fn checkout(
        &self,
        arrival: OnItsWay,
        channel: ChannelIndex,
        basket: Basket,
    ) -> Result<(), SystemClosed> {
        let back = self.back.clone();
        let mail = &self.house.channels[usize::from(channel.0)].mail;
        mail.post(move |shop, now| {
            arrival.note(now);
            let outcome = shop.checkout(now, &basket);
            let native_id = match outcome {
                CheckoutOutcome::Accepted(order) => {
                    let lines = basket.lines.iter();
                    // The thread is gone when the life ends; nobody acts on the order then.
                    let _ = back.send(Told::Accepted {
                        buyer: basket.buyer,
                        channel,
                        order,
                        lines: lines
                            .map(|line| (SkuIndex(line.listing.0), line.units))
                            .collect(),
                        at: now,
                    });
                    Some(shop.native_order_id(order))
                }
                CheckoutOutcome::Refused { .. } => None,
            };
            vec![LedgerInput::Checkout {
                channel,
                basket,
                outcome,
                native_id,
            }]
        })
    }

    /// A buyer cancels, or sends a whole order back: the platform books the return line by line, and units that can be
    /// sold again reach the shelf.
    fn act_later(&mut self, intended: Micros) -> Result<(), SystemClosed> {
        let Some((_, later)) = self.later.pop_first() else {
            return Ok(());
        };
        let arrival = self.arrival(intended);
        let back = self.back.clone();
        let Later {
            channel,
            order,
            act,
            lines,
        } = later;
        let mail = &self.house.channels[usize::from(channel.0)].mail;
        mail.post(move |shop, now| {
            arrival.note(now);
            match act {
                BuyerAct::Cancel => {
                    shop.cancel_by_buyer(now, order);
                }
                BuyerAct::Return { restockable } => {
                    for (line, (sku, units)) in lines.into_iter().enumerate() {
                        let outcome = shop.return_units(now, order, line, units, false);
                        if restockable && outcome == ActOutcome::Done {
                            let _ = back.send(Told::Returned { sku, units });
                        }
                    }
                }
            }
            Vec::new()
        })
    }

    fn support_read(&mut self, at: Micros) -> Result<(), SystemClosed> {
        let mut stream = self.stream("channel");
        let draw = stream.uniform() * self.support.shares.iter().sum::<f64>();
        let mut sum = 0.0;
        let position = self.support.shares.iter().position(|share| {
            sum += share;
            draw < sum
        });
        let channel = ChannelIndex(position.unwrap_or(0) as u16);
        self.support_reads += 1;
        self.schedule_support_read(at);
        let note = LedgerInput::SupportRead { channel };
        self.house.books.post(self.clock.now(), vec![note])
    }

    /// The draws are those of virtual time, so that the same look-ups come at the same times.
    fn schedule_support_read(&mut self, after: Micros) {
        self.next_support_read = None;
        if self.support.rate <= 0.0 || self.support.shares.is_empty() {
            return;
        }
        let gap = self.stream("gap").exponential(1.0 / self.support.rate);
        let at = after + Micros::from_secs_f64(gap);
        if at < self.play.until() {
            self.next_support_read = Some(at);
        }
    }

    fn stream(&self, purpose: &str) -> channel_mocks::core::Stream {
        self.support
            .seed
            .stream("support", purpose, self.support_reads)
    }
}

/// Something let go of and not yet taken up.
struct OnItsWay {
    intended: Micros,
    sent_at: Micros,
    clock: Arc<PlatformClock>,
    timings: Arc<dyn Timings>,
}

impl OnItsWay {
    /// The system has taken it up, and dates it with `dated`.
    fn note(&self, dated: Micros) {
        let arrival = Arrival {
            intended: self.intended,
            sent_at: self.sent_at,
            dated,
            taken_up_at: self.clock.now(),
        };
        self.timings.arrived(&arrival, self.clock.speed());
    }
}
