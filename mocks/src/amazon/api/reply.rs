//! Answers and their error shapes (docs/platforms/amazon.md 2.3 and 2.4).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use http::HeaderValue;

use crate::core::{CallOutcome, Refusal, Tells};

use crate::amazon::model::json;

/// An answer before its headers are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// HTTP status.
    pub(crate) status: u16,
    /// JSON body; empty for 204.
    pub(crate) body: Vec<u8>,
    /// How the call counts.
    pub(crate) outcome: CallOutcome,
    /// Value of `x-amzn-errortype`, if any.
    pub(crate) error_type: Option<&'static str>,
    /// Value of `x-amzn-query-error`, which queue errors carry.
    pub(crate) query_error: Option<&'static str>,
    /// Content type, where it is not the one that the API has throughout.
    pub(crate) content_type: Option<HeaderValue>,
    /// Where a browser goes from here; boxed, since hardly any answer has it.
    pub(crate) location: Option<Box<HeaderValue>>,
    /// Whether nobody may keep it.
    pub(crate) no_store: bool,
    /// Whether its code stands as it is, in APIs too that have another for bad input.
    pub(crate) code_stands: bool,
    /// What the body tells, where it was written before its turn.
    pub(crate) tells: Option<Box<Tells>>,
}

impl Reply {
    /// 200 with a body.
    pub(crate) fn ok(body: Vec<u8>) -> Reply {
        Reply {
            status: 200,
            body,
            outcome: CallOutcome::Served,
            error_type: None,
            query_error: None,
            content_type: None,
            location: None,
            no_store: false,
            code_stands: false,
            tells: None,
        }
    }

    /// 201 or 202 with a body: something was made, or will be.
    pub(crate) fn made(status: u16, body: Vec<u8>) -> Reply {
        Reply {
            status,
            ..Reply::ok(body)
        }
    }

    /// A refusal of the store of documents, in that store's XML.
    pub(crate) fn store(status: u16, code: &str, message: &str) -> Reply {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        Reply {
            status,
            outcome: CallOutcome::Refused,
            content_type: Some(HeaderValue::from_static("application/xml")),
            ..Reply::ok(body.into_bytes())
        }
    }

    /// The same refusal with the code that the Listings Items API has for bad input (docs/platforms/amazon.md 2.3).
    pub(crate) fn in_words_of_listings(mut self) -> Reply {
        const USUAL: &[u8] = br#"{"errors":[{"code":"InvalidInput""#;
        if self.status == 400 && !self.code_stands && self.body.starts_with(USUAL) {
            let start = br#"{"errors":[{"code":"BAD_REQUEST""#.iter().copied();
            self.body.splice(..USUAL.len(), start);
        }
        self
    }

    /// 204 without a body.
    pub(crate) fn no_content() -> Reply {
        Reply {
            status: 204,
            ..Reply::ok(Vec::new())
        }
    }

