//! Stock exports: what there is of each SKU when a replay opens (docs/order-log.md).

use std::io::Write as _;
use std::path::Path;

use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;
use serde::Serialize;

use super::error::{ImportError, Problems, excerpt};
use super::table::{Opened, Table, normal};
use super::values;
use crate::scenario::model::{FBA, Scenario, UNITS_OF_SKU_MAX};
use crate::world::order_source::ContentHash;

/// Most SKUs.
const MOST_SKUS: usize = 2_000_000;
/// SKUs that a message names.
const NAMED: usize = 10;

/// What becomes of SKUs that are ordered and not in the stock file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum MissingStock {
    /// They open without a unit.
    None,
    /// They open with what the scenario's `[stock]` gives them.
    Scenario,
}

/// Units that a replay opens with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningStock {
    /// The file, for messages.
    pub file: String,
    /// Units of each SKU at each of the file's locations.
    skus: IndexMap<Box<str>, Vec<(u16, u32)>, FxBuildHasher>,
    /// The file's locations; one without a name where it has none.
    locations: IndexSet<Box<str>, FxBuildHasher>,
    /// What SKUs get that the file does not have; an error when left out.
    pub missing: Option<MissingStock>,
    /// What was understood of the file.
    pub summary: StockSummary,
}

/// What was understood of a stock file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StockSummary {
    /// The file as it was named.
    pub file: String,
    /// What it was taken for.
    pub kind: &'static str,
    /// Rows under the header.
    pub rows: u64,
    /// SKUs.
    pub skus: u64,
    /// Units of all.
    pub units: u64,
    /// Its locations.
    pub locations: Vec<String>,
    /// Rows without a SKU.
    pub without_sku: u64,
    /// Rows without a quantity: not stocked there, or stocked by the platform.
    pub without_quantity: u64,
    /// Rows below zero, which count as zero.
    pub below_zero: u64,
    /// Rows of a SKU that the same location had already; their units are added up.
    pub repeated: u64,
}

/// A kind of stock export.
struct Shape {
    name: &'static str,
    known_by: &'static [&'static str],
    sku: &'static [&'static str],
    quantity: &'static [&'static str],
    location: &'static [&'static str],
    /// Each column from here on is a location.
    locations_after: Option<&'static str>,
    quoting: bool,
}

const SHAPES: [Shape; 6] = [
    Shape {
        name: "Shopify inventory",
        known_by: &["SKU", "Location", "Available (not editable)"],
        sku: &["SKU"],
        quantity: &["Available (not editable)"],
        location: &["Location"],
        locations_after: None,
        quoting: true,
    },
    Shape {
        name: "Shopify inventory",
        known_by: &["Handle", "SKU", "Location"],
        sku: &["SKU"],
        quantity: &["Available", "On hand (current)", "On hand", "On hand (new)"],
        location: &["Location"],
        locations_after: None,
        quoting: true,
    },
    Shape {
        name: "Shopify inventory, available quantities",
        known_by: &["Handle", "SKU", "HS Code", "COO"],
        sku: &["SKU"],
        quantity: &[],
        location: &[],
        locations_after: Some("COO"),
        quoting: true,
    },
    Shape {
        name: "Amazon listings",
        known_by: &["seller-sku", "quantity", "listing-id"],
        sku: &["seller-sku"],
        quantity: &["quantity"],
        location: &[],
        locations_after: None,
        quoting: false,
    },
    Shape {
        name: "Amazon open listings",
        known_by: &["sku", "asin", "price", "quantity"],
        sku: &["sku"],
        quantity: &["quantity"],
        location: &[],
        locations_after: None,
        quoting: false,
    },
    Shape {
        name: "stock list",
        known_by: &["sku", "quantity"],
        sku: &["sku"],
        quantity: &["quantity"],
        location: &["location"],
        locations_after: None,
        quoting: true,
    },
];

const MEND: &str = "a quantity is a whole number of units, or empty where the SKU is not stocked; mend the values in the file";

