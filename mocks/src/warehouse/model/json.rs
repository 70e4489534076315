//! JSON text, by the kernel's one writer.

pub(crate) use oversell_kernel::json::{array, boolean, integer, string as text};
