//! The store of documents: what feeds are uploaded to and what results are downloaded from (docs/platforms/amazon.md 5.3).
//!
//! Addresses are signed and short-lived; whoever holds one needs no token.

use std::collections::VecDeque;

use crate::core::Tells;
use crate::core::random::mix;

use super::ids;

/// Bytes of bodies that are kept for whoever comes for them; the oldest are gone when there are more. The platform keeps
/// them for weeks.
const MOST_BYTES: usize = 64 << 20;

/// Which API a document belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Feeds.
    Feeds,
    /// Reports.
    Reports,
}

/// One document.
#[derive(Debug)]
pub(crate) struct Document {
    owner: Owner,
    /// What an upload must be declared as.
    pub(crate) content_type: String,
    body: Option<Vec<u8>>,
    /// What the body tells of orders.
    pub(crate) tells: Tells,
}

impl Document {
    /// What it holds: nothing until it is uploaded, and nothing any more once a feed has been processed or newer bodies
    /// took its room.
    pub(crate) fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }
}

/// All documents.
#[derive(Debug)]
pub(crate) struct Documents {
    key: u64,
    rows: Vec<Document>,
    /// Bytes of all bodies.
    bytes: usize,
    /// Documents that got a body, in the order in which they did.
    filled: VecDeque<u32>,
}

const PREFIX: &str = "amzn1.tortuga.4.na.";

impl Documents {
    /// No document yet.
    pub(crate) fn new(key: u64) -> Documents {
        Documents {
            key: key ^ 0xd0c5,
            rows: Vec::new(),
            bytes: 0,
            filled: VecDeque::new(),
        }
    }

    /// Makes a document, with its body if it has one already; its number.
    pub(crate) fn add(&mut self, owner: Owner, content_type: &str, body: Option<Vec<u8>>) -> u32 {
        self.rows.push(Document {
            owner,
            content_type: content_type.to_owned(),
            body: None,
            tells: Tells::default(),
        });
        let number = self.rows.len() as u32 - 1;
        if let Some(body) = body {
            self.fill(number, body);
        }
        number
    }

    /// Gives a document its body, in place of the one it has.
    pub(crate) fn fill(&mut self, number: u32, body: Vec<u8>) {
        self.take(number);
        let Some(document) = self.rows.get_mut(number as usize) else {
            return;
        };
        self.bytes += body.len();
        document.body = Some(body);
        self.filled.push_back(number);
        while self.bytes > MOST_BYTES
            && let Some(oldest) = self.filled.front().copied()
            && oldest != number
        {
            self.take(oldest);
        }
    }

    /// Notes what the body of a document tells.
    pub(crate) fn tell(&mut self, number: u32, tells: Tells) {
        if let Some(document) = self.rows.get_mut(number as usize) {
            document.tells = tells;
        }
    }

    /// The id of a document.
    pub(crate) fn id(&self, number: u32) -> String {
        let uuid = ids::uuid(self.key, u64::from(number));
        format!("{PREFIX}{uuid}.{number:08X}")
    }

    /// The number of the document with this id.
    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        let digits = id.strip_prefix(PREFIX)?.rsplit('.').next()?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        ((number as usize) < self.rows.len() && self.id(number) == id).then_some(number)
    }

    /// The same, if it belongs to this API.
    pub(crate) fn find_of(&self, id: &str, owner: Owner) -> Option<u32> {
        self.find(id)
            .filter(|&number| self.rows[number as usize].owner == owner)
    }

    /// Takes the body out.
    pub(crate) fn take(&mut self, number: u32) -> Option<Vec<u8>> {
        let body = self.rows.get_mut(number as usize)?.body.take()?;
        self.bytes -= body.len();
        // It is nearly always the oldest.
        if let Some(place) = self.filled.iter().position(|filled| *filled == number) {
            self.filled.remove(place);
        }
        Some(body)
    }

    /// A document by its number, which [`Documents::find`] gave.
    pub(crate) fn get(&self, number: u32) -> Option<&Document> {
        self.rows.get(number as usize)
    }

    /// What proves that an address of a document was given out here: it is good until `expires`, in Unix seconds.
    pub(crate) fn signature(&self, number: u32, expires: i64, upload: bool) -> String {
        let word = [u64::from(number), expires as u64, u64::from(upload)]
            .into_iter()
            .fold(self.key, mix);
        format!("{word:016x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_kept_up_to_a_number_of_bytes_and_freed_when_taken() {
        let mut documents = Documents::new(1);
        let first = documents.add(Owner::Feeds, "text/plain", None);
        documents.fill(first, vec![1; MOST_BYTES / 2]);
        documents.fill(first, vec![2; MOST_BYTES / 2]);
        let second = documents.add(Owner::Reports, "text/plain", Some(vec![3; MOST_BYTES / 2]));
        let body =
            |documents: &Documents, number| documents.get(number).unwrap().body().map(<[u8]>::len);
        assert_eq!(body(&documents, first), Some(MOST_BYTES / 2), "both fit");
        let third = documents.add(Owner::Reports, "text/plain", Some(vec![4]));
        assert_eq!(body(&documents, first), None, "the oldest made room");
        assert_eq!(body(&documents, second), Some(MOST_BYTES / 2));
        assert_eq!(
            documents.take(second).map(|body| body.len()),
            Some(MOST_BYTES / 2)
        );
        assert_eq!((documents.bytes, documents.filled.len()), (1, 1));
        assert_eq!(documents.take(third), Some(vec![4]));
        let alone = documents.add(Owner::Feeds, "text/plain", Some(vec![5; MOST_BYTES + 1]));
        assert_eq!(
            body(&documents, alone),
            Some(MOST_BYTES + 1),
            "one is always kept"
        );
    }
}
