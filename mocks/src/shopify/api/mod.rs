//! What is answered to calls.

pub(crate) mod auth;
pub(crate) mod bulk;
pub(crate) mod calls;
pub(crate) mod coverage;
pub(crate) mod errors;
mod execute;
pub(crate) mod graphql;
pub(crate) mod idempotency;
pub(crate) mod limits;
mod mutations;
pub(crate) mod origin;
pub(crate) mod queries;
pub(crate) mod rest;
pub(crate) mod router;
