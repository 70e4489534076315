//! What a crashing process has on its disk: a snapshot, and the inputs since, each in a frame of its own.
//!
//! A frame is the length of its record (4 bytes), a hash over it (8 bytes) and the record. A frame that is cut short or does
//! not fit its hash ends the journal: it was being written when the process died, and nothing that came of it was sent.

use crate::engine::recovery::InputRecord;
use crate::engine::{CallId, Micros};
use oversell_kernel::random::hash_bytes;

/// Records after which a snapshot takes their place, as for the engine's process.
const COMPACT_AFTER: usize = 4_000;
/// Bytes before a frame's record.
const HEAD: usize = 12;

/// The state of an engine at an instant.
#[derive(Debug)]
pub(super) struct Saved {
    pub state: Vec<u8>,
    pub at: Micros,
    /// Calls under way.
    pub calls: Vec<CallId>,
}

/// The disk.
#[derive(Debug, Default)]
pub(super) struct Journal {
    frames: Vec<u8>,
    records: usize,
    saved: Option<Saved>,
}

impl Journal {
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.saved.is_none()
    }

    pub fn saved(&self) -> Option<&Saved> {
        self.saved.as_ref()
    }

    /// Writes a record down, wholly.
    pub fn append(&mut self, record: &InputRecord) {
        let frame = frame(record);
        self.frames.extend_from_slice(&frame);
        self.records += 1;
    }

    /// Writes a part of a record down, `share` of its bytes, 0..1.
    pub fn append_torn(&mut self, record: &InputRecord, share: f64) {
        let frame = frame(record);
        let bytes = (frame.len() as f64 * share) as usize;
        self.frames
            .extend_from_slice(&frame[..bytes.min(frame.len() - 1)]);
    }

    /// Whether it is time to put the engine's state in the place of the records.
    pub fn wants_compaction(&self) -> bool {
        let state = self.saved.as_ref().map_or(0, |saved| saved.state.len());
        self.records >= COMPACT_AFTER && self.frames.len() >= 2 * state
    }

    pub fn compact(&mut self, saved: Saved) {
        self.saved = Some(saved);
        self.frames.clear();
        self.records = 0;
    }

    /// What a process reads when it starts: the whole records. What is torn is cut off.
    pub fn recover(&mut self) -> Vec<InputRecord> {
        let mut records = Vec::with_capacity(self.records);
        let mut end = 0;
        while let Some((record, length)) = read_frame(&self.frames[end..]) {
            records.push(record);
            end += length;
        }
        self.frames.truncate(end);
        self.records = records.len();
        records
    }
}

fn frame(record: &InputRecord) -> Vec<u8> {
    let mut body = Vec::with_capacity(record.message.len() + record.kind.len() + 19);
    body.extend_from_slice(&record.at.0.to_le_bytes());
    body.extend_from_slice(&record.number.to_le_bytes());
    body.extend_from_slice(&record.channel.to_le_bytes());
    body.push(record.kind.len() as u8);
    body.extend_from_slice(record.kind.as_bytes());
    body.extend_from_slice(&record.message);
    let mut frame = Vec::with_capacity(HEAD + body.len());
    frame.extend_from_slice(&(body.len() as u32).to_le_bytes());
    frame.extend_from_slice(&hash_bytes(&body).to_le_bytes());
    frame.extend_from_slice(&body);
    frame
}

/// The first record and the length of its frame; `None` at the end, or where a frame is torn.
fn read_frame(frames: &[u8]) -> Option<(InputRecord, usize)> {
    let (length, rest) = frames.split_first_chunk::<4>()?;
    let (hash, rest) = rest.split_first_chunk::<8>()?;
    let body = rest.get(..u32::from_le_bytes(*length) as usize)?;
    if hash_bytes(body) != u64::from_le_bytes(*hash) {
        return None;
    }
    let length = HEAD + body.len();
    let (at, body) = body.split_first_chunk::<8>()?;
    let (number, body) = body.split_first_chunk::<8>()?;
    let (channel, body) = body.split_first_chunk::<2>()?;
    let (kind_length, body) = body.split_first()?;
    let (kind, message) = body.split_at_checked(usize::from(*kind_length))?;
    let record = InputRecord {
        at: Micros(u64::from_le_bytes(*at)),
        kind: String::from_utf8(kind.to_vec()).ok()?,
        number: u64::from_le_bytes(*number),
        channel: u16::from_le_bytes(*channel),
        message: message.to_vec(),
    };
    Some((record, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(number: u64, message: Vec<u8>) -> InputRecord {
        InputRecord {
            at: Micros(number * 7),
            kind: "delivery".to_owned(),
            number,
            channel: 3,
            message,
        }
    }

    proptest! {
        #[test]
        fn a_torn_tail_costs_the_last_record_and_no_other(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..8),
            share in 0.0f64..1.0,
        ) {
            let mut journal = Journal::default();
            let records: Vec<InputRecord> = (1..).zip(messages).map(|(n, it)| record(n, it)).collect();
            let (last, whole) = records.split_last().unwrap();
            for record in whole {
                journal.append(record);
            }
            journal.append_torn(last, share);
            prop_assert_eq!(journal.recover(), whole);
            journal.append(last);
            prop_assert_eq!(journal.recover(), records);
        }
    }
}
