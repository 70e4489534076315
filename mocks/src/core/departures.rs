//! When webhooks leave, and how they go wrong on the way: lost, doubled, held back, wrongly signed.

use super::faults::FaultCounts;
use super::stall::Stall;
use oversell_kernel::random::mix;
use oversell_kernel::{Distribution, Micros, Stream};

/// What tells the draws of reordering and of signatures from those of delays.
const REORDER: u64 = 1;
const WRONG_SIGNATURE: u64 = 2;

/// What a profile says of the way of a webhook.
#[derive(Copy, Clone, Debug)]
pub(crate) struct DepartureRules<'a> {
    /// From the event to the first try.
    pub(crate) delay: &'a Distribution,
    /// Whether events leave in the order in which they arose; otherwise each by its own delay.
    pub(crate) in_order: bool,
    /// Share of webhooks that are sent twice.
    pub(crate) duplicate_share: f64,
    /// How much later than by its own delay the second of those leaves.
    pub(crate) duplicate_delay: &'a Distribution,
    /// Share of webhooks that are never sent.
    pub(crate) drop_share: f64,
    /// Share of webhooks that are held back beyond their delay, whatever `in_order` says.
    pub(crate) reorder_share: f64,
    /// How long those are held back.
    pub(crate) reorder_delay: &'a Distribution,
    /// Spells in which nothing leaves.
    pub(crate) stalls: &'a [Stall],
}

/// The draws that decide it, of one shop.
#[derive(Debug)]
pub(crate) struct Departures {
    key: u64,
    /// Webhooks planned so far; keys their draws.
    planned: u64,
    /// Tries so far, of all webhooks; keys the draws of their signatures.
    tries: u64,
    /// When the latest webhook leaves, where they keep their order.
    last_leaves_at: Micros,
}

impl Departures {
    /// Draws by this key.
    pub(crate) fn new(key: u64) -> Departures {
        Departures {
            key,
            planned: 0,
            tries: 0,
            last_leaves_at: Micros::ZERO,
        }
    }

    /// When the next webhook leaves, and when its double does. `usual` is the delay of the profile that something is laid
    /// over, if something is.
    pub(crate) fn plan(
        &mut self,
        now: Micros,
        rules: DepartureRules<'_>,
        usual: Option<&Distribution>,
        faults: &mut FaultCounts,
    ) -> [Option<Micros>; 2] {
        self.planned += 1;
        let mut stream = Stream::new(self.key, self.planned);
        let dropped = stream.chance(rules.drop_share);
        let duplicated = stream.chance(rules.duplicate_share);
        let delays = [
            (!dropped).then(|| rules.delay.draw(&mut stream)),
            duplicated
                .then(|| rules.delay.draw(&mut stream) + rules.duplicate_delay.draw(&mut stream)),
        ];
        faults
            .dropped_signal
            .offer_if(rules.drop_share > 0.0, dropped);
        faults
            .duplicated_signal
            .offer_if(rules.duplicate_share > 0.0, duplicated);
        let mut held_back = None;
        if rules.reorder_share > 0.0 {
            let mut stream = Stream::new(mix(self.key, REORDER), self.planned);
            if stream.chance(rules.reorder_share) {
                held_back = Some(rules.reorder_delay.draw(&mut stream));
            }
            faults.reordered_signal.offer(held_back.is_some());
        }
        delays.map(|delay| {
            let leaves_at = now + delay? + held_back.unwrap_or(Micros::ZERO);
            let mut at = Stall::after(rules.stalls, leaves_at);
            if rules.in_order && held_back.is_none() {
                at = at.max(self.last_leaves_at);
                self.last_leaves_at = at;
            }
            if let Some(usual) = usual {
                faults.late_signal.offer(at > now + usual.usually_within());
            }
            Some(at)
        })
    }

    /// Whether the next try carries a signature that is not its body's, as `share` of all do.
    pub(crate) fn is_wrongly_signed(&mut self, share: f64, faults: &mut FaultCounts) -> bool {
        self.tries += 1;
        let is_wrong =
            share > 0.0 && Stream::new(mix(self.key, WRONG_SIGNATURE), self.tries).chance(share);
        faults.wrongly_signed_signal.offer_if(share > 0.0, is_wrong);
        is_wrong
    }
}