impl OpeningStock {
    /// Reads a stock export.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(path: &Path, missing: Option<MissingStock>) -> Result<OpeningStock, ImportError> {
        let opened = Opened::open(path)?;
        let found = SHAPES
            .iter()
            .find(|shape| shape.known_by.iter().all(|it| opened.has(it)));
        let Some(shape) = found else {
            return Err(ImportError::new(
                format!(
                    "{}:1: no stock export that is known has this header: `{}`",
                    path.display(),
                    opened.header_text()
                ),
                "give Shopify's inventory export, Amazon's active, all or open listings report, or a CSV file with the columns \
                 sku, quantity and, if you like, location (docs/order-log.md)",
            ));
        };
        let quoting = shape.quoting || opened.separator() != b'\t';
        let table = opened.rows(quoting)?;
        let mut reading = StockReading {
            stock: OpeningStock {
                file: path.display().to_string(),
                skus: IndexMap::default(),
                locations: IndexSet::default(),
                missing,
                summary: StockSummary {
                    file: path.display().to_string(),
                    kind: shape.name,
                    rows: 0,
                    skus: 0,
                    units: 0,
                    locations: Vec::new(),
                    without_sku: 0,
                    without_quantity: 0,
                    below_zero: 0,
                    repeated: 0,
                },
            },
            problems: Problems::default(),
        };
        reading.read(shape, table)?;
        if !reading.problems.are_none() {
            let what = format!("{} (read as {})", path.display(), shape.name);
            return Err(reading.problems.into_error(&what));
        }
        let mut stock = reading.stock;
        stock.check_sums()?;
        if stock.skus.is_empty() {
            return Err(ImportError::new(
                format!(
                    "{}, read as {}, tells no SKU's quantity",
                    path.display(),
                    shape.name
                ),
                "export it with SKUs and quantities",
            ));
        }
        stock.summary.skus = stock.skus.len() as u64;
        let units = stock
            .skus
            .values()
            .flatten()
            .map(|(_, units)| u64::from(*units));
        stock.summary.units = units.sum();
        let locations = stock.locations.iter().map(|it| it.to_string());
        stock.summary.locations = locations.filter(|it| !it.is_empty()).collect();
        Ok(stock)
    }

    /// No SKU has more units in all than a platform takes.
    fn check_sums(&self) -> Result<(), ImportError> {
        let sum = |places: &[(u16, u32)]| places.iter().map(|(_, units)| i64::from(*units)).sum();
        let mut sums = self.skus.iter().map(|(sku, places)| (sku, sum(places)));
        match sums.find(|(_, units): &(_, i64)| *units > i64::from(UNITS_OF_SKU_MAX)) {
            None => Ok(()),
            Some((sku, units)) => Err(ImportError::new(
                format!(
                    "{}: the rows of SKU `{}` have {units} units in all, and {UNITS_OF_SKU_MAX} are the most of one SKU",
                    self.file,
                    excerpt(sku)
                ),
                "mend the quantities in the file",
            )),
        }
    }

    /// Whether all SKUs that are ordered are in the file, or it is said what the others get.
    ///
    /// # Errors
    /// Names the SKUs that are missing.
    pub fn covers<'a>(&self, skus: impl Iterator<Item = &'a str>) -> Result<u64, ImportError> {
        let missing: Vec<&str> = skus.filter(|it| !self.skus.contains_key(*it)).collect();
        if self.missing.is_some() || missing.is_empty() {
            return Ok(missing.len() as u64);
        }
        let mut named: Vec<String> = missing
            .iter()
            .take(NAMED)
            .map(|it| format!("`{}`", excerpt(it)))
            .collect();
        if let Some(more) = missing.len().checked_sub(NAMED + 1) {
            named.push(format!("and {} more", more + 1));
        }
        let what = match missing.len() {
            1 => "a SKU of the orders is".to_string(),
            count => format!("{count} SKUs of the orders are"),
        };
        Err(ImportError::new(
            format!("{what} not in {}: {}", self.file, named.join(", ")),
            "--stock-missing none lets them open without a unit, --stock-missing scenario with what the scenario's [stock] gives \
             them; or add them to the file",
        ))
    }

    /// Opening units at each of the scenario's locations; `None` for a SKU that gets what the scenario gives. Where the
    /// file's locations are those of the scenario, each has its own units; else the scenario's shares divide their sum.
    pub fn units_of(&self, scenario: &Scenario, sku: &str) -> Option<Vec<u32>> {
        let none = Vec::new();
        let units = match (self.skus.get(sku), self.missing) {
            (Some(units), _) => units,
            (None, Some(MissingStock::Scenario)) => return None,
            (None, _) => &none,
        };
        let locations = &scenario.warehouse.locations;
        let place = |name: &str| {
            let name = normal(name);
            locations
                .iter()
                .position(|it| normal(&it.code) == name && it.code != FBA)
        };
        let places: Option<Vec<usize>> = self.locations.iter().map(|it| place(it)).collect();
        match places {
            Some(places) => {
                let mut each: Vec<u32> = locations
                    .iter()
                    .map(|it| {
                        if it.code == FBA {
                            scenario.stock.fba_units
                        } else {
                            0
                        }
                    })
                    .collect();
                for (location, units) in units {
                    let at = &mut each[places[usize::from(*location)]];
                    *at += *units;
                }
                Some(each)
            }
            None => {
                let sum = units.iter().map(|(_, units)| *units).sum();
                Some(crate::world::catalogue::split(
                    locations,
                    sum,
                    scenario.stock.fba_units,
                ))
            }
        }
    }

    /// What it opens SKUs with: the first 16 digits of a SHA-256 over all SKUs, whatever the order of the file's rows.
    pub fn content_hash(&self) -> String {
        let mut skus: Vec<_> = self.skus.iter().collect();
        skus.sort_unstable_by_key(|(sku, _)| *sku);
        let mut hash = ContentHash::default();
        for (sku, places) in skus {
            for (location, units) in places {
                let name = self.locations.get_index(usize::from(*location));
                let name = name.map_or("", |it| it);
                // Into memory, which cannot fail.
                let _ = writeln!(hash, "{sku}\t{name}\t{units}");
            }
        }
        let _ = writeln!(hash, "{:?}", self.missing);
        hash.text()
    }
}

