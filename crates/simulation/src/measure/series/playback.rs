//! The worst SKU, moment by moment, to be played again: what was there, what each channel displayed, what was sold.
//!
//! Which SKU that is is known at the end only. Each keeps a frame for every change of it, up to a number; when it is reached,
//! the shortest time between frames of this SKU becomes twice as long. There is room for so many frames over all; when it is
//! used up, the SKUs that have had the least trouble are forgotten, and begin anew if they have any later.

use std::cmp::Reverse;

use channel_mocks::core::Micros;
use serde::{Deserialize, Serialize};

use crate::measure::by_sku;
use crate::world::ledger::Entry;
use crate::world::{ChannelIndex, SkuIndex};

/// Most frames of one SKU.
pub const MOST_FRAMES: usize = 2_000;
/// Most frames over all SKUs; with four channels some thirty megabytes.
const MOST_FRAMES_OF_ALL: usize = 200_000;
/// The time between frames that the first thinning leaves.
const FIRST_SPACING: Micros = Micros(10_000);

/// How things stood from a moment on. In files: `[at_s, sellable, [displayed ...], oversold, [sold ...]]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "FrameTuple", into = "FrameTuple")]
pub struct Frame {
    /// Seconds since the scenario's start.
    pub at_s: f64,
    /// What could be sold; negative when more was sold than there was.
    pub sellable: i64,
    /// What each channel displayed; nothing while nothing has told.
    pub displayed: Vec<Option<i64>>,
    /// Units oversold until then, over all channels.
    pub oversold_units: u64,
    /// Units sold until then, by channel.
    pub sold_units: Vec<u64>,
}

type FrameTuple = (f64, i64, Vec<Option<i64>>, u64, Vec<u64>);

impl From<FrameTuple> for Frame {
    fn from((at_s, sellable, displayed, oversold_units, sold_units): FrameTuple) -> Frame {
        Frame {
            at_s,
            sellable,
            displayed,
            oversold_units,
            sold_units,
        }
    }
}

impl From<Frame> for FrameTuple {
    fn from(frame: Frame) -> FrameTuple {
        (
            frame.at_s,
            frame.sellable,
            frame.displayed,
            frame.oversold_units,
            frame.sold_units,
        )
    }
}

/// What became of the worst SKU, `playback/STRATEGY.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Playback {
    /// The SKU's position in the catalogue, 1 the most popular.
    pub sku: u32,
    /// Names of the channels, in the order of the frames' members.
    pub channels: Vec<String>,
    /// By time, at most two thousand.
    pub frames: Vec<Frame>,
}

/// Displayed count of a channel and units sold there.
type OnChannel = (Option<i64>, u64);

#[derive(Copy, Clone, Debug, Default)]
struct Taken {
    at: Micros,
    sellable: i64,
    oversold: u64,
}

#[derive(Clone, Debug, Default)]
struct Past {
    oversold: u64,
    rejected_in_stock: u64,
    sellable: i64,
    channels: Vec<OnChannel>,
    frames: Vec<Taken>,
    /// Of each frame one after the other, as many as there are channels.
    of_frames: Vec<OnChannel>,
    spacing: Micros,
}

impl Past {
    fn channel(&mut self, channel: ChannelIndex, channels: usize) -> &mut OnChannel {
        if self.channels.is_empty() {
            self.channels.resize_with(channels, Default::default);
        }
        &mut self.channels[usize::from(channel.0)]
    }

    /// Takes a frame; gives by how many there are more or fewer now.
    fn take(&mut self, at: Micros) -> isize {
        let before = self.frames.len();
        let now = Taken {
            at,
            sellable: self.sellable,
            oversold: self.oversold,
        };
        let channels = std::mem::take(&mut self.channels);
        self.put(now, &channels);
        let width = channels.len();
        self.channels = channels;
        while self.frames.len() > MOST_FRAMES {
            self.spacing = match self.spacing {
                Micros::ZERO => FIRST_SPACING,
                longer => Micros(longer.0 * 2),
            };
            let frames = std::mem::take(&mut self.frames);
            let of_frames = std::mem::take(&mut self.of_frames);
            for (frame, channels) in frames.into_iter().zip(of_frames.chunks_exact(width)) {
                self.put(frame, channels);
            }
        }
        self.frames.len() as isize - before as isize
    }

