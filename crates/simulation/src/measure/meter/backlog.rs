//! What finds causes and keeps the worst SKU's past, a batch of entries at a time.
//!
//! Neither has a say in the run. One entry at a time would fetch all of their code and data anew for each, and push out what the
//! run itself needs next.

use channel_mocks::core::Micros;

use crate::measure::causes::{Traced, Tracer};
use crate::measure::series::{Playback, PlaybackRecorder};
use crate::world::ledger::{Entry, Trail};

/// So many are looked at together: some thirty kilobytes.
const BATCH: usize = 256;

/// An entry or a step of a trail.
#[derive(Clone, Debug)]
enum Noted {
    Entry(Entry),
    Trail(Trail),
}

/// Entries and trails that are still to be looked at, and who does.
#[derive(Clone, Debug)]
pub(super) struct Backlog {
    pending: Vec<(Micros, Noted)>,
    tracer: Tracer,
    playback: PlaybackRecorder,
}

impl Backlog {
    pub fn new(tracer: Tracer, playback: PlaybackRecorder) -> Backlog {
        Backlog {
            pending: Vec::with_capacity(BATCH),
            tracer,
            playback,
        }
    }

    /// Takes an entry. Those that neither of the two asks about are not kept.
    pub fn record(&mut self, at: Micros, entry: &Entry) {
        if Tracer::wants(entry) || PlaybackRecorder::wants(entry) {
            self.push(at, Noted::Entry(entry.clone()));
        }
    }

    /// Takes a step of a trail.
    pub fn trail(&mut self, at: Micros, step: &Trail) {
        self.push(at, Noted::Trail(step.clone()));
    }

    fn push(&mut self, at: Micros, noted: Noted) {
        self.pending.push((at, noted));
        if self.pending.len() == BATCH {
            self.work();
        }
    }

    fn work(&mut self) {
        for (at, noted) in &self.pending {
            match noted {
                Noted::Entry(entry) => self.tracer.record(*at, entry),
                Noted::Trail(step) => self.tracer.trail(*at, step),
            }
        }
        for (at, noted) in &self.pending {
            if let Noted::Entry(entry) = noted {
                self.playback.record(*at, entry);
            }
        }
        self.pending.clear();
    }

    /// Causes, and what became of the worst SKU. To be called when the run is over.
    pub fn finish(mut self, names: &[String]) -> (Traced, Option<Playback>) {
        self.work();
        (self.tracer.finish(), self.playback.finish(names))
    }
}
