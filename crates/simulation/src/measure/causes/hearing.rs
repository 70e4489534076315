//! How soon the news of a channel comes, and when nobody told because a fault had removed the engine's subscriptions there.

use channel_mocks::core::Micros;

/// The subscriptions were gone.
#[derive(Copy, Clone, Debug)]
struct Silence {
    /// The fault, by its place in the scenario.
    fault: u16,
    from: Micros,
    until: Micros,
}

/// The news of one channel.
#[derive(Clone, Debug, Default)]
pub(super) struct Hearing {
    /// Changes of which it told while the engine was subscribed and no fault struck, and the time that this took it for all of
    /// them.
    times: u64,
    took: Micros,
    silences: Vec<Silence>,
}

impl Hearing {
    /// The channel has told of a change, and no fault struck the message.
    pub fn heard(&mut self, happened_at: Micros, left_at: Micros) {
        if self.silence_at(happened_at).is_none() {
            self.times += 1;
            self.took += left_at.since(happened_at);
        }
    }

    /// A fault has removed the subscriptions.
    pub fn unsubscribed(&mut self, at: Micros, fault: u16) {
        self.subscribed(at);
        self.silences.push(Silence {
            fault,
            from: at,
            until: Micros::MAX,
        });
    }

    /// There is one again.
    pub fn subscribed(&mut self, at: Micros) {
        if let Some(last) = self.silences.last_mut() {
            last.until = last.until.min(at);
        }
    }

    fn silence_at(&self, at: Micros) -> Option<&Silence> {
        let mut silences = self.silences.iter();
        silences.find(|it| (it.from..it.until).contains(&at))
    }

    /// The fault because of which nobody told of a change when it happened, and by how much sooner the channel had told of it: as
    /// soon as of others in the mean.
    pub fn missed(&self, happened_at: Micros, left_at: Micros) -> Option<(u16, Micros)> {
        let silence = self.silence_at(happened_at)?;
        let usual = Micros(self.took.0 / self.times.max(1));
        Some((silence.fault, left_at.since(happened_at).since(usual)))
    }
}
