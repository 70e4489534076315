//! JSON bodies of requests.

use serde::Deserialize;

use crate::core::json;

use super::errors::ApiError;

/// Reads a body.
///
/// # Errors
/// 400 where it is no JSON, 422 where it is JSON of another shape; both say where.
pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ApiError> {
    json::read(body).map_err(|error| {
        let message = format!("the body cannot be read: {error}");
        match json::is_misshapen(body, &error) {
            true => ApiError::unprocessable(message),
            false => ApiError::bad_request(message),
        }
    })
}

/// Reads a body, or what stands for none.
///
/// # Errors
/// As [`read`].
pub(super) fn read_or_default<'a, T: Deserialize<'a> + Default>(
    body: &'a [u8],
) -> Result<T, ApiError> {
    match body.is_empty() {
        true => Ok(T::default()),
        false => read(body),
    }
}
