//! GraphQL over the schema file: read and validate a text once, lower it to a plan, keep the plan, and execute plans by
//! writing response bytes.

pub(crate) mod cache;
pub(crate) mod cost;
pub(crate) mod errors;
pub(crate) mod fields;
pub(crate) mod lower;
pub(crate) mod plan;
pub(crate) mod scalars;
pub(crate) mod schema;
pub(crate) mod syntax;
pub(crate) mod validation;
pub(crate) mod variables;

/// A map in the order of insertion: a request's answer must not depend on a hasher.
type Map<K, V> = indexmap::IndexMap<K, V, rustc_hash::FxBuildHasher>;
/// A set in the order of insertion.
type Set<T> = indexmap::IndexSet<T, rustc_hash::FxBuildHasher>;