    /// Adds a frame, in the last one's place if that is of the same stretch of time.
    fn put(&mut self, frame: Taken, channels: &[OnChannel]) {
        let spacing = self.spacing;
        match self.frames.last_mut() {
            Some(last) if stretch(last.at, spacing) == stretch(frame.at, spacing) => {
                let at = last.at;
                *last = Taken { at, ..frame };
                let from = self.of_frames.len() - channels.len();
                self.of_frames[from..].copy_from_slice(channels);
            }
            _ => {
                self.frames.push(frame);
                self.of_frames.extend_from_slice(channels);
            }
        }
    }

    /// Gives up the frames; tells how many there were.
    fn forget(&mut self) -> usize {
        self.of_frames = Vec::new();
        std::mem::take(&mut self.frames).len()
    }

    fn trouble(&self) -> (u64, u64) {
        (self.oversold, self.rejected_in_stock)
    }
}

/// The number of the stretch of time that a moment is in.
fn stretch(at: Micros, spacing: Micros) -> u64 {
    at.0 / spacing.0.max(1)
}

/// Takes the ledger's entries.
#[derive(Clone, Debug)]
pub struct PlaybackRecorder {
    channels: usize,
    skus: Vec<Past>,
    frames: usize,
}

impl PlaybackRecorder {
    /// For so many channels.
    pub fn new(channels: usize) -> PlaybackRecorder {
        PlaybackRecorder {
            channels,
            skus: Vec::new(),
            frames: 0,
        }
    }

    /// Whether an entry says anything about what can be played again.
    pub fn wants(entry: &Entry) -> bool {
        matches!(
            entry,
            Entry::Accepted { .. }
                | Entry::Refused { in_stock: true, .. }
                | Entry::Displayed { .. }
                | Entry::Stock { .. }
        )
    }

    /// Takes an entry.
    pub fn record(&mut self, at: Micros, entry: &Entry) {
        let (sku, begins) = match *entry {
            Entry::Accepted {
                channel,
                sku,
                units,
                oversold_units,
                displayed,
                shared_after,
                own_units,
                ..
            } => {
                let past = by_sku::row(&mut self.skus, sku);
                past.oversold += u64::from(oversold_units);
                past.sellable = shared_after;
                let channel = past.channel(channel, self.channels);
                let sold = if own_units { 0 } else { i64::from(units) };
                channel.0 = Some(displayed - sold);
                channel.1 += u64::from(units);
                (sku, true)
            }
            Entry::Refused {
                sku,
                units,
                in_stock: true,
                ..
            } => {
                let past = by_sku::row(&mut self.skus, sku);
                past.rejected_in_stock += u64::from(units);
                return;
            }
            Entry::Displayed {
                channel,
                sku,
                to,
                sellable,
                ..
            } => {
                let past = by_sku::row(&mut self.skus, sku);
                let known = past.channel(channel, self.channels).0.replace(to);
                // Many a write only confirms what is shown.
                if std::mem::replace(&mut past.sellable, sellable) == sellable && known == Some(to)
                {
                    return;
                }
                (sku, true)
            }
            Entry::Stock { sku, delta } => {
                by_sku::row(&mut self.skus, sku).sellable += delta;
                // Until something has told what is there, nothing can be added to it.
                (sku, false)
            }
            _ => return,
        };
        let past = by_sku::row(&mut self.skus, sku);
        if !begins && past.frames.is_empty() {
            return;
        }
        let added = past.take(at);
        self.frames = self.frames.saturating_add_signed(added);
        if self.frames > MOST_FRAMES_OF_ALL {
            self.forget_the_best();
        }
    }

    /// Forgets SKUs without or with little trouble until half of the room is free.
    fn forget_the_best(&mut self) {
        let mut order: Vec<usize> = (0..self.skus.len()).collect();
        order.sort_by_key(|&sku| self.skus[sku].trouble());
        for sku in order {
            if self.frames <= MOST_FRAMES_OF_ALL / 2 {
                break;
            }
            self.frames -= self.skus[sku].forget();
        }
    }

