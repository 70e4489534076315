//! What is lent was decided with the delays of its time, and stays lent for as long as nothing happens to the SKU. Deciding about the
//! whole catalogue whenever a delay changes costs more calls than it saves (docs/budget.md). But when news takes many times as long
//! as it did, as after webhooks have fallen silent, every loan is dearer than the budget can bear: then the price is worked out at
//! once, and what is lent is decided about anew.

use super::super::super::super::canonical::ChannelIndex;

/// Seconds that news may take on average before anything is decided anew (chosen: eight times what is believed before any is measured;
/// at half of it loans were taken back on ordinary days of slow products as well).
const USUAL_SECONDS: f64 = 40.0;
/// Loans are decided about again each time that news takes so many times as long as it did the last time (chosen) ...
const TIMES: f64 = 2.0;
/// ... and so many times in all, whenever the price is worked out: writes that have become late as well are measured by then (chosen).
const LOOKS: u32 = 4;

/// How long news took when loans were decided about last.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct LateNews {
    /// By channel, seconds; no less than what makes [`USUAL_SECONDS`] the first to be too long.
    decided_with: Vec<f64>,
    looks_left: u32,
}

impl LateNews {
    pub(super) fn new(channels: usize) -> LateNews {
        LateNews {
            decided_with: vec![USUAL_SECONDS / TIMES; channels],
            looks_left: 0,
        }
    }

    /// News of a channel takes so many seconds on average; whether everything that is lent has to be decided about for it at once.
    pub(super) fn takes(&mut self, channel: ChannelIndex, seconds: f64) -> bool {
        let Some(decided_with) = self.decided_with.get_mut(usize::from(channel.0)) else {
            return false;
        };
        if seconds > *decided_with * TIMES {
            *decided_with = seconds;
            self.looks_left = LOOKS;
            return true;
        }
        // What has become quick again may become late again.
        *decided_with = decided_with.min(seconds.max(USUAL_SECONDS / TIMES));
        false
    }

    /// Whether loans are to be decided about where the price is worked out now, which they are then.
    pub(super) fn take_due(&mut self) -> bool {
        let is_due = self.looks_left > 0;
        self.looks_left = self.looks_left.saturating_sub(1);
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_doubling_beyond_the_usual_is_told_once() {
        let mut news = LateNews::new(2);
        let channel = ChannelIndex(1);
        let mut told = |seconds| news.takes(channel, seconds);
        assert!(!told(5.0) && !told(39.0) && !told(40.0));
        assert!(told(41.0) && !told(60.0) && !told(82.0));
        assert!(told(83.0) && !told(83.0));
        assert!(!told(9.0) && told(41.0), "quick for a time, and late again");
        let looks = (0..9).filter(|_| news.take_due()).count();
        assert_eq!(looks, LOOKS as usize);
    }
}
