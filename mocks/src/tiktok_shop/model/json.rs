//! JSON text, by the kernel's one writer, under the platform's words: ids are numbers in quotes, money is a decimal text.

pub(crate) use oversell_kernel::hexadecimal::push as hex;
pub(crate) use oversell_kernel::json::{
    boolean, cents as money, comma, integer as number, quoted_integer as id, raw, string,
};
