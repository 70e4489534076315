//! The store of documents: what feeds are uploaded to and what results are downloaded from (docs/platforms/amazon.md 5.3).
//!
//! Addresses are signed and short-lived; whoever holds one needs no token.

use crate::core::Tells;
use crate::core::random::mix;

use super::ids;

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
    /// Absent until it is uploaded, and again once a feed has been processed.
    pub(crate) body: Option<Vec<u8>>,
    /// What the body tells.
    pub(crate) tells: Tells,
}

/// All documents.
#[derive(Debug)]
pub(crate) struct Documents {
    key: u64,
    rows: Vec<Document>,
}

const PREFIX: &str = "amzn1.tortuga.4.na.";

impl Documents {
    /// No document yet.
    pub(crate) fn new(key: u64) -> Documents {
        Documents {
            key: key ^ 0xd0c5,
            rows: Vec::new(),
        }
    }

    /// Makes a document, with its body if it has one already; its number.
    pub(crate) fn add(&mut self, owner: Owner, content_type: &str, body: Option<Vec<u8>>) -> u32 {
        self.rows.push(Document {
            owner,
            content_type: content_type.to_owned(),
            body,
            tells: Tells::default(),
        });
        self.rows.len() as u32 - 1
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
        self.rows.get_mut(number as usize)?.body.take()
    }

    /// A document by its number, which [`Documents::find`] gave.
    pub(crate) fn get(&self, number: u32) -> Option<&Document> {
        self.rows.get(number as usize)
    }

    /// The same, to be changed.
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut Document> {
        self.rows.get_mut(number as usize)
    }

    /// What proves that an address of a document was given out here: it is good until `expires`, in Unix seconds.
    pub(crate) fn signature(&self, number: u32, expires: i64, upload: bool) -> String {
        let word = [u64::from(number), expires as u64, u64::from(upload)]
            .into_iter()
            .fold(self.key, mix);
        format!("{word:016x}")
    }
}
