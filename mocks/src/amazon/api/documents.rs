//! Addresses of documents, which are signed and short-lived, and what happens at them (docs/platforms/amazon.md 5.3).
//! Whoever holds one needs no token.

use http::HeaderValue;

use super::Call;
use super::address::own_address;
use super::reply::Reply;
use crate::amazon::model::documents::Documents;
use crate::amazon::model::json;
use crate::amazon::shop::Settings;

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

fn no_such_key() -> Reply {
    Reply::store(404, "NoSuchKey", "The specified key does not exist.")
}

/// The address at which a document can be uploaded or downloaded for a while.
fn address(
    settings: &Settings,
    documents: &Documents,
    call: &Call<'_>,
    number: u32,
    upload: bool,
) -> String {
    let lifetime = settings.profile.documents.address_lifetime;
    let expires = settings.epoch.unix_secs(call.by_client + lifetime);
    let usual = "tortuga-prod-na.s3-external-1.amazonaws.com";
    format!(
        "{}/documents/{}?AWSAccessKeyId=SIM&Expires={expires}&Signature={}",
        own_address(settings, call.request, usual),
        documents.id(number),
        documents.signature(number, expires, upload),
    )
}

/// The body of an answer that names a document and where it is.
pub(crate) fn write_document(
    settings: &Settings,
    documents: &Documents,
    call: &Call<'_>,
    name: &str,
    number: u32,
    upload: bool,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(320);
    out.push(b'{');
    json::string(&mut out, name);
    out.push(b':');
    json::string(&mut out, &documents.id(number));
    json::raw(&mut out, r#","url":"#);
    json::string(
        &mut out,
        &address(settings, documents, call, number, upload),
    );
    out.push(b'}');
    out
}

/// The document a signed address opens.
fn opened(
    settings: &Settings,
    documents: &Documents,
    call: &Call<'_>,
    upload: bool,
) -> Result<u32, Reply> {
    let number = documents.find(call.first).ok_or_else(no_such_key)?;
    let expires = call
        .query
        .get("Expires")
        .and_then(|text| text.parse::<i64>().ok())
        .unwrap_or(0);
    let signature = documents.signature(number, expires, upload);
    if call.query.get("Signature") != Some(signature.as_str()) {
        return Err(Reply::store(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
        ));
    }
    if settings.epoch.unix_secs(call.by_client) > expires {
        return Err(Reply::store(403, "AccessDenied", "Request has expired"));
    }
    Ok(number)
}

/// `PUT` to the address of a document: raw bytes, of the declared content type.
pub(crate) fn upload(
    settings: &Settings,
    documents: &mut Documents,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let number = opened(settings, documents, call, true)?;
    let document = documents.get(number).ok_or_else(no_such_key)?;
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
    documents.fill(number, call.body.to_vec());
    Ok(Reply::ok(Vec::new()))
}

/// `GET` from the address of a document.
pub(crate) fn download(
    settings: &Settings,
    documents: &Documents,
    call: &Call<'_>,
) -> Result<Reply, Reply> {
    let number = opened(settings, documents, call, false)?;
    let document = documents.get(number).ok_or_else(no_such_key)?;
    let body = document.body().ok_or_else(no_such_key)?;
    Ok(Reply {
        content_type: HeaderValue::from_str(&document.content_type).ok(),
        tells: Some(Box::new(document.tells.clone())),
        ..Reply::ok(body.to_vec())
    })
}
