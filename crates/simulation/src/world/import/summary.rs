//! What was understood of files.

use serde::Serialize;

/// Why rows are left out.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// It tells no SKU.
    NoSku,
    /// Its line or order was cancelled, or never paid.
    Cancelled,
    /// It is a test order.
    Test,
    /// It is a draft order, written by the staff.
    Draft,
    /// It brings goods back.
    Return,
    /// It has no units.
    NoUnits,
    /// It is postage, a fee or a voucher.
    NoProduct,
    /// It has no price: a correction of the stock.
    NoSale,
    /// It was sold on no channel of the platform, only shipped by it.
    Elsewhere,
    /// It stood in an earlier file of the same channel.
    Repeated,
    /// It explains the columns.
    Description,
    /// Its order is in none of the files.
    NoOrder,
}

impl Skip {
    /// In the words of a table.
    pub fn words(self) -> &'static str {
        match self {
            Skip::NoSku => "without a SKU",
            Skip::Cancelled => "cancelled",
            Skip::Test => "of test orders",
            Skip::Draft => "of draft orders",
            Skip::Return => "returned",
            Skip::NoUnits => "of zero units",
            Skip::NoProduct => "no product (postage, fees)",
            Skip::NoSale => "without a price (stock corrections)",
            Skip::Elsewhere => "sold elsewhere, shipped by Amazon",
            Skip::Repeated => "repeated from an earlier file",
            Skip::Description => "description of columns",
            Skip::NoOrder => "without their order",
        }
    }
}

/// Rows that were left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Why.
    pub why: Skip,
    /// How many.
    pub rows: u64,
}

/// What was understood of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileSummary {
    /// The file as it was named.
    pub file: String,
    /// What it was taken for.
    pub kind: &'static str,
    /// What separates its fields: `comma`, `semicolon`, `tab` or `bar`.
    pub separator: &'static str,
    /// `UTF-8` or `Windows-1252`.
    pub encoding: &'static str,
    /// `day-first` or `month-first`, where dates leave it open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<&'static str>,
    /// Whether only days are known, so that times of day are drawn by a hash of the order's id.
    pub days_only: bool,
    /// The time zone in which its times without an offset were read; none where all have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The channel it belongs to: a name or a platform; none where rows name it, or orders go by the shares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Whether it is all of one shop of a platform that is none of the built-in ones, which somebody has to name.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_of_one_shop: bool,
    /// Rows under the header.
    pub rows: u64,
    /// Rows that became lines of orders.
    pub lines: u64,
    /// Orders.
    pub orders: u64,
    /// Units ordered.
    pub units: u64,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

/// What was understood of all files together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The files, in the order in which they were named.
    pub files: Vec<FileSummary>,
    /// Orders.
    pub orders: u64,
    /// Their lines.
    pub lines: u64,
    /// Units ordered.
    pub units: u64,
    /// SKUs ordered.
    pub skus: u64,
    /// The first order's instant, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The last order's instant, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// Seconds from the first to the last.
    pub span_s: u64,
    /// Orders of each channel, where one is named.
    pub channels: Vec<ChannelOrders>,
}

/// Orders of one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelOrders {
    /// Its name or platform; empty for orders that go by the shares.
    pub channel: String,
    /// Orders.
    pub orders: u64,
}
