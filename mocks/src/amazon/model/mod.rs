//! Plain state and its rules: orders, stock, the catalogue, documents and jobs. No timer, no draw, no fact, no request.

pub(crate) mod catalogue;
pub(crate) mod documents;
pub(crate) mod fba;
pub(crate) mod feeds;
pub(crate) mod given;
pub(crate) mod ids;
pub(crate) mod instants;
pub(crate) mod inventory;
pub(crate) mod jobs;
pub(crate) mod json;
pub(crate) mod marketplaces;
pub(crate) mod offers;
pub(crate) mod orders;
pub(crate) mod outbound;
pub(crate) mod reports;
pub(crate) mod submission;
