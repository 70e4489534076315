//! Writing JSON straight into a byte buffer.

pub(crate) use crate::core::json::string as text;

/// Appends an integer.
pub(crate) fn integer(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends `true` or `false`.
pub(crate) fn boolean(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

/// Appends what `write` writes for each element, with commas between, in brackets.
pub(crate) fn array<T>(
    out: &mut Vec<u8>,
    elements: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (position, element) in elements.into_iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        write(out, element);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_have_commas_between() {
        let mut out = Vec::new();
        array(&mut out, [-1i64, 0, 7], integer);
        array(&mut out, [true; 0], boolean);
        assert_eq!(out, b"[-1,0,7][]");
    }
}
