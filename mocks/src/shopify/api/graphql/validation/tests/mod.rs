//! Each rule with documents of its own, the bounds, and what documents cost in steps.

mod costs;
mod rules;
mod values;

use serde_json::Value;

use super::*;

fn errors(text: &str) -> Value {
    let body = plan(ServedSchema::built_in(), text).expect_err(text);
    let mut answer: Value = serde_json::from_slice(&body).unwrap();
    answer["errors"].take()
}

/// The messages of a document's errors, with their codes.
fn told(text: &str) -> Vec<(String, String)> {
    let text_of = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let errors = errors(text);
    let errors = errors.as_array().unwrap().iter();
    errors
        .map(|error| {
            (
                text_of(&error["message"]),
                text_of(&error["extensions"]["code"]),
            )
        })
        .collect()
}

/// A document, and the messages and codes of what is wrong with it.
type Case = (&'static str, &'static [(&'static str, &'static str)]);

fn check(cases: &[Case]) {
    for (text, expected) in cases {
        let expected: Vec<(String, String)> = expected
            .iter()
            .map(|(message, code)| ((*message).to_owned(), (*code).to_owned()))
            .collect();
        assert_eq!(told(text), expected, "{text}");
    }
}
