//! A scenario whose buyers come from an order log instead of its phases.

use channel_mocks::core::Micros;

use super::model::{ReplaySettings, Scenario};

/// Orders of the last minute may be put anywhere inside it.
const LAST_MINUTE: Micros = Micros::from_secs(60);

/// How long a log that spans so much time lasts when it runs so many times faster than it was, in seconds.
pub fn lasting_s(span: Micros, compression: f64) -> f64 {
    (span + LAST_MINUTE).as_secs_f64() / compression
}

/// How many times faster than it was a log that spans so much time has to run to last no longer than `duration`; at least once.
pub fn compression_to_fit(span: Micros, duration: Micros) -> f64 {
    let ratio = (span + LAST_MINUTE).0 as f64 / duration.0.max(1) as f64;
    ((ratio * 100.0).ceil() / 100.0).max(1.0)
}

impl Scenario {
    /// The same with the buyers of a log that spans so much time, made so much faster that it lasts no longer than the
    /// scenario. A scenario that replays anyhow stays as it is.
    ///
    /// # Errors
    /// The channel with opening hours: a log has its channels from its lines, whatever the hour.
    pub fn replaying(mut self, span: Micros) -> Result<Scenario, String> {
        if self.replay.is_some() {
            return Ok(self);
        }
        let with_hours = self
            .channels
            .iter()
            .find(|it| it.opens_at.is_some() || it.closes_at.is_some());
        if let Some(channel) = with_hours {
            return Err(channel.name.clone());
        }
        self.demand.phases.clear();
        self.replay = Some(ReplaySettings {
            time_compression: compression_to_fit(span, self.duration),
            quantity_cap: None,
            lines_cap: None,
            orders_hash: None,
            stock_hash: None,
            corrections: false,
        });
        Ok(self)
    }
}
