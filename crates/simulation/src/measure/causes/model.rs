//! What is said of oversold units.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What let a unit through (docs/theory.md B, oversell cause).
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CauseLabel {
    /// A sale elsewhere was not shown yet: its news, or the write that brought it, was on its way.
    InFlight,
    /// An absolute write put units back on sale that the listing itself had sold (docs/theory.md A4).
    Resurrection,
    /// A write with older knowledge replaced a count that was right or nearer to it: sent late, or overtaken.
    StaleWrite,
    /// The write that would have brought the news was refused by a rate limit.
    ThrottledWrite,
    /// The engine was down, or had not come up again, when the news or the write was due.
    EngineDown,
    /// The platform itself put units back on sale, as with a cancelled order whose units had gone.
    PlatformRestock,
    /// Records said more than there was, or somebody counted wrong.
    BadCount,
    /// The count was too high from the beginning.
    OpeningCount,
    /// A write showed more than all that the engine had been told accounts for: its own books were too high.
    EngineBooks,
    /// A unit was lent: shown on several channels on purpose, on a budget, and sold on another before it was taken back.
    Lent,
    /// Units were lost or damaged, and that was not shown yet.
    LostStock,
    /// Somebody else, or a person, set the count.
    ForeignWrite,
    /// A planned fault struck the news or the write.
    Fault,
    /// None of these. A defect of the harness: no run should have one.
    Unknown,
}

impl CauseLabel {
    /// All of them, in the order of reports.
    pub const ALL: [CauseLabel; 14] = [
        CauseLabel::InFlight,
        CauseLabel::Resurrection,
        CauseLabel::StaleWrite,
        CauseLabel::ThrottledWrite,
        CauseLabel::EngineDown,
        CauseLabel::PlatformRestock,
        CauseLabel::BadCount,
        CauseLabel::OpeningCount,
        CauseLabel::EngineBooks,
        CauseLabel::Lent,
        CauseLabel::LostStock,
        CauseLabel::ForeignWrite,
        CauseLabel::Fault,
        CauseLabel::Unknown,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            CauseLabel::InFlight => "in flight",
            CauseLabel::Resurrection => "sold units put back on sale",
            CauseLabel::StaleWrite => "stale write",
            CauseLabel::ThrottledWrite => "throttled write",
            CauseLabel::EngineDown => "engine down",
            CauseLabel::PlatformRestock => "platform's own restock",
            CauseLabel::BadCount => "bad count",
            CauseLabel::OpeningCount => "opening count",
            CauseLabel::EngineBooks => "engine's own books",
            CauseLabel::Lent => "lent on a budget",
            CauseLabel::LostStock => "lost stock",
            CauseLabel::ForeignWrite => "foreign write",
            CauseLabel::Fault => "fault",
            CauseLabel::Unknown => "unknown",
        }
    }
}

/// Where the time went between an event that a count did not contain and the sale that it let through, seconds. The parts add
/// up to that time; a part that was not reached is 0.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct DelayParts {
    /// Until the platform of the event told: let go of a webhook, or answered a read that showed it.
    pub platform_s: f64,
    /// Until that reached the engine.
    pub network_in_s: f64,
    /// The engine's own: until it first tried to write, as far as no limit held it.
    pub engine_s: f64,
    /// It waited although the platform's limit had room: its own pace or queue.
    pub paced_s: f64,
    /// The platform's limit had no room, or had refused it.
    pub throttled_s: f64,
    /// The write on its way to the platform.
    pub network_out_s: f64,
    /// From the platform's receiving the write to its being live.
    pub apply_s: f64,
}

impl DelayParts {
    /// Names in the order of time, the same in every report. What waits to be read by a poller has not been told yet either.
    pub const NAMES: [&'static str; 7] = [
        "news not told yet",
        "news on the network",
        "engine's own work",
        "engine's own pace",
        "rate limit",
        "writes on the network",
        "apply delay",
    ];

    /// Of its parts in seconds, in the order of [`parts`](DelayParts::parts).
    pub const fn of(parts: [f64; 7]) -> DelayParts {
        let [
            platform_s,
            network_in_s,
            engine_s,
            paced_s,
            throttled_s,
            network_out_s,
            apply_s,
        ] = parts;
        DelayParts {
            platform_s,
            network_in_s,
            engine_s,
            paced_s,
            throttled_s,
            network_out_s,
            apply_s,
        }
    }