struct StockReading {
    stock: OpeningStock,
    problems: Problems,
}

impl StockReading {
    fn read(&mut self, shape: &Shape, mut table: Table) -> Result<(), ImportError> {
        let sku = table.find(shape.sku);
        let location = table.find(shape.location);
        let quantity = table.find(shape.quantity);
        let used: Vec<usize> = [sku, location, quantity].into_iter().flatten().collect();
        table.check_once(&used)?;
        let columns: Vec<(Option<usize>, u16)> = match shape.locations_after {
            None => vec![(quantity, 0)],
            Some(before) => {
                let first = table.find(&[before]).map_or(0, |it| it + 1);
                let names = table.header.iter().enumerate().skip(first);
                names
                    .filter(|(_, name)| !name.is_empty())
                    .map(|(at, name)| {
                        let number = self.stock.locations.insert_full(name.as_str().into()).0;
                        (Some(at), number as u16)
                    })
                    .collect()
            }
        };
        while table.advance()? {
            if table.is_blank() {
                continue;
            }
            self.problems.note_width(&table);
            let code: Box<str> = table.text(sku).as_ref().into();
            if code.is_empty() {
                self.stock.summary.without_sku += 1;
                continue;
            }
            for (quantity, number) in &columns {
                let number = match shape.locations_after {
                    Some(_) => *number,
                    None => {
                        let name = table.text(location);
                        let number = self.stock.locations.insert_full(name.as_ref().into()).0;
                        number.min(usize::from(u16::MAX)) as u16
                    }
                };
                self.row(&mut table, *quantity, &code, number)?;
            }
        }
        self.stock.summary.rows = table.rows();
        Ok(())
    }

    fn row(
        &mut self,
        table: &mut Table,
        quantity: Option<usize>,
        sku: &str,
        location: u16,
    ) -> Result<(), ImportError> {
        let line = table.line();
        let text = table.text(quantity).into_owned();
        let units = match text.to_lowercase().as_str() {
            "not stocked" => {
                self.stock.skus.entry(sku.into()).or_default();
                self.stock.summary.without_quantity += 1;
                return Ok(());
            }
            "" => {
                self.stock.summary.without_quantity += 1;
                return Ok(());
            }
            _ => values::units(&text),
        };
        let units = match units {
            Ok(units) => units,
            Err(problem) => {
                let column = table.name_of(quantity).to_string();
                self.problems
                    .note((table.path(), line), (&column, &text), problem, MEND);
                return Ok(());
            }
        };
        self.stock.summary.below_zero += u64::from(units < 0);
        let units = units.max(0) as u32;
        if self.stock.skus.len() >= MOST_SKUS {
            return Err(ImportError::new(
                format!(
                    "{}:{line}: these are more than {MOST_SKUS} SKUs",
                    table.path().display()
                ),
                "give the stock of the SKUs that are ordered alone",
            ));
        }
        let places = self.stock.skus.entry(sku.into()).or_default();
        match places.iter_mut().find(|(it, _)| *it == location) {
            Some((_, there)) => {
                *there = there.saturating_add(units);
                self.stock.summary.repeated += 1;
            }
            None => places.push((location, units)),
        }
        Ok(())
    }
}
