//! A standard message queue in the manner of SQS (docs/platforms/amazon.md 6.4): at least once, in no order, with a visibility
//! timeout and long polling.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use crate::core::random::mix;
use crate::core::{Distribution, FaultCount, Micros, RequestId, Stream, Timer};

use super::Notification;
pub(crate) use super::receipt::{Receipt, Received};
use super::sent::Sent;
pub(crate) use super::sent::{Attribute, AttributeValue};
use crate::amazon::profile;

/// Messages that a queue keeps for a reader who does not come; the oldest are lost when there are more. SQS itself bounds
/// them by the retention alone; memory here is smaller.
const MOST_KEPT: usize = 1_000_000;
/// Bytes of texts that clients put into queues, in all queues together; the oldest are lost when there are more.
const MOST_TEXT_BYTES: usize = 64 << 20;
/// Bytes of a message that a queue takes unless its account says otherwise.
const LONGEST_MESSAGE: usize = 262_144;
/// Messages sent between two looks at what is too old.
const TIDY_EVERY: u64 = 1_024;

/// Where a message stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stand {
    /// Not arrived yet.
    Coming,
    /// Can be received.
    Available,
    /// Received and hidden.
    InFlight,
    /// Deleted; the slot is free.
    Gone,
}

/// One message.
#[derive(Clone, Debug)]
struct Message {
    notification: Notification,
    /// Its number in the queue, unlike any other's.
    number: u64,
    arrived_at: Micros,
    first_received_at: Micros,
    receives: u32,
    stand: Stand,
    /// Whether it has come again after its deletion.
    came_again: bool,
    /// Rises with every plan to make the message visible, so that older plans are known to be void.
    plan: u32,
}

/// A receiver that is waiting for a message.
#[derive(Clone, Debug)]
pub(crate) struct Waiter {
    /// Its request.
    pub(crate) id: RequestId,
    /// When it gives up.
    pub(crate) until: Micros,
    /// The most messages it takes.
    pub(crate) most: usize,
    /// How long they are hidden then.
    pub(crate) visibility: Micros,
    /// Which of the system's attributes it asked for, as a set of their numbers.
    pub(crate) attributes: u8,
    /// The names of the senders' attributes that it asked for.
    pub(crate) asked: Box<[Box<str>]>,
}

/// One queue.
#[derive(Debug)]
pub(crate) struct Queue {
    /// Whose it is: an account and a name together tell queues apart.
    pub(crate) account: Box<str>,
    /// Its name.
    pub(crate) name: String,
    /// How long received messages are hidden unless the call says otherwise.
    pub(crate) visibility: Micros,
    /// Whether the account set that itself; otherwise it is the default.
    pub(crate) own_visibility: bool,
    /// How long a receive waits unless the call says otherwise.
    pub(crate) wait: Micros,
    /// How long messages are kept, where the account set that itself.
    pub(crate) own_retention: Option<Micros>,
    /// How long sent messages take to arrive unless the call says otherwise.
    pub(crate) delay: Micros,
    /// Bytes that a message may have.
    pub(crate) longest_message: usize,
    /// Attributes that the account set and that change nothing here, by name.
    pub(crate) kept: BTreeMap<String, String>,
    /// When it was made.
    pub(crate) created_at: Micros,
    /// When its attributes were last set.
    pub(crate) modified_at: Micros,
    /// When it was last emptied.
    pub(crate) purged_at: Option<Micros>,
    deleted_at: Micros,
    pub(crate) deleted: bool,
    messages: Vec<Message>,
    /// Texts whose messages are gone.
    freed_texts: Vec<u32>,
    /// Texts before this one are lost, and their messages with them.
    texts_from: u32,
    free: Vec<u32>,
    made: u64,
    /// When messages become visible: slot and plan.
    visible: BinaryHeap<Reverse<(Micros, u64, u32, u32)>>,
    plans: u64,
    available: VecDeque<(u32, u32)>,
    /// Messages that can be received, and messages that are hidden.
    pub(crate) counts: [usize; 2],
    /// Who waits for a message, the first to come first.
    pub(crate) waiters: VecDeque<Waiter>,
}

impl Queue {
    fn new(account: &str, name: &str, visibility: Micros, now: Micros) -> Queue {
        Queue {
            account: account.into(),
            name: name.to_owned(),
            visibility,
            own_visibility: false,
            wait: Micros::ZERO,
            own_retention: None,
            delay: Micros::ZERO,
            longest_message: LONGEST_MESSAGE,
            kept: BTreeMap::new(),
            created_at: now,
            modified_at: now,
            purged_at: None,
            deleted_at: Micros::ZERO,
            deleted: false,
            messages: Vec::new(),
            freed_texts: Vec::new(),
            texts_from: 0,
            free: Vec::new(),
            made: 0,
            visible: BinaryHeap::new(),
            plans: 0,
            available: VecDeque::new(),
            counts: [0; 2],
            waiters: VecDeque::new(),
        }
    }

