//! One fault: when and where it strikes, and what is counted of it.

use channel_mocks::core::{CallKind, Called, Distribution, Micros, Seed, Stream};

use super::counts::Counts;
use crate::scenario::model::{CallsOf, Direction, Fault, FaultKind};

/// How long after a message its copy comes, where the fault does not say.
pub const USUAL_GAP: Distribution = Distribution::fixed(Micros::from_secs(1));

/// A fault of the scenario, with its window in the driver's time.
#[derive(Debug)]
pub(super) struct Planned {
    pub fault: Fault,
    pub begins_at: Micros,
    /// The first moment at which it strikes no more.
    pub ends_at: Micros,
    pub counts: Counts,
    /// Keys of its draws, and how many things it could have struck, by place; `None` where it never strikes.
    places: Vec<Option<(u64, u64)>>,
}

impl Planned {
    /// A fault that is not yet set on a clock. `ordinal`: how many of its kind and place came before it. `places` names the
    /// systems; `strikes` says which of them it can strike.
    pub fn new(
        fault: &Fault,
        ordinal: u64,
        seed: Seed,
        places: &[&str],
        strikes: &[bool],
    ) -> Planned {
        let kind = fault.kind.describe().name;
        let at = fault.channel.as_deref().unwrap_or("everywhere");
        let component = format!("fault/{kind}/{at}/{ordinal}");
        let key = |place: &&str| seed.key(&component, place);
        let places = places.iter().zip(strikes);
        Planned {
            fault: fault.clone(),
            begins_at: Micros::MAX,
            ends_at: Micros::MAX,
            counts: Counts::default(),
            places: places
                .map(|(place, strikes)| strikes.then(|| (key(place), 0)))
                .collect(),
        }
    }

    /// Sets it on a clock: windows count from `from`, and nothing goes on at `until`.
    pub fn set(&mut self, from: Micros, until: Micros) {
        self.begins_at = from + self.fault.from;
        let lasts = self.fault.lasts.unwrap_or(Micros::MAX);
        self.ends_at = (self.begins_at + lasts).min(until);
    }

    pub fn kind(&self) -> FaultKind {
        self.fault.kind
    }

    /// Whether it can strike there at all.
    pub fn is_at(&self, place: u16) -> bool {
        self.places
            .get(usize::from(place))
            .is_some_and(Option::is_some)
    }

    /// Whether its window is open.
    pub fn is_open(&self, now: Micros) -> bool {
        self.begins_at <= now && now < self.ends_at
    }

    /// Whether it strikes some calls only.
    pub fn is_restricted(&self) -> bool {
        self.fault.operation.is_some()
            || self.fault.calls.is_some()
            || self.kind() == FaultKind::SignInFails
    }

    /// Whether it strikes calls like this one.
    pub fn concerns(&self, called: Called) -> bool {
        let wanted = match self.kind() {
            FaultKind::SignInFails => Some(CallKind::Token),
            _ => self.fault.calls.map(CallsOf::kind),
        };
        let operation = self.fault.operation.as_deref();
        operation.is_none_or(|name| name == called.operation)
            && wanted.is_none_or(|kind| kind == called.kind)
    }

    /// Whether it strikes what goes this way.
    pub fn goes(&self, way: Direction) -> bool {
        self.fault.direction.is_none_or(|only| only == way)
    }

    /// Something that it could strike: counts it, and gives the draws for it if it is struck.
    pub fn strike(&mut self, now: Micros, place: u16) -> Option<Stream> {
        let (key, seen) = self.places.get_mut(usize::from(place))?.as_mut()?;
        *seen += 1;
        let mut draws = Stream::new(*key, *seen);
        self.counts.eligible += 1;
        let nth = self.counts.eligible;
        let is_its_turn = self.fault.first.is_none_or(|first| nth <= first)
            && self
                .fault
                .every
                .is_none_or(|every| nth.is_multiple_of(every));
        let share = self.fault.probability.unwrap_or(1.0) * self.progress(now);
        (is_its_turn && draws.chance(share)).then_some(draws)
    }

    /// Part of what is struck that is, for faults that grow: all once half of the window is over.
    fn progress(&self, now: Micros) -> f64 {
        match self.kind() {
            FaultKind::VersionSunset => {
                let window = self.ends_at.since(self.begins_at).0 as f64;
                now.since(self.begins_at).0 as f64 / (window / 2.0)
            }
            _ => 1.0,
        }
    }

    /// A delay of the fault's own, or the usual one.
    pub fn delay(&self, draws: &mut Stream) -> Micros {
        self.fault.delay.unwrap_or(USUAL_GAP).draw(draws)
    }
}
