//! Ids at the border: computed from dense numbers, never stored.

use crate::core::LocationIndex;

/// An allocation: the n-th order the warehouse took in, from 0.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AllocationIndex(pub u32);

fn padded(out: &mut Vec<u8>, value: u64, width: usize) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(value);
    for _ in digits.len()..width {
        out.push(b'0');
    }
    out.extend_from_slice(digits.as_bytes());
}

impl AllocationIndex {
    /// Appends the id without quotes: `A-` and the allocation's number, counted from 1, in at least eight digits.
    pub fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"A-");
        padded(out, u64::from(self.0) + 1, 8);
    }

    /// Reads an id in exactly the form [`AllocationIndex::write`] gives.
    pub fn parse(text: &str) -> Option<AllocationIndex> {
        let digits = text.strip_prefix("A-")?;
        let canonical = digits.len() == 8 || (digits.len() > 8 && !digits.starts_with('0'));
        if !canonical || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: u32 = digits.parse().ok()?;
        number.checked_sub(1).map(AllocationIndex)
    }

    /// Appends the tracking number, without quotes, of the parcel that carries this allocation's lines from one
    /// location: 18 characters, as UPS numbers have, marked as simulated.
    pub fn write_tracking_number(self, location: LocationIndex, out: &mut Vec<u8>) {
        out.extend_from_slice(b"1ZSIM");
        padded(
            out,
            (u64::from(self.0) + 1) * 1_000 + u64::from(location.0),
            13,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_reversible() {
        for number in [0, 16, 99_999_998, 99_999_999, u32::MAX - 1] {
            let mut out = Vec::new();
            AllocationIndex(number).write(&mut out);
            let text = String::from_utf8(out).unwrap();
            assert_eq!(
                AllocationIndex::parse(&text),
                Some(AllocationIndex(number)),
                "{text}"
            );
        }
        let mut out = Vec::new();
        AllocationIndex(16).write(&mut out);
        assert_eq!(out, b"A-00000017");
    }

    #[test]
    fn other_texts_are_no_ids() {
        for text in [
            "",
            "A-",
            "A-17",
            "A-00000000",
            "A-0000001x",
            "A-000000017",
            "B-00000017",
            "A-99999999999",
        ] {
            assert_eq!(AllocationIndex::parse(text), None, "{text}");
        }
    }

    #[test]
    fn tracking_numbers_tell_parcels_apart() {
        let mut out = Vec::new();
        AllocationIndex(16).write_tracking_number(LocationIndex(2), &mut out);
        assert_eq!(out, b"1ZSIM0000000017002");
        assert_eq!(out.len(), 18);
    }
}