    /// Sends a message that arrives at `at`; its number.
    pub(crate) fn send(&mut self, at: Micros, notification: Notification) -> u64 {
        let message = Message {
            notification,
            number: self.made,
            arrived_at: at,
            first_received_at: at,
            receives: 0,
            stand: Stand::Coming,
            came_again: false,
            plan: 0,
        };
        self.made += 1;
        let slot = match self.free.pop() {
            Some(slot) => {
                let plan = self.messages[slot as usize].plan;
                self.messages[slot as usize] = Message { plan, ..message };
                slot
            }
            None => {
                self.messages.push(message);
                self.messages.len() as u32 - 1
            }
        };
        self.plan(slot, at);
        self.made - 1
    }

    /// Loses what is older than `retention` or too much. A reader would lose it too; this is for queues that nobody reads.
    fn tidy(&mut self, now: Micros, retention: Micros) {
        // Whoever waits for a message is woken by it, and must find it among those to come.
        if !self.waiters.is_empty() {
            return;
        }
        self.refresh(now);
        let retention = self.own_retention.unwrap_or(retention);
        while let Some(&(slot, plan)) = self.available.front() {
            let message = &self.messages[slot as usize];
            let is_there = message.plan == plan && message.stand == Stand::Available;
            let is_old = message.arrived_at + retention <= now;
            if is_there && !is_old && self.available.len() <= MOST_KEPT {
                break;
            }
            self.available.pop_front();
            if is_there {
                self.remove(slot);
            }
        }
    }

    /// Ends the queue: messages on their way are lost too.
    pub(crate) fn delete_queue(&mut self, now: Micros) {
        for slot in 0..self.messages.len() as u32 {
            if self.messages[slot as usize].stand != Stand::Gone {
                self.remove(slot);
            }
        }
        self.available.clear();
        self.visible.clear();
        self.deleted = true;
        self.deleted_at = now;
    }

    fn plan(&mut self, slot: u32, at: Micros) {
        let message = &mut self.messages[slot as usize];
        message.plan = message.plan.wrapping_add(1);
        self.visible
            .push(Reverse((at, self.plans, slot, message.plan)));
        self.plans += 1;
    }

    fn stand(&mut self, slot: u32, stand: Stand) {
        let count = |stand| match stand {
            Stand::Available => Some(0),
            Stand::InFlight => Some(1),
            Stand::Coming | Stand::Gone => None,
        };
        let before = std::mem::replace(&mut self.messages[slot as usize].stand, stand);
        if let Some(place) = count(before) {
            self.counts[place] -= 1;
        }
        if let Some(place) = count(stand) {
            self.counts[place] += 1;
        }
    }

    /// Brings the queue up to `now`.
    pub(crate) fn refresh(&mut self, now: Micros) {
        while let Some(&Reverse((at, _, slot, plan))) = self.visible.peek() {
            let void = self.messages[slot as usize].plan != plan
                || self.messages[slot as usize].stand == Stand::Gone;
            if at > now && !void {
                break;
            }
            self.visible.pop();
            if !void {
                self.stand(slot, Stand::Available);
                self.available.push_back((slot, plan));
            }
        }
    }

    /// Takes up to `most` messages; those older than `retention` are lost.
    pub(crate) fn receive(
        &mut self,
        now: Micros,
        most: usize,
        visibility: Micros,
        retention: Micros,
    ) -> Vec<Received> {
        let retention = self.own_retention.unwrap_or(retention);
        self.refresh(now);
        let mut received = Vec::new();
        while received.len() < most {
            let Some((slot, plan)) = self.available.pop_front() else {
                break;
            };
            let message = &mut self.messages[slot as usize];
            if message.plan != plan || message.stand != Stand::Available {
                continue;
            }
            let text = message.notification.text();
            let is_lost = text.is_some_and(|text| text < self.texts_from);
            if is_lost || message.arrived_at + retention <= now {
                self.remove(slot);
                continue;
            }
            message.receives += 1;
            if message.receives == 1 {
                message.first_received_at = now;
            }
            received.push(Received {
                notification: message.notification,
                number: message.number,
                arrived_at: message.arrived_at,
                first_received_at: message.first_received_at,
                receives: message.receives,
                receipt: Receipt {
                    slot,
                    number: message.number,
                    receives: message.receives,
                },
            });
            self.stand(slot, Stand::InFlight);
            self.plan(slot, now + visibility);
        }
        received
    }

    fn remove(&mut self, slot: u32) {
        self.stand(slot, Stand::Gone);
        let text = self.messages[slot as usize].notification.text();
        self.freed_texts.extend(text);
        self.free.push(slot);
    }

