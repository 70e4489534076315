//! Ids as Amazon prints them, computed from dense numbers and back, so that none is stored.

use crate::core::hexadecimal;
use crate::core::random::mix;
use crate::core::several;

/// Order numbers live among 14 decimal digits, as in `902-0000001-0000001` without its prefix.
const ORDER_SPACE: u128 = 100_000_000_000_000;
/// Spreads neighbouring orders over the digits; coprime to the space, hence reversible.
const ORDER_FACTOR: u128 = 61_803_398_874_989;
const ORDER_FACTOR_INVERSE: u128 = inverse(ORDER_FACTOR);
const ORDER_OFFSET: u128 = 27_182_818_284_590;
/// The first three digits of the first shop's order ids; those of the next shop are the next number.
const ORDER_PREFIX: u32 = 902;
/// The first order item id of the first shop, of 14 digits.
const FIRST_ITEM: u64 = 10_000_000_000_001;
/// How far the order item ids of two neighbouring shops lie apart: more than there are order lines.
const BETWEEN_SHOPS: u64 = 11_000_000_000;

/// The first three digits of every order id of the shop at work, from 100 to 999.
fn order_prefix() -> [u8; 3] {
    let number = 100 + (ORDER_PREFIX - 100 + several::at_work()) % 900;
    [number / 100, number / 10 % 10, number % 10].map(|digit| b'0' + digit as u8)
}

fn first_item() -> u64 {
    FIRST_ITEM + several::apart(BETWEEN_SHOPS)
}

/// The inverse modulo 10^14 by Euler: phi(10^14) is 4 * 10^13.
const fn inverse(factor: u128) -> u128 {
    let mut exponent: u128 = 40_000_000_000_000 - 1;
    let mut base = factor;
    let mut result: u128 = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % ORDER_SPACE;
        }
        base = base * base % ORDER_SPACE;
        exponent >>= 1;
    }
    result
}

const _: () = assert!(ORDER_FACTOR * ORDER_FACTOR_INVERSE % ORDER_SPACE == 1);

/// Appends the id of the n-th order, `ddd-ddddddd-ddddddd`.
pub(crate) fn write_order(out: &mut Vec<u8>, order: u32) {
    let number = ((u128::from(order) * ORDER_FACTOR + ORDER_OFFSET) % ORDER_SPACE) as u64;
    let mut text = *b"000-0000000-0000000";
    text[..3].copy_from_slice(&order_prefix());
    let mut rest = number;
    for place in (4..11).chain(12..19).rev() {
        text[place] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&text);
}

/// The id of the n-th order.
pub(crate) fn order(order: u32) -> String {
    let mut out = Vec::with_capacity(19);
    write_order(&mut out, order);
    out.into_iter().map(char::from).collect()
}

/// The number of the order with this id, if the id has the right shape; the order need not exist.
pub(crate) fn parse_order(id: &str) -> Option<u32> {
    let bytes = id.as_bytes();
    if bytes.len() != 19 || bytes[..3] != order_prefix() || bytes[3] != b'-' || bytes[11] != b'-' {
        return None;
    }
    let mut number: u128 = 0;
    for place in (4..11).chain(12..19) {
        let digit = bytes[place];
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number * 10 + u128::from(digit - b'0');
    }
    let order =
        (number + ORDER_SPACE - ORDER_OFFSET) % ORDER_SPACE * ORDER_FACTOR_INVERSE % ORDER_SPACE;
    u32::try_from(order).ok()
}

