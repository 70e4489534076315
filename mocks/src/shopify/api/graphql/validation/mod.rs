//! From a text to a plan: bounds, grammar, the rules of validation in the platform's words, lowering.

mod bounds;
mod context;
mod error;
mod rules;
mod steps;
#[cfg(test)]
mod tests;
mod walk;

use std::sync::Arc;

pub(crate) use bounds::Bounds;
pub(crate) use steps::{Steps, TooComplex};

use super::cache::Outcome;
use super::lower;
use super::plan::Plan;
use super::schema::ServedSchema;
use super::syntax::{self, SyntaxError};
use context::{Context, Stop};

/// Reads, validates and lowers a query text; the error is a complete response body.
pub(crate) fn plan(served: &ServedSchema, text: &str) -> Outcome {
    let bounds = &Bounds::SERVED;
    let mut steps = Steps::up_to(bounds.steps_max);
    match compile(served, text, bounds, &mut steps) {
        Ok(plan) => Ok(Arc::new(plan)),
        Err(body) => Err(body.into()),
    }
}

/// What a text says, where it is a document at all, whether or not the schema knows what it names.
pub(crate) fn parsed(text: &str) -> Option<syntax::ast::Document<'_>> {
    let bounds = &Bounds::SERVED;
    if text.len() > bounds.bytes_max {
        return None;
    }
    syntax::document(text, bounds.syntax).ok()
}

/// The same within other bounds, counting steps.
fn compile(
    served: &ServedSchema,
    text: &str,
    bounds: &Bounds,
    steps: &mut Steps,
) -> Result<Plan, Vec<u8>> {
    if text.len() > bounds.bytes_max {
        return Err(too_large("bytes", bounds.bytes_max));
    }
    let document = syntax::document(text, bounds.syntax).map_err(|error| match error {
        SyntaxError::Unexpected { message, at } => error::syntax_body(&message, at),
        SyntaxError::TooLarge(what, most) => too_large(what, most),
    })?;
    let mut context = Context::new(&served.schema, &document, steps);
    let checked = walk::document(&mut context, bounds.planned_depth_max);
    if !context.errors.is_empty() {
        return Err(error::body(&context.errors));
    }
    if checked == Err(Stop::TooComplex) {
        return Err(too_complex());
    }
    lower::document(served, &document, bounds, steps).map_err(|_| too_complex())
}

/// The body that refuses a document larger than a bound.
fn too_large(what: &str, most: usize) -> Vec<u8> {
    let message = format!("This query is too large to execute: it has more than {most} {what}.");
    refused(&message)
}

/// The body that refuses a document whose fragments multiply, or that is too much work for another reason.
fn too_complex() -> Vec<u8> {
    refused("Query is too complex")
}

fn refused(message: &str) -> Vec<u8> {
    crate::shopify::api::refusals::request_error(message, "BAD_REQUEST")
}
