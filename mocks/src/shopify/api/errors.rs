//! User errors of mutations, which both APIs tell (docs/platforms/shopify.md 4.3 and 4.4).

use std::borrow::Cow;

/// The body for paths that are not served.
pub(crate) const NOT_FOUND: &[u8] = br#"{"errors":"Not Found"}"#;

/// What is wrong with a text that may have so many letters: the platform's usual words (docs/platforms/shopify.md 3.4, 3.6 and 7).
pub(crate) fn too_long(label: &str, text: &str, letters_max: usize) -> Option<String> {
    let is_too_long = text.chars().count() > letters_max;
    is_too_long.then(|| format!("{label} is too long (maximum is {letters_max} characters)"))
}

/// A business error inside a mutation's payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserError {
    /// The path of the input that is wrong.
    pub(crate) field: Vec<Cow<'static, str>>,
    /// What is wrong.
    pub(crate) message: Cow<'static, str>,
    /// The platform's code, where the type has one.
    pub(crate) code: &'static str,
}

impl UserError {
    /// An error without a code.
    pub(crate) fn plain(
        field: impl IntoIterator<Item = &'static str>,
        message: impl Into<Cow<'static, str>>,
    ) -> UserError {
        UserError::coded(field, message, "")
    }

    /// An error with a code.
    pub(crate) fn coded(
        field: impl IntoIterator<Item = &'static str>,
        message: impl Into<Cow<'static, str>>,
        code: &'static str,
    ) -> UserError {
        UserError {
            field: field.into_iter().map(Cow::Borrowed).collect(),
            message: message.into(),
            code,
        }
    }

    /// An error at a list row or below it: `["input", list, "index", steps...]`.
    pub(crate) fn row(
        list: &'static str,
        index: usize,
        steps: &[&'static str],
        message: impl Into<Cow<'static, str>>,
        code: &'static str,
    ) -> UserError {
        UserError::coded(["input", list], message, code).at_row(index, steps)
    }

    /// The same error at a row of the list that it is at, or below the row.
    pub(crate) fn at_row(mut self, index: usize, steps: &[&'static str]) -> UserError {
        self.field.push(index.to_string().into());
        let steps = steps.iter().map(|step| Cow::Borrowed(*step));
        self.field.extend(steps);
        self
    }
}
