//! The Orders API: both versions of its reads, personal data, and confirming shipments.

pub(crate) mod by_id;
pub(crate) mod list;
pub(crate) mod personal;
pub(crate) mod shipment;
mod v0;
mod v2026;
mod window;
