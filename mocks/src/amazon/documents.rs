//! The store of documents: what feeds are uploaded to and what results are downloaded from (sheet section 5.3).
//!
//! Addresses are signed and short-lived; whoever holds one needs no token.

use http::HeaderValue;

use crate::core::random::mix;

use super::errors::Reply;
use super::ids;
use super::json;
use super::machine::{Amazon, Call};

/// Which API a document belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Feeds.
    Feeds,
    /// Reports.
    Reports,
}

/// One document.
#[derive(Debug)]
pub struct Document {
    owner: Owner,
    content_type: String,
    /// Absent until it is uploaded, and again once a feed has been processed.
    body: Option<Vec<u8>>,
}

/// All documents.
#[derive(Debug)]
pub struct Documents {
    key: u64,
    rows: Vec<Document>,
}

const PREFIX: &str = "amzn1.tortuga.4.na.";

impl Documents {
    /// No document yet.
    pub fn new(key: u64) -> Documents {
        Documents {
            key: key ^ 0xd0c5,
            rows: Vec::new(),
        }
    }

    /// Makes a document, with its body if it has one already; its number.
    pub fn add(&mut self, owner: Owner, content_type: &str, body: Option<Vec<u8>>) -> u32 {
        self.rows.push(Document {
            owner,
            content_type: content_type.to_owned(),
            body,
        });
        self.rows.len() as u32 - 1
    }

    /// The id of a document.
    pub fn id(&self, number: u32) -> String {
        let uuid = ids::uuid(self.key, u64::from(number));
        format!("{PREFIX}{uuid}.{number:08X}")
    }

    /// The number of the document with this id.
    pub fn find(&self, id: &str) -> Option<u32> {
        let digits = id.strip_prefix(PREFIX)?.rsplit('.').next()?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        ((number as usize) < self.rows.len() && self.id(number) == id).then_some(number)
    }

    /// The same, if it belongs to this API.
    pub fn find_of(&self, id: &str, owner: Owner) -> Option<u32> {
        self.find(id)
            .filter(|&number| self.rows[number as usize].owner == owner)
    }

    /// Takes the body out.
    pub fn take(&mut self, number: u32) -> Option<Vec<u8>> {
        self.rows.get_mut(number as usize)?.body.take()
    }

    fn signature(&self, number: u32, expires: i64, upload: bool) -> String {
        let word = [u64::from(number), expires as u64, u64::from(upload)]
            .into_iter()
            .fold(self.key, mix);
        format!("{word:016x}")
    }
}

/// Content types that mean the same differ in blanks and in case.
fn same_type(left: &str, right: &str) -> bool {
    let plain = |text: &str| {
        text.chars()
            .filter(|character| !character.is_whitespace())
            .collect::<String>()
            .to_ascii_lowercase()
    };
    plain(left) == plain(right)
}

impl Amazon {
    /// The address at which a document can be uploaded or downloaded for a while.
    fn document_address(&self, call: &Call<'_>, number: u32, upload: bool) -> String {
        let lifetime = self.profile.documents.address_lifetime;
        let expires = self.epoch.unix_secs(call.now + lifetime);
        let usual = "tortuga-prod-na.s3-external-1.amazonaws.com";
        format!(
            "{}/documents/{}?AWSAccessKeyId=SIM&Expires={expires}&Signature={}",
            self.own_address(call.request, usual),
            self.documents.id(number),
            self.documents.signature(number, expires, upload),
        )
    }

    /// The body of an answer that names a document and where it is.
    pub(super) fn document_body(
        &self,
        call: &Call<'_>,
        name: &str,
        number: u32,
        upload: bool,
    ) -> Vec<u8> {
        let mut out = Vec::with_capacity(320);
        out.push(b'{');
        json::string(&mut out, name);
        out.push(b':');
        json::string(&mut out, &self.documents.id(number));
        json::raw(&mut out, r#","url":"#);
        json::string(&mut out, &self.document_address(call, number, upload));
        out.push(b'}');
        out
    }

    /// The document a signed address opens.
    fn opened(&self, call: &Call<'_>, upload: bool) -> Result<u32, Reply> {
        let number = self
            .documents
            .find(call.first)
            .ok_or_else(|| Reply::store(404, "NoSuchKey", "The specified key does not exist."))?;
        let expires = call
            .query
            .get("Expires")
            .and_then(|text| text.parse::<i64>().ok())
            .unwrap_or(0);
        let signature = self.documents.signature(number, expires, upload);
        if call.query.get("Signature") != Some(signature.as_str()) {
            return Err(Reply::store(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided.",
            ));
        }
        if self.epoch.unix_secs(call.now) > expires {
            return Err(Reply::store(403, "AccessDenied", "Request has expired"));
        }
        Ok(number)
    }

    /// `PUT` to the address of a document: raw bytes, of the declared content type.
    pub(super) fn upload_document(&mut self, call: &Call<'_>) -> Result<Reply, Reply> {
        let number = self.opened(call, true)?;
        let document = &mut self.documents.rows[number as usize];
        let sent = call
            .headers
            .get(http::header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        if !same_type(sent, &document.content_type) {
            return Err(Reply::store(
                403,
                "SignatureDoesNotMatch",
                "The content type is not the one that the document was created with.",
            ));
        }
        document.body = Some(call.body.to_vec());
        Ok(Reply::ok(Vec::new()))
    }

    /// `GET` from the address of a document.
    pub(super) fn download_document(&self, call: &Call<'_>) -> Result<Reply, Reply> {
        let number = self.opened(call, false)?;
        let document = &self.documents.rows[number as usize];
        let body = document
            .body
            .as_ref()
            .ok_or_else(|| Reply::store(404, "NoSuchKey", "The specified key does not exist."))?;
        Ok(Reply {
            content_type: HeaderValue::from_str(&document.content_type).ok(),
            ..Reply::ok(body.clone())
        })
    }
}
