//! Numbers and bytes in hexadecimal digits, in lower case.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Appends two digits for each byte.
#[inline]
pub fn push(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// The digits of a SHA-256 digest.
#[inline]
pub fn digest(bytes: &[u8; 32]) -> [u8; 64] {
    let mut digits = [0; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    digits
}

/// Fills a place with the last digits of a number.
#[inline]
pub fn write(place: &mut [u8], value: u64) {
    for (digit, position) in place.iter_mut().rev().zip(0u32..16) {
        *digit = DIGITS[(value >> (4 * position) & 15) as usize];
    }
}

/// Reads the digits of `N` bytes, in either case; `None` when the text is anything else.
pub fn read<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = (high * 16 + low) as u8;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn digits_are_those_of_the_standard_library(value: u64, length in 0usize..=16) {
            let mut place = vec![b'0'; length];
            write(&mut place, value);
            let all = format!("{value:016x}");
            prop_assert_eq!(place, &all.as_bytes()[16 - length..]);
            let mut out = b"0x".to_vec();
            push(&mut out, &value.to_be_bytes());
            prop_assert_eq!(out.clone(), format!("0x{all}").into_bytes());
            prop_assert_eq!(read(&out[2..]), Some(value.to_be_bytes()));
            prop_assert_eq!(read::<8>(&out), None);
            let mut bytes = [0; 32];
            bytes[24..].copy_from_slice(&value.to_be_bytes());
            prop_assert_eq!(&digest(&bytes)[48..], all.as_bytes());
            out[9] = b'g';
            prop_assert_eq!(read::<8>(&out[2..]), None);
        }
    }
}
