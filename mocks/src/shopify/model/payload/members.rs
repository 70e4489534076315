//! Members of an object, written as far as they are wanted.

use super::filter::{PayloadFilter, Wanted, write_parts};
use crate::shopify::json::{Json, write_cents};

/// The members of one object, one after the other, as far as they are wanted.
pub(super) struct Members<'a> {
    pub(crate) filter: &'a PayloadFilter,
    pub(crate) is_first: bool,
}

impl<'a> Members<'a> {
    /// Appends the member's name, if the member is wanted, and tells what of it. A part of every writer, so that what
    /// depends on the name alone is computed when compiled.
    #[inline(always)]
    fn begin(&mut self, name: &str, out: &mut Vec<u8>) -> Wanted<'a> {
        let wanted = self.filter.wanted(name);
        if wanted != Wanted::Nothing {
            out.extend_from_slice(if self.is_first { b"\"" } else { b",\"" });
            self.is_first = false;
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
        }
        wanted
    }

    #[inline(always)]
    pub(crate) fn write(
        &mut self,
        name: &str,
        out: &mut Vec<u8>,
        value: impl FnOnce(&mut Vec<u8>),
    ) {
        match self.begin(name, out) {
            Wanted::Nothing => {}
            Wanted::Everything => value(out),
            Wanted::Parts(below) => {
                let mut whole = Vec::new();
                value(&mut whole);
                cut(&whole, below, out);
            }
        }
    }

    /// The same for a value that filters itself, so that parts need not be cut out of the whole.
    pub(crate) fn write_filtered(
        &mut self,
        name: &str,
        out: &mut Vec<u8>,
        value: impl FnOnce(&PayloadFilter, &mut Vec<u8>),
    ) {
        match self.begin(name, out) {
            Wanted::Nothing => {}
            Wanted::Everything => value(&PayloadFilter::default(), out),
            Wanted::Parts(below) => value(below, out),
        }
    }
}

/// Appends the parts of a value that is written already.
fn cut(whole: &[u8], wanted: &PayloadFilter, out: &mut Vec<u8>) {
    match serde_json::from_slice::<Json>(whole) {
        Ok(json) => write_parts(&json, wanted, out),
        Err(_) => out.extend_from_slice(b"null"),
    }
}

/// Appends a comma before all elements but the first.
pub(super) fn comma(out: &mut Vec<u8>, index: usize) {
    if index > 0 {
        out.push(b',');
    }
}

/// A value that is written as it stands.
pub(super) fn raw(text: &str) -> impl FnOnce(&mut Vec<u8>) + '_ {
    move |out| out.extend_from_slice(text.as_bytes())
}

/// Appends money as a decimal text.
pub(super) fn cents_text(cents: i64, out: &mut Vec<u8>) {
    out.push(b'"');
    write_cents(cents, out);
    out.push(b'"');
}
