//! Packages that the seller has confirmed, as rows that hang on their orders in a chain.

use crate::core::{Micros, OrderRef};

use super::{NONE, OrderBook};

/// One package the seller has confirmed.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    next: u32,
    /// The change by which it came to be.
    pub(crate) change: u32,
    /// When it was confirmed.
    pub(crate) created_at: Micros,
    /// The seller's own number of it, unique in the order.
    pub(crate) reference: u64,
    texts: [(u32, u16); 4],
    first_item: u32,
    item_count: u16,
}

/// Texts of a package.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackageTexts<'a> {
    /// Carrier's name or code.
    pub(crate) carrier: &'a str,
    /// Shipping method, possibly empty.
    pub(crate) method: &'a str,
    /// Tracking number.
    pub(crate) tracking: &'a str,
    /// Ship date, as answers print it.
    pub(crate) ship_date: &'a str,
}

/// Units of a line in a package.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackageItem {
    /// Position of the line in its order.
    pub(crate) line: u16,
    /// Units.
    pub(crate) units: u32,
}

impl OrderBook {
    /// Packages of an order, oldest first.
    pub(crate) fn packages(&self, order: OrderRef) -> impl Iterator<Item = &Package> {
        let mut next = self.get(order).map_or(NONE, |row| row.first_package);
        std::iter::from_fn(move || {
            let package = self.packages.get(next as usize)?;
            next = package.next;
            Some(package)
        })
    }

    /// Stores a package of an order.
    pub(crate) fn add_package(
        &mut self,
        order: OrderRef,
        change: u32,
        reference: u64,
        texts: PackageTexts<'_>,
        items: &[PackageItem],
    ) {
        let Some(created_at) = self.change(change).map(|change| change.at) else {
            return;
        };
        let texts = self.store_texts(texts);
        let number = self.packages.len() as u32;
        let first_item = self.package_items.len() as u32;
        self.package_items.extend_from_slice(items);
        self.packages.push(Package {
            next: NONE,
            change,
            created_at,
            reference,
            texts,
            first_item,
            item_count: items.len().min(usize::from(u16::MAX)) as u16,
        });
        let row = &mut self.orders[order.0 as usize];
        let mut last = row.first_package;
        if last == NONE {
            row.first_package = number;
            return;
        }
        while self.packages[last as usize].next != NONE {
            last = self.packages[last as usize].next;
        }
        self.packages[last as usize].next = number;
    }

    /// Replaces the texts of the package with this reference; tells whether there is one.
    pub(crate) fn edit_package(
        &mut self,
        order: OrderRef,
        reference: u64,
        texts: PackageTexts<'_>,
    ) -> bool {
        let mut next = self.get(order).map_or(NONE, |row| row.first_package);
        while let Some(package) = self.packages.get(next as usize) {
            if package.reference == reference {
                let texts = self.store_texts(texts);
                self.packages[next as usize].texts = texts;
                return true;
            }
            next = package.next;
        }
        false
    }

    fn store_texts(&mut self, texts: PackageTexts<'_>) -> [(u32, u16); 4] {
        [texts.carrier, texts.method, texts.tracking, texts.ship_date].map(|text| {
            // Longer than any of Amazon's own bounds; what is beyond is cut at a character.
            let cut = (0..=text.len().min(400))
                .rev()
                .find(|&end| text.is_char_boundary(end))
                .unwrap_or(0);
            let start = self.texts.len() as u32;
            self.texts.push_str(&text[..cut]);
            (start, cut as u16)
        })
    }

    /// Texts of a package.
    pub(crate) fn package_texts(&self, package: &Package) -> PackageTexts<'_> {
        let [carrier, method, tracking, ship_date] = package
            .texts
            .map(|(start, length)| &self.texts[start as usize..][..usize::from(length)]);
        PackageTexts {
            carrier,
            method,
            tracking,
            ship_date,
        }
    }

    /// Items of a package.
    pub(crate) fn package_items(&self, package: &Package) -> &[PackageItem] {
        &self.package_items[package.first_item as usize..][..usize::from(package.item_count)]
    }
}
