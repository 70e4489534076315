//! The journal's table: every input as the engine was given it.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::StoreError;
use crate::engine::recovery::InputRecord;
use crate::engine::{ChannelIndex, Micros, Output, Target};

/// The hash of no output at all (FNV-1a's offset basis: the hash has to be the same in every build).
pub const NO_OUTPUTS: u64 = 0xcbf2_9ce4_8422_2325;

/// Appends an input.
pub fn insert(
    connection: &Connection,
    seq: i64,
    record: &InputRecord,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(
            "INSERT INTO journal (seq, at, kind, number, channel, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            seq,
            record.at.0 as i64,
            &record.kind,
            record.number as i64,
            record.channel,
            &record.message,
        ))?;
    Ok(())
}

/// Reads the entry of a number. Entries are numbered without a gap: where another one stands, some were lost, and no build could
/// conclude the same from the others.
pub fn read_as(row: &Row<'_>, expected: i64) -> Result<InputRecord, StoreError> {
    let found: i64 = row.get("seq")?;
    if found != expected {
        return Err(StoreError::Damaged(format!(
            "the journal goes on with entry {found} where entry {expected} belongs"
        )));
    }
    read(row)
}

/// What [`insert`] wrote: `at`, `kind`, `number`, `channel`, `message`.
fn read(row: &Row<'_>) -> Result<InputRecord, StoreError> {
    let kind: String = row.get(1)?;
    let ValueRef::Blob(message) = row.get_ref(4)? else {
        return Err(StoreError::Damaged(format!(
            "a journal entry of kind `{kind}` has a message that is no BLOB"
        )));
    };
    Ok(InputRecord {
        at: Micros(row.get::<_, i64>(0)? as u64),
        kind,
        number: row.get::<_, i64>(2)? as u64,
        channel: row.get(3)?,
        message: message.to_vec(),
    })
}

/// Takes an output into the hash: who is called for what. Not the whole of it, because credentials and signatures may
/// change from one start to the next.
pub fn trace(mut hash: u64, output: &Output) -> u64 {
    let mut take = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    match output {
        Output::Call {
            call,
            target,
            request,
        } => {
            take(&call.0.to_le_bytes());
            let channel = match target {
                Target::Channel(ChannelIndex(index)) => *index,
                Target::Warehouse => u16::MAX,
            };
            take(&channel.to_le_bytes());
            take(request.method().as_str().as_bytes());
            take(request.uri().path().as_bytes());
        }
        Output::DeliveryAnswer { delivery, response } => {
            take(&delivery.0.to_le_bytes());
            take(&response.status().as_u16().to_le_bytes());
        }
    }
    hash
}
