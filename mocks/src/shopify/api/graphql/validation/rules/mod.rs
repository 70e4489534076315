//! The rules of validation, one concern a file, worded and ordered like the Ruby engine that the platform runs
//! (github.com/rmosolgo/graphql-ruby, `lib/graphql/static_validation/rules`).

pub(crate) mod arguments;
pub(crate) mod directives;
pub(crate) mod fields;
pub(crate) mod fragments;
pub(crate) mod literals;
pub(crate) mod merging;
pub(crate) mod one_of;
pub(crate) mod operations;
pub(crate) mod variables;
