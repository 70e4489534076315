//! User errors as GraphQL objects.

use super::reader::Reader;
use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::PlanField;
use crate::shopify::json::{write_optional_text, write_text, write_texts};

impl Reader<'_> {
    /// Appends a list of user errors, which costs nothing.
    pub(crate) fn user_errors(
        &self,
        field: &PlanField,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        self.list(field, errors, out, |selection, error, out| {
            self.object(selection, out, |part, out| {
                match part.field {
                    Field::Message => write_text(&error.message, out),
                    Field::Code => {
                        write_optional_text((!error.code.is_empty()).then_some(error.code), out);
                    }
                    Field::ElementIndex => out.extend_from_slice(b"null"),
                    Field::Field => {
                        if error.field.is_empty() {
                            out.extend_from_slice(b"null");
                        } else {
                            write_texts(&error.field, out);
                        }
                    }
                    _ => self.unserved(part, out),
                }
                0
            })
        });
        0
    }
}