    /// The parts in the order of [`DelayParts::NAMES`].
    pub fn parts(&self) -> [f64; 7] {
        [
            self.platform_s,
            self.network_in_s,
            self.engine_s,
            self.paced_s,
            self.throttled_s,
            self.network_out_s,
            self.apply_s,
        ]
    }

    /// Their sum.
    pub fn total_s(&self) -> f64 {
        self.parts().iter().sum()
    }
}

/// Oversold units of one channel with one label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct CauseRow {
    /// Where they were accepted.
    pub channel: String,
    /// Why.
    pub label: CauseLabel,
    /// How many.
    pub units: u64,
    /// Sum over the units, seconds.
    pub delays: DelayParts,
}

/// What a link of a chain is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A write set the count that let the unit through.
    Displayed,
    /// The event that the count did not contain: a sale elsewhere, stock lost, a bad count, an edit, a restock.
    Happened,
    /// The platform told.
    Told,
    /// The engine received it.
    Received,
    /// A write that would have brought it was refused.
    Refused,
    /// A write that contains it was sent.
    Sent,
    /// The platform received that write.
    Arrived,
    /// It became live.
    Live,
    /// The oversold sale itself.
    Oversold,
}

/// One link of a chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct Link {
    /// Simulated time, seconds since the scenario's start; may be later than the sale, when what it missed came after it.
    pub at_s: f64,
    /// A channel's name, `warehouse` or `engine`.
    pub place: String,
    /// What it is.
    pub step: Step,
    /// The same in words, with its figures.
    pub what: String,
}

/// How one or more units of one line came to be oversold for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct Chain {
    /// The number of its first unit among the run's oversold units, in the order of time, from 1.
    pub unit: u64,
    /// How many units it is about.
    pub units: u64,
    /// When they were sold, seconds since the scenario's start.
    pub at_s: f64,
    /// Where.
    pub channel: String,
    /// The SKU's position in the catalogue, 1 the most popular.
    pub sku: u32,
    /// The shop's own code of it, where orders of a shop were replayed; absent otherwise, as it says no more than the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku_code: Option<String>,
    /// Why.
    pub label: CauseLabel,
    /// What buyers saw.
    pub displayed: i64,
    /// What could be sold.
    pub sellable: i64,
    /// The planned fault that struck or is behind the label, as `kind at channel`; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Where the time went, per unit.
    pub delays: DelayParts,
    /// What led there, in the order of time.
    pub links: Vec<Link>,
}

impl Chain {
    /// What people know the SKU by: the shop's own code, or else its position in the catalogue.
    pub fn sku_name(&self) -> String {
        let code = self.sku_code.clone();
        code.unwrap_or_else(|| self.sku.to_string())
    }
}

/// One of the SKUs with the most oversold units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct WorstSku {
    /// The SKU's position in the catalogue, 1 the most popular.
    pub sku: u32,
    /// Its oversold units.
    pub units: u64,
    /// The first and the last of them, seconds since the scenario's start.
    pub first_at_s: f64,
    /// See `first_at_s`.
    pub last_at_s: f64,
    /// Units by label.
    pub labels: BTreeMap<CauseLabel, u64>,
    /// The chain of most of its units' kind: the first of them.
    pub example: Chain,
}

/// Why a run's units were oversold. `units` equals the figure `oversold_units`, and the rows add up to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct Causes {
    /// Oversold units.
    pub units: u64,
    /// By channel in the scenario's order, then by label.
    pub rows: Vec<CauseRow>,
    /// The five worst.
    pub worst_skus: Vec<WorstSku>,
}

impl Causes {
    /// What people know a SKU by: the shop's own code, where it is one of the worst and has one, or else its position.
    pub fn sku_name(&self, sku: u32) -> String {
        let known = self.worst_skus.iter().find(|it| it.sku == sku);
        known.map_or_else(|| sku.to_string(), |it| it.example.sku_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sku_goes_by_its_shops_code_where_there_is_one() {
        let chain = |code: &str| {
            let text = format!(
                r#"{{"unit":1,"units":1,"at_s":1.0,"channel":"web","sku":7,{code}"label":"unknown","displayed":1,"sellable":0,
                    "delays":{},"links":[]}}"#,
                serde_json::to_string(&DelayParts::default()).unwrap()
            );
            serde_json::from_str::<Chain>(&text).unwrap()
        };
        let (plain, named) = (chain(""), chain(r#""sku_code":"85123A","#));
        assert_eq!(plain.sku_name(), "7");
        assert_eq!(named.sku_name(), "85123A");
        let text = serde_json::to_string(&plain).unwrap();
        assert!(!text.contains("sku_code"), "{text}");
    }
}
