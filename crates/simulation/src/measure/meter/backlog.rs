//! What finds causes and keeps the worst SKU's past, a batch of entries at a time and on a thread of its own.
//!
//! Neither has a say in the run, and each sees the entries in the order in which they happened, so no figure depends on which
//! thread is ahead. One entry at a time would fetch all of their code and data anew for each, and push out what the run itself
//! needs next.

use std::panic;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use channel_mocks::core::Micros;

use crate::measure::causes::{Traced, Tracer};
use crate::measure::series::{Playback, PlaybackRecorder};
use crate::world::ledger::{Entry, Trail};

/// So many are looked at together: some hundred kilobytes.
const BATCH: usize = 1_024;
/// So many batches may wait to be looked at, before the run waits for them.
const WAITING_MAX: usize = 8;

/// An entry or a step of a trail.
#[derive(Clone, Debug)]
enum Noted {
    Entry(Entry),
    Trail(Trail),
}

type Batch = Vec<(Micros, Noted)>;

/// Who looks at what was noted.
#[derive(Debug)]
struct Onlookers {
    tracer: Tracer,
    playback: PlaybackRecorder,
}

impl Onlookers {
    fn look_at(&mut self, batch: &Batch) {
        for (at, noted) in batch {
            match noted {
                Noted::Entry(entry) => self.tracer.record(*at, entry),
                Noted::Trail(step) => self.tracer.trail(*at, step),
            }
        }
        for (at, noted) in batch {
            if let Noted::Entry(entry) = noted {
                self.playback.record(*at, entry);
            }
        }
    }

    /// Looks at batches until there are no more, and gives each back to be filled again.
    fn run(mut self, batches: &Receiver<Batch>, emptied: &Sender<Batch>) -> Onlookers {
        for mut batch in batches {
            self.look_at(&batch);
            batch.clear();
            // Nobody takes it where the run is over, and it is dropped.
            let _ = emptied.send(batch);
        }
        self
    }
}

/// Entries and trails that are still to be handed over, and the thread that looks at them. One that is dropped before
/// [`Backlog::finish`] ends its thread.
#[derive(Debug)]
pub(super) struct Backlog {
    pending: Batch,
    batches: SyncSender<Batch>,
    emptied: Receiver<Batch>,
    onlookers: JoinHandle<Onlookers>,
}

impl Backlog {
    pub fn new(tracer: Tracer, playback: PlaybackRecorder) -> Backlog {
        let (batches, to_look_at) = sync_channel(WAITING_MAX);
        let (looked_at, emptied) = channel();
        let onlookers = Onlookers { tracer, playback };
        Backlog {
            pending: Vec::with_capacity(BATCH),
            batches,
            emptied,
            onlookers: thread::spawn(move || onlookers.run(&to_look_at, &looked_at)),
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
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        let room = self.emptied.try_recv();
        let next = room.unwrap_or_else(|_| Vec::with_capacity(BATCH));
        let full = std::mem::replace(&mut self.pending, next);
        // The thread ends early by a panic alone, which `finish` passes on.
        let _ = self.batches.send(full);
    }

    /// Causes, and what became of the worst SKU. To be called when the run is over.
    ///
    /// # Panics
    /// Where whoever looked at the entries panicked.
    pub fn finish(mut self, names: &[String]) -> (Traced, Option<Playback>) {
        self.hand_over();
        drop(self.batches);
        match self.onlookers.join() {
            Ok(Onlookers { tracer, playback }) => (tracer.finish(), playback.finish(names)),
            Err(panicked) => panic::resume_unwind(panicked),
        }
    }
}
