//! What was played: the order as each platform tells it, the scenario, and the platforms' profiles with their sources.

use serde::Deserialize;

use super::section::{Block, Section};
use crate::measure::Platform;
use crate::report::run_files::RunFiles;
use crate::scenario::profiles::{self, ProfileOwner};

/// The same order, three schemas.
pub fn one_order(run: &RunFiles) -> Section {
    let heading = "Same order, three schemas";
    let Some(order) = run.one_order.as_ref().filter(|it| !it.channels.is_empty()) else {
        return Section::without(
            "schemas",
            "Schemas",
            heading,
            "This run kept no order as its platforms told it.",
        );
    };
    let mut section = Section::new("schemas", "Schemas", heading);
    let what = match order.sku {
        Some(sku) => format!("An order of SKU {sku} on each platform"),
        None => "An order of each platform".to_string(),
    };
    section.sentence = format!(
        "{what}, under {}, as the platform\u{2019}s own API told it, beside its canonical form, which a connector of the built-in engine reads in the same bytes (data: one_order.json).",
        order.strategy
    );
    for told in &order.channels {
        section.blocks.push(Block::Heading {
            text: format!("{} ({})", told.channel, told.platform),
        });
        let canonical = match &told.canonical {
            serde_json::Value::Null => "The connector found no order in it.".to_string(),
            value => serde_json::to_string_pretty(value).unwrap_or_default(),
        };
        let own = format!(
            "{}: as {} told it ({})",
            told.channel, told.operation, told.media
        );
        let ours = format!("{}: the canonical order", told.channel);
        section.blocks.push(Block::Beside {
            texts: [(own, told.body.clone()), (ours, canonical)],
        });
    }
    section
}

/// Of the scenario, what names profiles.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    channel: Vec<NamedChannel>,
    warehouse: NamedWarehouse,
}

#[derive(Debug, Deserialize)]
struct NamedChannel {
    name: String,
    platform: Platform,
    #[serde(default)]
    profile: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NamedWarehouse {
    profile: String,
}

/// The scenario as it was played, and the profiles it names.
pub fn section(run: &RunFiles) -> Section {
    let mut section = Section::new("configuration", "Configuration", "Configuration");
    let Some(scenario) = &run.scenario else {
        section
            .blocks
            .push(Block::text("The run directory holds no scenario.toml."));
        return section;
    };
    let hashes = run
        .document
        .strategies
        .iter()
        .filter(|it| !it.trace_hash.is_empty());
    let mut pairs = vec![
        (
            "program".to_string(),
            format!("simulate {}", run.manifest.program_version),
        ),
        ("scenario".to_string(), run.document.scenario.clone()),
        ("seed".to_string(), run.document.seed.to_string()),
    ];
    if let Some(orders) = &run.manifest.orders {
        pairs.push(("order log".to_string(), orders.clone()));
    }
    pairs.extend(hashes.map(|it| (format!("trace of {}", it.strategy), it.trace_hash.clone())));
    section.blocks.push(Block::Pairs { pairs });
    section.blocks.push(Block::Code {
        heading: "The scenario with every value written out (scenario.toml)".to_string(),
        text: scenario.clone(),
        is_open: false,
    });
    let named: Named = toml::from_str(scenario).unwrap_or_default();
    let mut shown: Vec<String> = Vec::new();
    let channels = named
        .channel
        .into_iter()
        .map(|it| (it.name, ProfileOwner::Channel(it.platform), it.profile));
    let warehouse = (
        "warehouse".to_string(),
        ProfileOwner::Warehouse,
        named.warehouse.profile,
    );
    for (place, owner, profile) in channels.chain([warehouse]) {
        // Two channels may have the same.
        if shown.contains(&profile) {
            continue;
        }
        if let Some(text) = profiles::text(owner, &profile) {
            section.blocks.push(Block::Code {
                heading: format!("Profile {profile} of {place}: its values with sources and dates"),
                text: text.to_string(),
                is_open: false,
            });
            shown.push(profile);
        }
    }
    if shown.is_empty() {
        section.blocks.push(Block::text(
            "Its profiles are not built in, so that their sources cannot be shown.",
        ));
    }
    section
}
