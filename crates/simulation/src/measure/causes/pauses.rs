//! When a fault kept an engine from working.

use channel_mocks::core::Micros;

/// Spans of time in their order, none of which overlap.
#[derive(Clone, Debug, Default)]
pub(super) struct Pauses(Vec<Pause>);

#[derive(Copy, Clone, Debug)]
struct Pause {
    from: Micros,
    until: Micros,
    /// How long those before it are together.
    before: Micros,
}

impl Pauses {
    pub fn add(&mut self, from: Micros, until: Micros) {
        let last = self.0.last();
        let before = last.map_or(Micros::ZERO, |it| it.before + it.until.since(it.from));
        self.0.push(Pause {
            from,
            until,
            before,
        });
    }

    /// How much of them lies before an instant.
    fn before(&self, at: Micros) -> Micros {
        let begun = self.0.partition_point(|it| it.from < at);
        let last = begun.checked_sub(1).map(|place| self.0[place]);
        last.map_or(Micros::ZERO, |it| {
            it.before + at.min(it.until).since(it.from)
        })
    }

    /// How much of them lies within a span.
    pub fn within(&self, from: Micros, until: Micros) -> Micros {
        self.before(until.max(from)).since(self.before(from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_within_a_span_is_added_up() {
        let mut pauses = Pauses::default();
        assert_eq!(pauses.within(Micros::ZERO, Micros::MAX), Micros::ZERO);
        for (from, until) in [(10, 20), (30, 31), (40, 60)] {
            pauses.add(Micros(from), Micros(until));
        }
        for (from, until, within) in [
            (0, 10, 0),
            (0, 15, 5),
            (12, 18, 6),
            (15, 45, 11),
            (25, 28, 0),
            (50, 99, 10),
            (70, 60, 0),
        ] {
            let found = pauses.within(Micros(from), Micros(until));
            assert_eq!(found, Micros(within), "{from} to {until}");
        }
        assert_eq!(pauses.within(Micros::ZERO, Micros::MAX), Micros(31));
    }
}
