//! GraphQL over the schema file: parse and validate a text once, lower it to a plan, keep the plan, and execute plans by
//! writing response bytes.

pub mod cache;
pub mod cost;
pub mod errors;
pub mod fields;
pub mod lower;
pub mod plan;
pub mod schema;
pub mod validation;
pub mod variables;
