//! What a channel's limits let through: its write calls, and when the next one would have had to wait.

use channel_mocks::core::{CallOutcome, Micros, WriteRoom};

use crate::world::ledger::Strike;

/// Faults that struck messages, in the order of time; later ones of more than this are not kept.
const MOST_STRIKES: usize = 100_000;

/// Calls that are kept. Of more the older half is forgotten; a wait that has lasted since then is taken for the engine's own.
const MOST_CALLS: usize = 1 << 20;

/// The write calls of one channel.
#[derive(Clone, Debug, Default)]
pub(super) struct ChannelCalls {
    /// When the engine let go of each.
    sent: Vec<Micros>,
    /// When the limit had no room, or had refused a call and no other had been tried since. They do not overlap.
    held: Vec<(Micros, Micros)>,
    refused: Vec<Micros>,
    refused_since: Option<Micros>,
    /// How many calls a second the limit lets in for good; 0 before the first.
    pub per_second: f64,
    /// Calls that write, struck on their way, by when they were sent.
    writes_struck: Vec<(Micros, Strike)>,
    /// Calls that read, the same.
    reads_struck: Vec<(Micros, Strike)>,
}

impl ChannelCalls {
    pub fn called(&mut self, at: Micros, sent_at: Micros, outcome: CallOutcome, room: WriteRoom) {
        match self.sent.last() {
            Some(last) if *last > sent_at => {
                let place = self.sent.partition_point(|it| *it <= sent_at);
                self.sent.insert(place, sent_at);
            }
            _ => self.sent.push(sent_at),
        }
        if self.sent.len() > MOST_CALLS {
            self.forget();
        }
        if let Some(since) = self.refused_since.take() {
            self.hold(since, sent_at);
        }
        if outcome == CallOutcome::Throttled {
            self.refused.push(at);
            self.refused_since = Some(at);
        }
        self.per_second = room.per_second;
        if room.wait > Micros::ZERO {
            self.hold(at, Micros(at.0.saturating_add(room.wait.0)));
        }
    }

    fn forget(&mut self) {
        let from = self.sent[MOST_CALLS / 2];
        self.sent.drain(..MOST_CALLS / 2);
        self.refused.retain(|at| *at >= from);
        self.held.retain(|(_, until)| *until >= from);
    }

    fn hold(&mut self, from: Micros, until: Micros) {
        match self.held.last_mut() {
            Some((_, last)) if from <= *last => *last = (*last).max(until),
            _ if from < until => self.held.push((from, until)),
            _ => {}
        }
    }

    /// How much of a span the limit had no room in.
    pub fn held_within(&self, from: Micros, until: Micros) -> Micros {
        let first = self.held.partition_point(|(_, end)| *end <= from);
        let spans = self.held.iter().skip(first);
        let spans = spans.take_while(|(start, _)| *start < until);
        let of_refusal = self.refused_since.map(|since| (since, Micros::MAX));
        let last = self.held.last().map_or(Micros::ZERO, |(_, end)| *end);
        let open = of_refusal.map(|(since, end)| (since.max(last), end));
        let within = spans.copied().chain(open).map(|(start, end)| {
            let (start, end) = (start.max(from), end.min(until));
            end.0.saturating_sub(start.0)
        });
        Micros(within.sum())
    }

    /// The first call sent from one time on and before another.
    pub fn first_sent(&self, from: Micros, before: Micros) -> Option<Micros> {
        let place = self.sent.partition_point(|it| *it < from);
        self.sent.get(place).copied().filter(|it| *it < before)
    }

    /// How many were sent from one time on and before another.
    pub fn sent_within(&self, from: Micros, before: Micros) -> usize {
        let first = self.sent.partition_point(|it| *it < from);
        let last = self.sent.partition_point(|it| *it < before);
        last.saturating_sub(first)
    }

    /// The first call that was refused in a span.
    pub fn first_refused(&self, from: Micros, until: Micros) -> Option<Micros> {
        let place = self.refused.partition_point(|it| *it < from);
        self.refused.get(place).copied().filter(|it| *it < until)
    }

    pub fn write_struck(&mut self, at: Micros, strike: Strike) {
        keep(&mut self.writes_struck, at, strike);
    }

    pub fn read_struck(&mut self, at: Micros, strike: Strike) {
        keep(&mut self.reads_struck, at, strike);
    }

    /// What struck the write that was sent at this time, if it arrived.
    pub fn struck_write(&self, sent_at: Micros) -> Option<Strike> {
        let place = self.writes_struck.partition_point(|(at, _)| *at < sent_at);
        let (at, strike) = self.writes_struck.get(place)?;
        (*at == sent_at).then_some(*strike)
    }

    /// The first write in a span that never came through.
    pub fn lost_write(&self, from: Micros, until: Micros) -> Option<(Micros, Strike)> {
        first_lost(&self.writes_struck, from, until)
    }

    /// The first read in a span that never came through.
    pub fn lost_read(&self, from: Micros, until: Micros) -> Option<(Micros, Strike)> {
        first_lost(&self.reads_struck, from, until)
    }
}

fn keep(strikes: &mut Vec<(Micros, Strike)>, at: Micros, strike: Strike) {
    if strikes.len() < MOST_STRIKES {
        strikes.push((at, strike));
    }
}

fn first_lost(
    strikes: &[(Micros, Strike)],
    from: Micros,
    until: Micros,
) -> Option<(Micros, Strike)> {
    let place = strikes.partition_point(|(at, _)| *at < from);
    let in_span = strikes.iter().skip(place);
    let mut in_span = in_span.take_while(|(at, _)| *at < until);
    in_span
        .find(|(_, strike)| strike.late_by == Micros::MAX)
        .copied()
}
