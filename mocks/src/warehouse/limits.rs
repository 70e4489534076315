//! The rate limit: one token bucket over all operations.

use super::errors::ApiError;
use super::machine::Warehouse;
use super::profile::Limits;
use crate::core::{LimitUse, Micros, TokenBucket};

pub(super) fn bucket(limits: &Limits) -> TokenBucket {
    TokenBucket::new(limits.burst, limits.calls_per_second)
}

/// Takes one call's token.
///
/// # Errors
/// 429 with the exact wait, rounded up to whole seconds in its header.
pub(super) fn admit(bucket: &mut TokenBucket, now: Micros) -> Result<(), ApiError> {
    if bucket.take(now, 1.0) {
        Ok(())
    } else {
        Err(ApiError::throttled(bucket.wait_for(now, 1.0)))
    }
}

impl Warehouse {
    /// Use of the rate limit so far.
    pub fn limits(&self) -> Vec<LimitUse> {
        vec![LimitUse {
            name: "calls",
            capacity: self.bucket.capacity(),
            rate_per_second: self.bucket.rate_per_second(),
            used: self.bucket.used(),
        }]
    }
}
