//! GraphQL over the schema file: read and validate a text once, lower it to a plan, keep the plan, and execute plans by
//! writing response bytes.

pub(crate) mod cache;
pub(crate) mod cost;
pub(crate) mod errors;
pub(crate) mod fields;
pub(crate) mod lower;
pub(crate) mod plan;
pub(crate) mod schema;
pub(crate) mod syntax;
pub(crate) mod validation;
pub(crate) mod variables;
