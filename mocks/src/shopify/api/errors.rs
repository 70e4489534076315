//! User errors of mutations, which both APIs tell (docs/platforms/shopify.md 4.3 and 4.4).

use std::borrow::Cow;

/// The body for paths that are not served.
pub(crate) const NOT_FOUND: &[u8] = br#"{"errors":"Not Found"}"#;

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

    /// An error at a member of a list row: `["input", list, "index", member]`.
    pub(crate) fn row(
        list: &'static str,
        index: usize,
        member: &'static str,
        message: impl Into<Cow<'static, str>>,
        code: &'static str,
    ) -> UserError {
        UserError {
            field: vec![
                "input".into(),
                list.into(),
                index.to_string().into(),
                member.into(),
            ],
            message: message.into(),
            code,
        }
    }
}
