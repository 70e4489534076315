//! The rate limit: one token bucket over all operations.

use crate::core::{LimitSize, LimitUse, Micros, TokenBucket};
use crate::warehouse::profile::Limits;

use super::errors::ApiError;

pub(crate) fn bucket(limits: &Limits) -> TokenBucket {
    TokenBucket::new(limits.burst, limits.calls_per_second)
}

impl Limits {
    /// The bucket's size.
    pub(crate) fn size(&self) -> LimitSize {
        LimitSize {
            per_second: self.calls_per_second,
            burst: self.burst,
        }
    }
}

/// Takes one call's token.
///
/// # Errors
/// 429 with the exact wait, rounded up to whole seconds in its header.
pub(crate) fn admit(bucket: &mut TokenBucket, now: Micros) -> Result<(), ApiError> {
    if bucket.take(now, 1.0) {
        Ok(())
    } else {
        Err(ApiError::throttled(bucket.wait_for(now, 1.0)))
    }
}

/// Use of the rate limit so far.
pub(crate) fn usage(bucket: &TokenBucket) -> LimitUse {
    LimitUse {
        name: "calls",
        capacity: bucket.capacity(),
        rate_per_second: bucket.rate_per_second(),
        flow: bucket.flow(),
        used: bucket.used(),
        left: bucket.left(),
    }
}
