//! Refusals, all in one shape (docs/custom.md 7).

use http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response as HttpResponse, StatusCode};

use crate::core::json::{raw, string};
use crate::core::{Micros, Refusal, Response};

/// A refusal, rendered as `{"error":{"code","message"}}`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// Whole seconds for the `Retry-After` header.
    retry_after_secs: Option<u64>,
    /// The method for the `Allow` header.
    allow: Option<String>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> ApiError {
        ApiError {
            status,
            code,
            message: message.into(),
            retry_after_secs: None,
            allow: None,
        }
    }

    /// 401: no token, or a wrong one.
    pub(crate) fn unauthorized() -> ApiError {
        let message = "the header must be Authorization: Bearer, with the shop's token";
        ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// 401: the merchant has taken the access away.
    pub(crate) fn revoked() -> ApiError {
        let message = "the merchant has taken back the access of this token";
        ApiError::new(StatusCode::UNAUTHORIZED, "revoked", message)
    }

    /// 400: the request cannot be understood.
    pub(crate) fn bad_request(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// 404: no such path or thing.
    pub(crate) fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 405: the path exists, with another method.
    pub(crate) fn method_not_allowed(allow: String) -> ApiError {
        let message = format!("this path is served with {allow}");
        ApiError {
            allow: Some(allow),
            ..ApiError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                message,
            )
        }
    }

    /// 409: the thing is in a state that does not allow it.
    pub(crate) fn conflict(code: &'static str, message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::CONFLICT, code, message)
    }

    /// 412: the count is not the one that the call expects. Nothing has changed.
    pub(crate) fn stale(version: u32) -> ApiError {
        let message = format!("the quantity has changed since; its version is \"{version}\"");
        ApiError::new(StatusCode::PRECONDITION_FAILED, "stale", message)
    }

    /// 422: well-formed, with values that make no sense. Nothing has changed.
    pub(crate) fn unprocessable(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable", message)
    }

    /// 429: the bucket is empty. The header, where there is one, has whole seconds, rounded up, and at most an hour.
    pub(crate) fn throttled(wait: Option<Micros>) -> ApiError {
        ApiError {
            retry_after_secs: wait.map(|wait| wait.0.div_ceil(1_000_000).clamp(1, 3_600)),
            ..ApiError::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "the bucket of calls is empty",
            )
        }
    }

    /// 503: the shop does not answer now.
    pub(crate) fn unavailable() -> ApiError {
        let message = "the shop is not available now; the call has had no effect";
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message)
    }

    /// The answer to a call that is refused without a look at it.
    pub(crate) fn refused(refusal: Refusal) -> Response {
        let Refusal::Status {
            status,
            retry_after,
        } = refusal
        else {
            return ApiError::not_found("there is no such path").into_response();
        };
        let code = match status {
            401 => "unauthorized",
            403 => "forbidden",
            429 => "rate_limited",
            503 => "unavailable",
            500..=599 => "internal",
            _ => "refused",
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let error = ApiError {
            retry_after_secs: retry_after.map(|wait| wait.0.div_ceil(1_000_000)),
            ..ApiError::new(status, code, "the call was not looked at")
        };
        error.into_response()
    }

    /// Whether the rate limit is the reason.
    pub(crate) fn is_throttling(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS
    }

    /// The refusal as an HTTP response.
    pub(crate) fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(64 + self.message.len());
        raw(&mut body, "{\"error\":{\"code\":");
        string(&mut body, self.code);
        raw(&mut body, ",\"message\":");
        string(&mut body, &self.message);
        raw(&mut body, "}}");
        let mut response = respond(self.status, body);
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_secs {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(methods) = self.allow.and_then(|it| HeaderValue::try_from(it).ok()) {
            headers.insert(ALLOW, methods);
        }
        response
    }
}

/// A JSON response; without a body where there is none.
pub(crate) fn respond(status: StatusCode, body: Vec<u8>) -> Response {
    let has_body = !body.is_empty();
    let mut response = HttpResponse::new(body);
    *response.status_mut() = status;
    if has_body {
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
    }
    response
}
