//! The scenarios inside the binary.

/// Embeds scenario files under their names.
macro_rules! embed {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../scenarios/", $name, ".toml")))),*]
    };
}

/// Names and texts, in the order in which lists show them.
pub const ALL: &[(&str, &str)] = embed![
    "flash-sale",
    "flash-sale-10min",
    "last-unit",
    "re-inflation",
    "steady-day",
    "retail-replay",
    "storefronts",
    "evening",
    "live-stream-spike",
    "channel-launch",
    "restock-race",
    "bad-count",
    "webhook-outage",
    "amazon-throttling-storm",
    "tiktok-schema-drift",
    "token-expiry",
    "engine-crash",
    "returns-wave",
    "multi-warehouse",
    "cancellation-storm",
    "catalogue-backfill",
    "clock-skew",
    "foreign-writer",
    "bfcm-day",
    "long-tail",
    "long-tail-rush",
    "theory/v1a",
    "theory/v1b",
    "theory/v1c",
    "theory/v1d",
    "theory/v1e",
    "theory/v2",
    "theory/v3",
    "theory/v3b",
    "theory/v5",
    "theory/v6",
    "theory/v6b",
    "theory/v7",
    "theory/v8",
    "theory/v9c",
    "theory/v10",
    "theory/v13",
    "theory/v15",
];

/// The names of all built-in scenarios.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| *name)
}

/// The text of a built-in scenario.
pub fn text(name: &str) -> Option<&'static str> {
    ALL.iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}