/// Whether a text has the shape of an order id, `ddd-ddddddd-ddddddd`, whoever gave it out.
pub(crate) fn is_order_id(id: &str) -> bool {
    let bytes = id.as_bytes();
    bytes.len() == 19
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            3 | 11 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// Appends the id of the n-th order line of the shop, 14 digits.
pub(crate) fn write_item(out: &mut Vec<u8>, line: u32) {
    super::json::number(out, first_item() + u64::from(line));
}

/// The id of an order line.
pub(crate) fn item(line: u32) -> String {
    (first_item() + u64::from(line)).to_string()
}

/// The number of the order line with this id, if the id has the right shape.
pub(crate) fn parse_item(id: &str) -> Option<u32> {
    if id.len() != 14 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    u32::try_from(id.parse::<u64>().ok()?.checked_sub(first_item())?).ok()
}

/// Appends the ASIN of the n-th listing: `B0SIM` and five digits to the base 36.
pub(crate) fn write_asin(out: &mut Vec<u8>, listing: u32) {
    out.extend_from_slice(b"B0SIM");
    write_base36(out, listing, 5);
}

/// The listing with this ASIN, if the ASIN has the right shape.
pub(crate) fn parse_asin(asin: &str) -> Option<u32> {
    let digits = asin.strip_prefix("B0SIM")?;
    if digits.len() != 5
        || !digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    {
        return None;
    }
    u32::from_str_radix(digits, 36).ok()
}

/// Appends the FNSKU of the n-th listing: `X`, the number of the shop from 001, and six digits to the base 36. ASINs are
/// those of the one catalogue that all sellers share.
pub(crate) fn write_fnsku(out: &mut Vec<u8>, listing: u32) {
    out.push(b'X');
    write_base36(out, several::at_work() + 1, 3);
    write_base36(out, listing, 6);
}

fn write_base36(out: &mut Vec<u8>, value: u32, width: usize) {
    let start = out.len();
    out.resize(start + width, b'0');
    let mut rest = value;
    for place in (start..start + width).rev() {
        out[place] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(rest % 36) as usize];
        rest /= 36;
    }
}

/// Appends a UUID made from two words: request, notification, message, subscription and destination ids.
pub(crate) fn write_uuid(out: &mut Vec<u8>, key: u64, number: u64) {
    let (high, low) = (mix(key, number), mix(key ^ 0x5bd1_e995, number));
    let mut hex = [0u8; 32];
    hexadecimal::write(&mut hex[..16], high);
    hexadecimal::write(&mut hex[16..], low);
    for (index, part) in [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .into_iter()
    .enumerate()
    {
        if index > 0 {
            out.push(b'-');
        }
        out.extend_from_slice(part);
    }
}

/// The text of [`write_uuid`].
pub(crate) fn uuid(key: u64, number: u64) -> String {
    let mut out = Vec::with_capacity(36);
    write_uuid(&mut out, key, number);
    out.into_iter().map(char::from).collect()
}

/// Appends 32 hexadecimal digits made from two words: submission ids.
pub(crate) fn write_submission(out: &mut Vec<u8>, key: u64, number: u64) {
    let start = out.len();
    out.resize(start + 32, b'0');
    hexadecimal::write(&mut out[start..start + 16], mix(key, number));
    hexadecimal::write(&mut out[start + 16..], mix(key ^ 0x1b87_3593, number));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_have_their_shapes() {
        assert_eq!(order(0), "902-2718281-8284590");
        assert_eq!(order(1), "902-8898621-7159579");
        let mut out = Vec::new();
        write_item(&mut out, 0);
        write_asin(&mut out, 37);
        write_fnsku(&mut out, 1);
        assert_eq!(out, b"10000000000001B0SIM00011X001000001");
        assert_eq!(uuid(1, 2).len(), 36);
    }

    #[test]
    fn strange_ids_are_no_ids() {
        for text in [
            "",
            "902-2718281-828459",
            "903-2718281-8284590",
            "902-27182x1-8284590",
        ] {
            assert_eq!(parse_order(text), None, "{text}");
        }
        assert_eq!(parse_order("902-0000000-0000000"), None, "no such number");
        assert_eq!(parse_item("00000000000001"), None);
        assert_eq!(parse_asin("B0SIM0001a"), None);
        assert_eq!(parse_asin("B0SIM+0001"), None);
    }

    proptest! {
        #[test]
        fn ids_read_back(number: u32) {
            prop_assert_eq!(parse_order(&order(number)), Some(number));
            let mut out = Vec::new();
            write_item(&mut out, number);
            prop_assert_eq!(parse_item(std::str::from_utf8(&out).unwrap()), Some(number));
            let small = number % 60_000_000;
            let mut out = Vec::new();
            write_asin(&mut out, small);
            prop_assert_eq!(parse_asin(std::str::from_utf8(&out).unwrap()), Some(small));
        }
    }
}
