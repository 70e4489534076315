//! Scenario files: what is sold where, who buys when, and how long everything takes (docs/scenarios.md).

pub mod builtin;
mod by_hand;
mod check;
mod compact;
pub mod countries;
pub mod diagnostic;
pub mod error;
mod expand;
pub mod fault_overlay;
pub mod file;
pub mod model;
pub mod old_names;
mod overrides;
pub mod profiles;
pub mod rate;
mod read;
mod replaying;
#[cfg(any(test, feature = "test-support"))]
pub mod samples;
mod schema;
mod sound;
pub mod text;
mod tree;
mod typed;
mod validate;

pub use by_hand::FOR_EVER;
pub use diagnostic::{Diagnostic, Page};
pub use error::{Problem, ScenarioError, SourceFile};
pub use model::Scenario;
pub use read::{Loaded, VERSION};
pub use replaying::{compression_to_fit, lasting_s};
#[cfg(any(test, feature = "test-support"))]
pub use schema::assert_committed;
pub use schema::{committed, schema};
pub use tree::rival_of;
pub use typed::Typed;

#[cfg(test)]
mod tests;
