//! Who may call: a bearer token.

use http::header::{AUTHORIZATION, HeaderMap};

use super::errors::ApiError;

/// What the warehouse accepts as proof of identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The API token, sent as `Authorization: Bearer <token>`.
    pub token: String,
}

impl Default for Credentials {
    /// The token `warehouse-token`.
    fn default() -> Credentials {
        Credentials {
            token: "warehouse-token".to_string(),
        }
    }
}

impl Credentials {
    /// Checks the request's token.
    ///
    /// # Errors
    /// 401 `unauthorized` when it is missing or wrong.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let presented = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.as_bytes().split_at_checked(7))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "))
            .map(|(_, token)| token);
        if presented == Some(self.token.as_bytes()) {
            Ok(())
        } else {
            Err(ApiError::unauthorized())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_the_exact_token_passes() {
        let credentials = Credentials::default();
        let check = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
            credentials.check(&headers).is_ok()
        };
        assert!(check("Bearer warehouse-token"));
        assert!(check("bearer warehouse-token"), "schemes ignore case");
        for wrong in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer warehouse-toke",
            "Bearer warehouse-token2",
            "Basic warehouse-token",
        ] {
            assert!(!check(wrong), "{wrong}");
        }
        assert!(credentials.check(&HeaderMap::new()).is_err());
    }
}
