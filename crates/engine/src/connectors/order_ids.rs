//! The texts of the platforms' order ids.

use super::encoding::DecimalId;
use crate::canonical::OrderKey;
use oversell_kernel::json;

/// Appends a decimal id.
pub(crate) fn push_decimal(out: &mut Vec<u8>, order: OrderKey) {
    json::integer(out, order.0);
}

/// Reads a decimal id.
pub(crate) fn parse_decimal(text: &str) -> Option<OrderKey> {
    DecimalId::parse(text).map(|id| OrderKey(id.0))
}

/// Appends `ddd-ddddddd-ddddddd`.
pub(crate) fn push_amazon(out: &mut Vec<u8>, order: OrderKey) {
    let mut digits = [b'0'; 17];
    let mut left = order.0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (left % 10) as u8;
        left /= 10;
    }
    out.extend_from_slice(&digits[..3]);
    out.push(b'-');
    out.extend_from_slice(&digits[3..10]);
    out.push(b'-');
    out.extend_from_slice(&digits[10..]);
}

/// Reads `ddd-ddddddd-ddddddd`.
pub(crate) fn parse_amazon(text: &str) -> Option<OrderKey> {
    let bytes = text.as_bytes();
    if bytes.len() != 19 {
        return None;
    }
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate() {
        match (at, byte) {
            (3 | 11, b'-') => {}
            (3 | 11, _) => return None,
            (_, b'0'..=b'9') => value = value * 10 + u64::from(byte - b'0'),
            _ => return None,
        }
    }
    Some(OrderKey(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_order_ids_are_read() {
        assert_eq!(
            parse_amazon("902-0000001-0000001"),
            Some(OrderKey(90_200_000_010_000_001))
        );
        for text in [
            "",
            "902-0000001-000001",
            "902_0000001-0000001",
            "90x-0000001-0000001",
        ] {
            assert_eq!(parse_amazon(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn order_ids_go_there_and_back(key in 0_u64..100_000_000_000_000_000) {
            let mut text = Vec::new();
            push_amazon(&mut text, OrderKey(key));
            prop_assert_eq!(parse_amazon(std::str::from_utf8(&text).unwrap()), Some(OrderKey(key)));
        }
    }
}
