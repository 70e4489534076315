//! Which columns of a file hold what, and the rules for single fields.

use super::map::ColumnMap;
use super::shapes::Shape;
use super::table::Table;
use super::values;
use crate::world::log_format::Kind;

/// What stands where in a file.
pub struct Columns {
    pub order: Option<usize>,
    pub time: Option<usize>,
    pub sku: Option<usize>,
    pub quantity: Option<usize>,
    pub price: Option<usize>,
    pub country: Option<usize>,
    pub channel: Option<usize>,
    pub marks: Vec<Option<usize>>,
}

impl Columns {
    /// The columns of a kind.
    pub fn of(shape: &Shape, table: &Table) -> Columns {
        Columns {
            order: table.find(shape.order),
            time: table.find(shape.time),
            sku: table.find(shape.sku),
            quantity: table.find(shape.quantity),
            price: table.find(shape.price),
            country: table.find(shape.country),
            channel: table.find(shape.channel),
            marks: shape.marks.iter().map(|it| table.find(&[it])).collect(),
        }
    }

    /// The columns that a map names.
    pub fn mapped(map: &ColumnMap, table: &Table) -> Columns {
        let find = |key| map.column(key).and_then(|it| table.find(&[it]));
        Columns {
            order: find("order"),
            time: find("time"),
            sku: find("sku"),
            quantity: find("quantity"),
            price: find("price"),
            country: find("country"),
            channel: find("channel"),
            marks: Vec::new(),
        }
    }

    /// All that are used.
    pub fn used(&self) -> Vec<usize> {
        let named = [
            self.order,
            self.time,
            self.sku,
            self.quantity,
            self.price,
            self.country,
            self.channel,
        ];
        let all = named.iter().chain(&self.marks);
        all.flatten().copied().collect()
    }
}

/// Whether the first row tells what the columns hold, as TikTok Shop's does, instead of an order.
pub fn describes(order: &str, quantity: &str) -> bool {
    let is_sentence = order.contains(' ') && !order.bytes().any(|it| it.is_ascii_digit());
    is_sentence && values::units(quantity).is_err()
}

/// Whether a spreadsheet program has turned a long number into `5.77E+17`.
pub fn is_rounded(id: &str) -> bool {
    let Some((digits, exponent)) = id.split_once(['E', 'e']) else {
        return false;
    };
    let number = digits
        .bytes()
        .all(|it| it.is_ascii_digit() || matches!(it, b'.' | b','));
    number
        && !digits.is_empty()
        && exponent
            .strip_prefix('+')
            .is_some_and(|it| it.parse::<u8>().is_ok())
}

/// What a row of our own log is; an error says whether it is about the kind.
pub fn own_kind(kind: &str, quantity: i64) -> Result<Kind, (bool, &'static str)> {
    match (kind, quantity) {
        (_, 0) => Err((false, "must not be zero")),
        ("sale" | "", 1..) => Ok(Kind::Sale),
        ("sale", _) => Err((false, "of a sale must be positive")),
        ("cancel" | "", _) => Ok(Kind::Cancel),
        ("adjust", 1..) => Ok(Kind::Found),
        ("adjust", _) => Ok(Kind::Damage),
        _ => Err((true, "is not one of sale, cancel, adjust")),
    }
}
