//! Where judged entries go.

use channel_mocks::core::Micros;

use super::entry::Entry;
use super::message::Message;
use super::trail::Trail;
use crate::world::records::CallNote;

/// Takes entries as they happen. Recorders must not keep raw samples: memory stays flat in orders.
pub trait Recorder {
    /// Takes one entry.
    fn record(&mut self, at: Micros, entry: &Entry);

    /// Whether it takes trails as well. Asked once, before the run.
    fn wants_trail(&self) -> bool {
        false
    }

    /// Takes a step of a trail; comes only to a recorder that wants it.
    fn trail(&mut self, at: Micros, step: &Trail) {
        let _ = (at, step);
    }

    /// Whether it takes messages as well. Asked once, before the run.
    fn wants_messages(&self) -> bool {
        false
    }

    /// Whether it also takes what a call is and when it is sent ([`Message::Sent`]), which costs each call another look at its
    /// request. Asked before each of them, where messages are wanted.
    fn wants_calls(&self) -> bool {
        self.wants_messages()
    }

    /// Takes a message; comes only to a recorder that wants it, in virtual time.
    fn message(&mut self, at: Micros, message: &Message<'_>) {
        let _ = (at, message);
    }

    /// Takes what is said of a call over sockets; comes only in real time, and only where calls are watched.
    fn note_call(&mut self, note: CallNote) {
        let _ = note;
    }

    /// Makes everything taken so far visible to whoever reads what is recorded; for most there is nothing to do.
    ///
    /// # Errors
    /// The first failure of any entry so far, or of this.
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
