//! Rows that are kept for each SKU, in a list that grows up to the largest number seen.

use crate::world::SkuIndex;

/// The row of a SKU; it and those before it are made when it is the first of its number.
pub(super) fn row<T: Default>(rows: &mut Vec<T>, sku: SkuIndex) -> &mut T {
    let at = sku.0 as usize;
    if rows.len() <= at {
        rows.resize_with(at + 1, T::default);
    }
    &mut rows[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_before_the_first_of_their_number_are_empty() {
        let mut rows: Vec<u32> = Vec::new();
        *row(&mut rows, SkuIndex(2)) += 5;
        *row(&mut rows, SkuIndex(0)) += 1;
        *row(&mut rows, SkuIndex(2)) += 1;
        assert_eq!(rows, [1, 0, 6]);
    }
}
