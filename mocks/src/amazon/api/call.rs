//! One request, taken apart.

use http::HeaderMap;

use super::operations::OperationIndex;
use super::query::Query;
use super::restricted::Access;
use crate::core::{Micros, Request};

/// A call of the Selling Partner API.
pub(crate) struct Call<'a> {
    pub(crate) now: Micros,
    pub(crate) sent_at: Micros,
    /// What the client's own clock shows, by which its tokens live.
    pub(crate) by_client: Micros,
    /// Which request of the shop's it is.
    pub(crate) number: u64,
    pub(crate) operation: OperationIndex,
    pub(crate) query: &'a Query<'a>,
    pub(crate) request: &'a Request,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    /// The variable parts of the path, empty if there are none.
    pub(crate) first: &'a str,
    pub(crate) second: &'a str,
    /// What the token opens.
    pub(crate) access: Access,
}