    /// An error in the API's own shape.
    pub(crate) fn error(status: u16, code: &str, message: &str, details: &str) -> Reply {
        let mut body = Vec::with_capacity(96 + message.len() + details.len());
        json::raw(&mut body, r#"{"errors":[{"code":"#);
        json::string(&mut body, code);
        json::raw(&mut body, r#","message":"#);
        json::string(&mut body, message);
        json::raw(&mut body, r#","details":"#);
        json::string(&mut body, details);
        json::raw(&mut body, "}]}");
        Reply {
            status,
            outcome: if status == 429 {
                CallOutcome::Throttled
            } else {
                CallOutcome::Refused
            },
            ..Reply::ok(body)
        }
    }

    /// Reads a request's JSON body.
    ///
    /// # Errors
    /// 400 with what the API says of a body that it cannot read, which never names what is wrong with it.
    pub(crate) fn body_of<'a, T: serde::Deserialize<'a>>(
        body: &'a [u8],
        refusal: &str,
    ) -> Result<T, Reply> {
        json::read(body).map_err(|_| Reply::invalid_input(refusal))
    }

    /// 400 InvalidInput whose details say which of a request's parameters cannot be, in the words of the Notifications API
    /// (amzn/selling-partner-api-models 2406 and 4135).
    pub(crate) fn unparsable(details: &str) -> Reply {
        Reply::error(400, "InvalidInput", UNPARSABLE, details)
    }

    /// 400 InvalidInput of a submission whose body says nothing that could be looked at
    /// (jlevers/selling-partner-api 240, amzn/selling-partner-api-docs 3005).
    pub(crate) fn no_submission(message: impl AsRef<str>) -> Reply {
        Reply {
            code_stands: true,
            ..Reply::invalid_input(message)
        }
    }

    /// 400 InvalidInput.
    pub(crate) fn invalid_input(message: impl AsRef<str>) -> Reply {
        Reply::error(400, "InvalidInput", message.as_ref(), "")
    }

    /// 400 InvalidInput whose details alone say what is wrong (amzn/selling-partner-api-docs 110).
    pub(crate) fn detailed(details: impl AsRef<str>) -> Reply {
        Reply::error(400, "InvalidInput", INVALID, details.as_ref())
    }

    /// 415 of a body that is no JSON. The code is assumed: the models document the status alone.
    pub(crate) fn unsupported_media_type() -> Reply {
        Reply::error(
            415,
            "UnsupportedMediaType",
            "The entity of the request is in a format not supported by the requested resource.",
            "",
        )
    }

    /// 403 with one of the details seen on Amazon; unknown paths have none.
    pub(crate) fn denied(details: &str) -> Reply {
        Reply {
            error_type: Some("AccessDeniedException"),
            ..Reply::error(
                403,
                "Unauthorized",
                "Access to requested resource is denied.",
                details,
            )
        }
    }

    /// 404 NotFound.
    pub(crate) fn not_found(message: &str) -> Reply {
        Reply::error(404, "NotFound", message, "")
    }

    /// 429 of the selling partner's own bucket.
    pub(crate) fn throttled() -> Reply {
        Reply::throttled_by("You exceeded your quota for the requested resource.")
    }

    /// 429 with the message that names the exhausted bucket.
    pub(crate) fn throttled_by(message: &str) -> Reply {
        Reply {
            error_type: Some("TooManyRequestsException"),
            ..Reply::error(429, "QuotaExceeded", message, "")
        }
    }

    /// A call that is refused without a look at it, in the words that the API has for the status.
    pub(crate) fn refused(refusal: Refusal) -> Reply {
        let Refusal::Status { status, .. } = refusal else {
            return Reply::denied("");
        };
        let reply = match status {
            401 | 403 => Reply::denied(TOKEN_INVALID),
            404 => Reply::not_found("The requested resource was not found."),
            413 => Reply::error(
                413,
                "PayloadTooLarge",
                "The request size exceeded the maximum accepted size.",
                "",
            ),
            415 => Reply::unsupported_media_type(),
            429 => Reply::throttled(),
            503 => Reply::error(
                503,
                "ServiceUnavailable",
                "Service is temporarily unavailable. Please try again.",
                "",
            ),
            500..=599 => Reply::internal_failure(),
            _ => Reply::invalid_input("Request is invalid."),
        };
        Reply { status, ..reply }
    }

    /// The same for the token endpoint.
    pub(crate) fn oauth_refused(refusal: Refusal, request_id: &str) -> Reply {
        let status = match refusal {
            Refusal::Status { status, .. } => status,
            Refusal::VersionGone => 404,
        };
        let (error, description) = match status {
            400 => (
                "invalid_grant",
                "The request has an invalid grant parameter",
            ),
            401 | 403 => ("unauthorized_client", "The client is not authorized"),
            429 => ("slow_down", "Too many requests"),
            _ => ("server_error", "The service is temporarily unavailable"),
        };
        Reply::oauth(status, error, description, request_id)
    }

    /// The same for the queue.
    pub(crate) fn queue_refused(refusal: Refusal) -> Reply {
        let status = match refusal {
            Refusal::Status { status, .. } => status,
            Refusal::VersionGone => 404,
        };
        let (kind, message) = match status {
            401 | 403 => ("AccessDeniedException", "Access to the resource is denied."),
            429 => (
                "RequestThrottled",
                "The request was denied due to request throttling.",
            ),
            503 => ("ServiceUnavailable", "The service is unavailable."),
            500..=599 => ("InternalError", "An internal error occurred."),
            _ => ("InvalidRequest", "The request is not valid."),
        };
        Reply {
            status,
            ..Reply::queue(kind, None, message)
        }
    }

    /// 500 InternalFailure.
    pub(crate) fn internal_failure() -> Reply {
        Reply::error(
            500,
            "InternalFailure",
            "We encountered an internal error. Please try again.",
            "",
        )
    }

    /// An error of the token endpoint, in OAuth's shape.
    pub(crate) fn oauth(status: u16, error: &str, description: &str, request_id: &str) -> Reply {
        // An opaque text that Amazon's support looks the failure up by (amzn/selling-partner-api-models 4112).
        let index = URL_SAFE.encode(request_id.as_bytes());
        let mut body = Vec::with_capacity(192);
        json::raw(&mut body, r#"{"error_index":"#);
        json::string(&mut body, &index);
        json::raw(&mut body, r#","error":"#);
        json::string(&mut body, error);
        json::raw(&mut body, r#","error_description":"#);
        json::string(&mut body, description);
        json::raw(&mut body, r#","request_id":"#);
        json::string(&mut body, request_id);
        json::raw(&mut body, "}");
        Reply {
            status,
            outcome: CallOutcome::Refused,
            ..Reply::ok(body)
        }
    }

    /// An error of the queue, in the shape of the AWS JSON protocol 1.0 (docs/platforms/amazon.md 6.4).
    pub(crate) fn queue(kind: &str, query_error: Option<&'static str>, message: &str) -> Reply {
        let mut body = Vec::with_capacity(128);
        json::raw(&mut body, r#"{"__type":"#);
        json::string(&mut body, kind);
        json::raw(&mut body, r#","message":"#);
        json::string(&mut body, message);
        json::raw(&mut body, "}");
        Reply {
            status: 400,
            outcome: CallOutcome::Refused,
            query_error,
            ..Reply::ok(body)
        }
    }
}

/// What the Listings Items and Notifications APIs say of a body that they cannot read (jlevers/selling-partner-api 240
/// and 656).
pub(crate) const UNPARSABLE: &str =
    "Request has missing or invalid parameters and cannot be parsed.";
/// What the Reports and Tokens APIs say of one (amzn/selling-partner-api-models 1810).
pub(crate) const INVALID_BODY: &str = "Invalid Input";
/// Message of a 400 whose details say more.
const INVALID: &str = "This is an invalid input";
/// 403 details of a request without a token.
pub(crate) const TOKEN_MISSING: &str = "Access token is missing in the request header.";
/// 403 details of a token this platform never issued.
pub(crate) const TOKEN_INVALID: &str =
    "The access token you provided is revoked, malformed or invalid.";
/// 403 details of a token past its life; several clients match this text.
pub(crate) const TOKEN_EXPIRED: &str = "The access token you provided has expired.";
/// 403 details of another region's marketplace.
pub(crate) const WRONG_REGION: &str = "The marketplaces you provided are not valid for region.";