    /// The worst SKU's past: by units oversold, then by units refused while there were enough. Nothing where no SKU had
    /// trouble.
    pub fn finish(self, names: &[String]) -> Option<Playback> {
        let skus = (0u32..)
            .zip(self.skus)
            .map(|(sku, past)| (SkuIndex(sku), past));
        let troubled = skus.filter(|(_, past)| past.trouble() > (0, 0));
        let (sku, past) = troubled.min_by_key(|(sku, past)| (Reverse(past.trouble()), sku.0))?;
        let channels = past.of_frames.chunks_exact(self.channels.max(1));
        let frames = past.frames.iter().zip(channels);
        let frames = frames.map(|(frame, channels)| Frame {
            at_s: frame.at.as_secs_f64(),
            sellable: frame.sellable,
            displayed: channels.iter().map(|it| it.0).collect(),
            oversold_units: frame.oversold,
            sold_units: channels.iter().map(|it| it.1).collect(),
        });
        Some(Playback {
            sku: sku.0 + 1,
            channels: names.to_vec(),
            frames: frames.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use channel_mocks::core::{Cause, OrderRef};

    fn sold(sku: u32, units: u32, oversold_units: u32, displayed: i64, sellable: i64) -> Entry {
        Entry::Accepted {
            channel: ChannelIndex(0),
            sku: SkuIndex(sku),
            order: OrderRef(0),
            units,
            oversold_units,
            displayed,
            sellable,
            shared_after: sellable - i64::from(units),
            own_units: false,
            price_cents: 1,
            first_line: true,
            first_oversold_line: oversold_units > 0,
        }
    }

    fn names() -> [String; 2] {
        ["web", "market"].map(str::to_string)
    }

    #[test]
    fn the_worst_is_kept_exactly_and_reads_back() {
        let mut recorder = PlaybackRecorder::new(2);
        let shown = Entry::Displayed {
            channel: ChannelIndex(1),
            sku: SkuIndex(4),
            from: 0,
            to: 3,
            sellable: 2,
            cause: Cause::Edit,
        };
        recorder.record(Micros::from_secs(1), &shown);
        recorder.record(Micros::from_secs(2), &shown);
        recorder.record(Micros::from_secs(3), &sold(4, 2, 0, 9, 2));
        recorder.record(Micros::from_secs(4), &sold(4, 3, 3, 7, 0));
        recorder.record(Micros::from_secs(4), &sold(2, 1, 1, 7, 0));
        // A platform's own units, of which there are others, leave the shared pool and the count as they are.
        let mut own = sold(4, 1, 0, 4, 900);
        if let Entry::Accepted {
            shared_after,
            own_units,
            ..
        } = &mut own
        {
            (*shared_after, *own_units) = (-3, true);
        }
        recorder.record(Micros::from_secs(5), &own);
        let played = recorder.finish(&names()).unwrap();
        let text = serde_json::to_string(&played).unwrap();
        assert_eq!(
            text,
            r#"{"sku":5,"channels":["web","market"],"frames":[[1.0,2,[null,3],0,[0,0]],[3.0,0,[7,3],0,[2,0]],[4.0,-3,[4,3],3,[5,0]],[5.0,-3,[4,3],3,[6,0]]]}"#
        );
        assert_eq!(serde_json::from_str::<Playback>(&text).unwrap(), played);
        assert_eq!(PlaybackRecorder::new(2).finish(&names()), None);
    }

    #[test]
    fn many_changes_are_thinned_and_the_sums_stay() {
        let mut recorder = PlaybackRecorder::new(2);
        for sale in 0..50_000u32 {
            let at = Micros(u64::from(sale) * 1_700);
            recorder.record(at, &sold(0, 1, 1, 9, -i64::from(sale)));
            // Others have as many changes and no trouble.
            for sku in 1..200 {
                recorder.record(at, &sold(sku, 1, 0, 9, 9));
            }
        }
        let kept: usize = recorder.skus.iter().map(|it| it.frames.len()).sum();
        assert!(
            kept == recorder.frames && kept <= MOST_FRAMES_OF_ALL,
            "{kept}"
        );
        let played = recorder.finish(&names()).unwrap();
        let frames = &played.frames;
        assert!(
            (500..=MOST_FRAMES).contains(&frames.len()),
            "{}",
            frames.len()
        );
        assert!(
            frames.windows(2).all(|pair| pair[0].at_s < pair[1].at_s
                && pair[0].oversold_units < pair[1].oversold_units)
        );
        let last = frames.last().unwrap();
        assert_eq!((last.oversold_units, last.sellable), (50_000, -50_000));
    }
}
