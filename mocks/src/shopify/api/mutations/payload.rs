//! The payload of a mutation: its user errors, and what it shows of what it did.

use crate::shopify::api::errors::UserError;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::{PlanField, Selection};
use crate::shopify::api::queries::reader::{Reader, null};

impl Reader<'_> {
    /// Appends a payload and returns its price. `shown` has the fields that name what was done, each with what stands
    /// there; `write` appends it, and where nothing stands there is a `null`, which costs nothing.
    pub(super) fn payload<N: Copy, const FIELDS: usize>(
        &self,
        selection: &Selection,
        errors: &[UserError],
        shown: [(Field, Option<N>); FIELDS],
        out: &mut Vec<u8>,
        write: impl Fn(&PlanField, N, &mut Vec<u8>) -> u64,
    ) -> u64 {
        self.object(selection, out, |part, out| {
            // Both lists of a cancelled order's errors come back; the type of the older one has no codes.
            if matches!(
                part.field,
                Field::UserErrors
                    | Field::OrderCancelUserErrors
                    | Field::LocationActivateUserErrors
                    | Field::LocationDeactivateUserErrors
                    | Field::LocationDeleteUserErrors
            ) {
                return self.user_errors(part, errors, out);
            }
            match shown.iter().find(|(field, _)| *field == part.field) {
                Some((_, Some(one))) => return write(part, *one, out),
                Some((_, None)) => null(out),
                None => self.unserved(part, out),
            }
            0
        })
    }

    /// Appends the payload of a mutation that shows the one object that it made or changed, or says why it did not.
    pub(super) fn outcome<N: Copy>(
        &self,
        field: &PlanField,
        shown: Field,
        done: Result<N, UserError>,
        out: &mut Vec<u8>,
        write: impl Fn(&Selection, N, &mut Vec<u8>) -> u64,
    ) -> u64 {
        let shown = [(shown, done.as_ref().ok().copied())];
        let error = done.err();
        self.payload(
            field.selection(),
            error.as_slice(),
            shown,
            out,
            |part, one, out| write(part.selection(), one, out),
        )
    }
}
