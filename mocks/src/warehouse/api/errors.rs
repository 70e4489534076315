//! Answers of the API: the one shape of errors, and what all answers share.

use http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response as HttpResponse, StatusCode};

use crate::core::{Micros, Refusal, Response};
use crate::warehouse::model::json;

/// A refusal, rendered as `{"error":{"code","message"}}`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// Whole seconds for the `Retry-After` header.
    retry_after_secs: Option<u64>,
    /// The method for the `Allow` header.
    allow: Option<&'static str>,
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
    pub fn unauthorized() -> ApiError {
        ApiError::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "send a valid token as Authorization: Bearer <token>",
        )
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// 404: no such path or thing.
    pub fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 405: the path exists, with another method.
    pub fn method_not_allowed(allow: &'static str) -> ApiError {
        ApiError {
            allow: Some(allow),
            ..ApiError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                format!("this path answers {allow} only"),
            )
        }
    }

    /// 422: well-formed, with values that make no sense. Nothing of the request took effect.
    pub fn unprocessable(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable", message)
    }

    /// 429: the token's bucket is empty for another `wait`. The header carries whole seconds, rounded up, at least 1.
    pub fn throttled(wait: Micros) -> ApiError {
        ApiError {
            retry_after_secs: Some(wait.0.div_ceil(1_000_000).max(1)),
            ..ApiError::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "too many calls; wait as long as Retry-After says",
            )
        }
    }

    /// The answer to a call that is refused without a look at it.
    pub fn refused(refusal: Refusal) -> Response {
        let Refusal::Status {
            status,
            retry_after,
        } = refusal
        else {
            return ApiError::not_found("there is no such path").into_response();
        };
        let of = |code, message: &str| ApiError {
            retry_after_secs: retry_after.map(|wait| wait.0.div_ceil(1_000_000)),
            ..ApiError::new(
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                code,
                message,
            )
        };
        let error = match status {
            401 => ApiError::unauthorized(),
            403 => of("forbidden", "this token may not do this"),
            429 => match retry_after {
                Some(wait) => ApiError::throttled(wait),
                None => of("rate_limited", "too many calls; slow down"),
            },
            503 => of(
                "unavailable",
                "the system is not available; try again later",
            ),
            500..=599 => of("internal", "something went wrong; try again"),
            _ => of("refused", "the call was refused"),
        };
        error.into_response()
    }

    /// Whether the rate limit is the reason.
    pub fn is_throttling(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS
    }

    /// The refusal as an HTTP response.
    pub fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(64 + self.message.len());
        body.extend_from_slice(b"{\"error\":{\"code\":");
        json::text(&mut body, self.code);
        body.extend_from_slice(b",\"message\":");
        json::text(&mut body, &self.message);
        body.extend_from_slice(b"}}");
        let mut response = respond(self.status, body);
        if let Some(seconds) = self.retry_after_secs {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(method) = self.allow {
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static(method));
        }
        response
    }
}

/// A JSON response.
pub(crate) fn respond(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = HttpResponse::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_one_shape_and_say_when_to_come_back() {
        let response = ApiError::throttled(Micros(1_000_001)).into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "2");
        insta::assert_snapshot!(
            String::from_utf8(response.into_body()).unwrap(),
            @r#"{"error":{"code":"rate_limited","message":"too many calls; wait as long as Retry-After says"}}"#
        );
        let short = ApiError::throttled(Micros(20_000)).into_response();
        assert_eq!(short.headers()["retry-after"], "1");
        let wrong_method = ApiError::method_not_allowed("GET").into_response();
        assert_eq!(wrong_method.status(), 405);
        assert_eq!(wrong_method.headers()["allow"], "GET");
    }
}