    fn find(&self, receipt: Receipt) -> Option<&Message> {
        self.messages
            .get(receipt.slot as usize)
            .filter(|message| message.number == receipt.number && message.stand != Stand::Gone)
    }

    /// Deletes the message of the newest receipt; an older receipt deletes nothing and is no error. `again` tells of a
    /// message's number after how long it comes again all the same, once.
    pub(crate) fn delete(
        &mut self,
        now: Micros,
        receipt: Receipt,
        again: impl FnOnce(u64) -> Option<Micros>,
    ) {
        self.refresh(now);
        let found = self
            .find(receipt)
            .filter(|message| message.receives == receipt.receives);
        let Some(message) = found else { return };
        let comes_again = if message.came_again {
            None
        } else {
            again(message.number)
        };
        match comes_again {
            None => self.remove(receipt.slot),
            Some(delay) => {
                self.messages[receipt.slot as usize].came_again = true;
                self.stand(receipt.slot, Stand::Coming);
                self.plan(receipt.slot, now + delay);
            }
        }
        self.refresh(now);
    }

    /// Hides a received message until `now + visibility`; tells whether it was hidden at all.
    pub(crate) fn change_visibility(
        &mut self,
        now: Micros,
        receipt: Receipt,
        visibility: Micros,
    ) -> bool {
        self.refresh(now);
        let in_flight = self.find(receipt).is_some_and(|message| {
            message.stand == Stand::InFlight && message.receives == receipt.receives
        });
        if in_flight {
            self.plan(receipt.slot, now + visibility);
            self.refresh(now);
        }
        in_flight
    }

    /// Deletes every message that has arrived.
    pub(crate) fn purge(&mut self, now: Micros) {
        self.purged_at = Some(now);
        self.refresh(now);
        for slot in 0..self.messages.len() as u32 {
            let stand = self.messages[slot as usize].stand;
            if matches!(stand, Stand::Available | Stand::InFlight) {
                self.remove(slot);
            }
        }
        self.available.clear();
        self.refresh(now);
    }
}

/// All queues of the account.
#[derive(Debug)]
pub(crate) struct Queues {
    pub(crate) queues: Vec<Queue>,
    /// The account that calls come from.
    pub(crate) account: Box<str>,
    visibility: Micros,
    retention: Micros,
    redelivery: (f64, Distribution),
    redelivery_key: u64,
    /// Deleted messages, and those that come again.
    pub(crate) redelivered: FaultCount,
    /// Makes the texts of receipts and ids.
    pub(crate) key: u64,
    /// Messages that somebody else than the platform sent.
    texts: BTreeMap<u32, Sent>,
    /// Texts sent so far.
    texts_sent: u32,
    text_bytes: usize,
    /// Queues with a waiting receiver are the only ones whose messages are timers.
    pub(crate) waiting: usize,
}

