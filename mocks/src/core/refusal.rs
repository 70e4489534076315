//! What a call asks for, and how a platform refuses one: for drivers that let calls fail on their way.

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use oversell_kernel::Micros;

use super::fact::CallKind;
use super::machine::Response;

/// What a request asks for, as the ledger would note its call.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// The platform's own name of the operation, such as `patchListingsItem`.
    pub operation: &'static str,
    /// What it is for.
    pub kind: CallKind,
}

/// Why a call is refused that the platform never looks at.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// With this status, in the words that the platform has for it.
    Status {
        /// 400 to 599.
        status: u16,
        /// What `Retry-After` says, in whole seconds rounded up; without it the header is left out.
        retry_after: Option<Micros>,
    },
    /// The version of the operation is gone.
    VersionGone,
}

impl Refusal {
    /// A response with a JSON body and `Retry-After`, where there is one.
    pub fn response(self, status: u16, body: Vec<u8>) -> Response {
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Refusal::Status {
            retry_after: Some(wait),
            ..
        } = self
        {
            let seconds = wait.0.div_ceil(1_000_000);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
