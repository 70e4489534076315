//! What all cases come to.

use std::collections::BTreeMap;

use channel_mocks::core::Micros;

use super::Tracer;
use super::case::Case;
use super::delays::Parts;
use super::model::{CauseLabel, CauseRow, Causes, Chain, WorstSku};

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

/// Cases of which everything is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    /// Units and delays by channel and label.
    rows: BTreeMap<(u16, CauseLabel), (u64, Parts)>,
    skus: BTreeMap<u32, OfSku>,
    /// By number of the case.
    chains: BTreeMap<usize, Chain>,
}

/// Units of one SKU.
#[derive(Clone, Debug)]
struct OfSku {
    units: u64,
    first: Micros,
    last: Micros,
    labels: BTreeMap<CauseLabel, u64>,
    /// The first case of each label, with its number.
    examples: BTreeMap<CauseLabel, (usize, Chain)>,
}

impl Tracer {
    /// Counts a case that cannot change any more.
    pub(super) fn settle(&mut self, place: usize) {
        let Some(case) = self.cases.remove(&place) else {
            return;
        };
        let (label, _) = self.label(&case);
        let parts = self.parts(&case).times(case.units);
        let of_sku = self.totals.skus.get(&case.sku.0);
        let first = of_sku.and_then(|it| it.examples.get(&label));
        let is_first = first.is_none_or(|(first, _)| place < *first);
        let chain = (is_first || place < MOST_CHAINS).then(|| self.chain(&case));

        let totals = &mut self.totals;
        let units = u64::from(case.units);
        let row = totals.rows.entry((case.channel.0, label)).or_default();
        row.0 += units;
        row.1.add(parts);
        let of_sku = totals.skus.entry(case.sku.0).or_insert_with(|| OfSku {
            units: 0,
            first: case.at,
            last: case.at,
            labels: BTreeMap::new(),
            examples: BTreeMap::new(),
        });
        of_sku.units += units;
        of_sku.first = of_sku.first.min(case.at);
        of_sku.last = of_sku.last.max(case.at);
        *of_sku.labels.entry(label).or_default() += units;
        let Some(chain) = chain else {
            return;
        };
        if is_first {
            of_sku.examples.insert(label, (place, chain.clone()));
        }
        if place < MOST_CHAINS {
            totals.chains.insert(place, chain);
        }
    }

    /// The causes. To be called when the run is over.
    pub fn finish(mut self) -> Traced {
        for case in self.cases.values_mut() {
            let of_sku = self.skus.get(case.sku.0 as usize);
            let events = of_sku.and_then(|it| it.as_ref()).map(|sku| &sku.events);
            let event = case.lot.source.news();
            if let Some(event) = event.zip(events).and_then(|(it, events)| events.get(it)) {
                case.event = Some(event.clone());
            }
        }
        let open: Vec<usize> = self.cases.keys().copied().collect();
        for place in open {
            self.settle(place);
        }
        let totals = self.totals;
        let rows = totals.rows.into_iter();
        let rows = rows.map(|((channel, label), (units, parts))| CauseRow {
            channel: self.names[usize::from(channel)].clone(),
            label,
            units,
            delays: parts.seconds(),
        });
        let mut worst: Vec<(u32, OfSku)> = totals.skus.into_iter().collect();
        worst.sort_by_key(|(_, it)| std::cmp::Reverse(it.units));
        let worst = worst.into_iter().take(WORST_SKUS);
        Traced {
            causes: Causes {
                units: self.units,
                rows: rows.collect(),
                worst_skus: worst.filter_map(|(sku, it)| it.told(sku)).collect(),
            },
            chains: totals.chains.into_values().collect(),
        }
    }

    pub(super) fn parts(&self, case: &Case) -> Parts {
        let calls = &self.calls[usize::from(case.channel.0)];
        Parts::of(&case.stages(), case.at, calls)
    }
}

impl OfSku {
    fn told(mut self, sku: u32) -> Option<WorstSku> {
        let most = self.labels.iter().max_by_key(|(label, units)| {
            // Of equals the first in the order of labels.
            (**units, std::cmp::Reverse(**label))
        });
        let (_, example) = most.and_then(|(label, _)| self.examples.remove(label))?;
        Some(WorstSku {
            sku: sku + 1,
            units: self.units,
            first_at_s: self.first.as_secs_f64(),
            last_at_s: self.last.as_secs_f64(),
            example,
            labels: self.labels,
        })
    }
}