/// Whether a text can name a standard queue.
pub(crate) fn is_queue_name(name: &str) -> bool {
    (1..=80).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

impl Queues {
    /// Whether a text can be an account: a number of twelve digits, as all of AWS are, or what this shop calls its own.
    pub(crate) fn is_account(&self, text: &str) -> bool {
        let is_number = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number || *text == *self.account
    }

    /// No queue yet.
    pub(crate) fn new(profile: &profile::Queue, key: u64, redelivery_key: u64) -> Queues {
        Queues {
            queues: Vec::new(),
            account: profile.account.as_str().into(),
            visibility: profile.visibility_timeout,
            retention: profile.retention,
            redelivery: (profile.redelivery_share, profile.redelivery_delay),
            redelivery_key,
            redelivered: FaultCount::default(),
            key: key ^ 0x595,
            texts: BTreeMap::new(),
            texts_sent: 0,
            text_bytes: 0,
            waiting: 0,
        }
    }

    /// Takes over another profile from now on; queues whose visibility timeout nobody has set get the new default.
    pub(crate) fn set(&mut self, profile: &profile::Queue) {
        self.visibility = profile.visibility_timeout;
        self.retention = profile.retention;
        self.redelivery = (profile.redelivery_share, profile.redelivery_delay);
        for queue in &mut self.queues {
            if !queue.own_visibility {
                queue.visibility = profile.visibility_timeout;
            }
        }
    }

    /// Deletes the message of a receipt from the n-th queue, as [`Queue::delete`] does.
    pub(crate) fn delete(&mut self, queue: usize, now: Micros, receipt: Receipt) {
        let (share, delay) = self.redelivery;
        let (key, redelivered) = (
            mix(self.redelivery_key, queue as u64),
            &mut self.redelivered,
        );
        self.queues[queue].delete(now, receipt, |number| {
            if share <= 0.0 {
                return None;
            }
            let mut stream = Stream::new(key, number);
            let comes_again = stream.chance(share);
            redelivered.offer(comes_again);
            comes_again.then(|| delay.draw(&mut stream))
        });
    }

    /// The position of an account's queue with this name, deleted or not.
    fn place(&self, account: &str, name: &str) -> Option<usize> {
        let mut queues = self.queues.iter();
        queues.position(|queue| queue.name == name && *queue.account == *account)
    }

    /// The position of an account's queue with this name.
    pub(crate) fn find(&self, account: &str, name: &str) -> Option<usize> {
        self.place(account, name)
            .filter(|&place| !self.queues[place].deleted)
    }

    /// When an account's queue with this name was deleted, if it was and has not come back.
    pub(crate) fn deleted_at(&self, account: &str, name: &str) -> Option<Micros> {
        let gone = &self.queues[self.place(account, name)?];
        gone.deleted.then_some(gone.deleted_at)
    }

    /// The n-th text that somebody sent.
    pub(crate) fn text(&self, number: u32) -> &str {
        self.texts.get(&number).map_or("", |sent| &sent.text)
    }

    /// What the sender of the n-th text added to it.
    pub(crate) fn attributes(&self, number: u32) -> &[Attribute] {
        let sent = self.texts.get(&number);
        sent.map_or(&[], |sent| &sent.attributes)
    }

    /// The group that the n-th text was sent in.
    pub(crate) fn group(&self, number: u32) -> Option<&str> {
        self.texts.get(&number)?.group.as_deref()
    }

    /// Keeps a text that somebody sends with its attributes and its group; its number. Those whose messages are gone are
    /// forgotten, and so are the oldest where there are too many.
    pub(crate) fn keep_text(
        &mut self,
        text: &str,
        attributes: Box<[Attribute]>,
        group: Option<&str>,
    ) -> u32 {
        for queue in &mut self.queues {
            for number in queue.freed_texts.drain(..) {
                if let Some(sent) = self.texts.remove(&number) {
                    self.text_bytes -= sent.bytes();
                }
            }
        }
        let number = self.texts_sent;
        self.texts_sent += 1;
        let sent = Sent {
            text: text.into(),
            attributes,
            group: group.map(Into::into),
        };
        self.text_bytes += sent.bytes();
        self.texts.insert(number, sent);
        while self.text_bytes > MOST_TEXT_BYTES
            && self.texts.len() > 1
            && let Some((lost, sent)) = self.texts.pop_first()
        {
            self.text_bytes -= sent.bytes();
            for queue in &mut self.queues {
                queue.texts_from = lost + 1;
            }
        }
        number
    }

    /// The same, made if there is none.
    pub(crate) fn ensure(&mut self, account: &str, name: &str, now: Micros) -> usize {
        // A queue that was deleted comes back in its place: destinations name it, and go on.
        match self.place(account, name) {
            Some(position) => {
                let queue = &mut self.queues[position];
                if std::mem::take(&mut queue.deleted) {
                    queue.visibility = self.visibility;
                    queue.own_visibility = false;
                    queue.wait = Micros::ZERO;
                    queue.own_retention = None;
                    queue.delay = Micros::ZERO;
                    queue.longest_message = LONGEST_MESSAGE;
                    queue.kept.clear();
                    (queue.created_at, queue.modified_at) = (now, now);
                    queue.purged_at = None;
                }
                position
            }
            None => {
                self.queues
                    .push(Queue::new(account, name, self.visibility, now));
                self.queues.len() - 1
            }
        }
    }

    /// Lets a notification that is sent at `now` arrive in a queue at `at`.
    pub(crate) fn send(
        &mut self,
        queue: usize,
        now: Micros,
        at: Micros,
        notification: Notification,
    ) {
        if let Some(queue) = self.queues.get_mut(queue).filter(|queue| !queue.deleted) {
            queue.send(at, notification);
            if queue.made.is_multiple_of(TIDY_EVERY) {
                queue.tidy(now, self.retention);
            }
        }
    }

    /// The next moment at which a waiting receiver gets something, or gives up.
    pub(crate) fn next_event(&self) -> Option<Timer> {
        if self.waiting == 0 {
            return None;
        }
        let waiting = self.queues.iter().filter(|queue| !queue.waiters.is_empty());
        waiting
            .flat_map(|queue| {
                let message = queue.visible.peek().map(|Reverse((at, ..))| Timer {
                    at: *at,
                    reason: "a message reaches a waiting receiver",
                });
                let end = queue.waiters.iter().map(|waiter| waiter.until).min();
                let end = end.map(|at| Timer {
                    at,
                    reason: "a receiver's wait ends",
                });
                [message, end]
            })
            .flatten()
            .min_by_key(|timer| timer.at)
    }
}

#[cfg(test)]
mod tests;
