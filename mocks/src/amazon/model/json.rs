//! JSON text, by the kernel's one writer; an amount of money is a decimal text.

pub(crate) use oversell_kernel::json::{
    boolean, cents as amount, escape, integer as number, is_bare, raw, read, read_text, string,
};

/// Appends a comma unless this is the first element, which the flag remembers.
pub(crate) fn comma(out: &mut Vec<u8>, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(b',');
    }
}
