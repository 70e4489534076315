//! Calls under way: which request belongs to which operation.

use super::machine::CallId;
use oversell_kernel::Micros;

/// A call that has been sent and not answered.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Pending<O> {
    /// What was asked.
    pub operation: O,
    /// When it left.
    pub sent_at: Micros,
    /// Tokens that its budget holds for it.
    pub held: f64,
}

/// Calls under way of one target, numbered so that a number is never used twice.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct CallTable<O> {
    slots: Vec<Option<(CallId, Pending<O>)>>,
    free: Vec<u32>,
    issued: u64,
    /// Distinguishes the tables of an engine in the call numbers.
    tag: u16,
}

impl<O> CallTable<O> {
    /// An empty table; `tag` is unique among the tables of one engine.
    pub fn new(tag: u16) -> CallTable<O> {
        CallTable {
            slots: Vec::new(),
            free: Vec::new(),
            issued: 0,
            tag,
        }
    }

    /// The tag in a call number.
    pub fn tag_of(call: CallId) -> u16 {
        (call.0 >> 48) as u16
    }

    /// Registers a call. A number holds the tag (16 bits), a count (24 bits, so that a late answer to an old call cannot be
    /// taken for a new one) and the slot (24 bits).
    pub fn insert(&mut self, operation: O, sent_at: Micros, held: f64) -> CallId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as u32
        });
        self.issued += 1;
        let call =
            CallId(u64::from(self.tag) << 48 | (self.issued & 0xff_ffff) << 24 | u64::from(slot));
        self.slots[slot as usize] = Some((
            call,
            Pending {
                operation,
                sent_at,
                held,
            },
        ));
        call
    }

    /// Takes a call out when it is answered; `None` when it was answered before.
    pub fn remove(&mut self, call: CallId) -> Option<Pending<O>> {
        let slot = (call.0 & 0xff_ffff) as usize;
        let entry = self.slots.get_mut(slot)?;
        if entry.as_ref().is_some_and(|(id, _)| *id == call) {
            self.free.push(slot as u32);
            entry.take().map(|(_, pending)| pending)
        } else {
            None
        }
    }

    /// Number of calls under way.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_once() {
        let mut table = CallTable::new(3);
        let first = table.insert("a", Micros(1), 0.0);
        assert_eq!(CallTable::<&str>::tag_of(first), 3);
        assert_eq!(table.remove(first).map(|p| p.operation), Some("a"));
        assert!(table.remove(first).is_none());
        let second = table.insert("b", Micros(2), 0.0);
        assert_ne!(first, second, "the slot is used again, the number is not");
        assert!(table.remove(first).is_none());
        assert_eq!(table.len(), 1);
    }
}
