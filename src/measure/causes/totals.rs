//! What all cases come to.

use std::collections::BTreeMap;

use channel_mocks::core::Micros;

use super::Tracer;
use super::case::Case;
use super::delays::Parts;
use super::model::{CauseLabel, CauseRow, Causes, Chain, WorstSku};
use crate::world::SkuIndex;

/// Chains that are kept.
const MOST_CHAINS: usize = 10_000;

/// SKUs that are shown.
const WORST_SKUS: usize = 5;

/// Why a run's units were oversold, and how each came to be.
#[derive(Clone, Debug, Default)]
pub struct Traced {
    /// Sums.
    pub causes: Causes,
    /// One for each case, by number of the unit: the first 10,000.
    pub chains: Vec<Chain>,
}

/// Units of one SKU.
#[derive(Default)]
struct OfSku {
    units: u64,
    first: Option<Micros>,
    last: Micros,
    labels: BTreeMap<CauseLabel, u64>,
    /// The first case of each label.
    examples: BTreeMap<CauseLabel, usize>,
}

impl Tracer {
    /// The causes. To be called when the run is over.
    pub fn finish(mut self) -> Traced {
        let mut cases = std::mem::take(&mut self.cases);
        for case in &mut cases {
            let events = self.skus.get(&case.sku).map(|sku| &sku.events);
            let event = case.lot.source.event();
            if let Some(event) = event.zip(events).and_then(|(it, events)| events.get(it)) {
                case.event = Some(event.clone());
            }
        }
        let mut rows: BTreeMap<(u16, CauseLabel), (u64, Parts)> = BTreeMap::new();
        let mut skus: BTreeMap<u32, OfSku> = BTreeMap::new();
        for (place, case) in cases.iter().enumerate() {
            let (label, _) = self.label(case);
            let units = u64::from(case.units);
            let row = rows.entry((case.channel.0, label)).or_default();
            row.0 += units;
            row.1.add(self.parts(case).times(case.units));
            let of_sku = skus.entry(case.sku.0).or_default();
            of_sku.units += units;
            of_sku.first.get_or_insert(case.at);
            of_sku.last = case.at;
            *of_sku.labels.entry(label).or_default() += units;
            of_sku.examples.entry(label).or_insert(place);
        }
        let rows = rows
            .into_iter()
            .map(|((channel, label), (units, parts))| CauseRow {
                channel: self.names[usize::from(channel)].clone(),
                label,
                units,
                delays: parts.seconds(),
            });
        let mut worst: Vec<(u32, OfSku)> = skus.into_iter().collect();
        worst.sort_by_key(|(_, it)| std::cmp::Reverse(it.units));
        let worst = worst.into_iter().take(WORST_SKUS);
        let worst = worst.filter_map(|(sku, it)| self.worst(SkuIndex(sku), it, &cases));
        Traced {
            causes: Causes {
                units: self.units,
                rows: rows.collect(),
                worst_skus: worst.collect(),
            },
            chains: cases
                .iter()
                .take(MOST_CHAINS)
                .map(|case| self.chain(case))
                .collect(),
        }
    }

    pub(super) fn parts(&self, case: &Case) -> Parts {
        let calls = &self.calls[usize::from(case.channel.0)];
        Parts::of(&case.stages(), case.at, calls)
    }

    fn worst(&self, sku: SkuIndex, of_sku: OfSku, cases: &[Case]) -> Option<WorstSku> {
        let most = of_sku.labels.iter().max_by_key(|(label, units)| {
            // Of equals the first in the order of labels.
            (**units, std::cmp::Reverse(**label))
        });
        let example = most.and_then(|(label, _)| of_sku.examples.get(label))?;
        Some(WorstSku {
            sku: sku.0 + 1,
            units: of_sku.units,
            first_at_s: of_sku.first?.as_secs_f64(),
            last_at_s: of_sku.last.as_secs_f64(),
            example: self.chain(&cases[*example]),
            labels: of_sku.labels,
        })
    }
}
