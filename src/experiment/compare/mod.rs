//! Comparisons of runs with earlier ones (docs/ci.md). In virtual time every figure repeats exactly, so that any difference is
//! one; of several seeds the paired differences are judged by their 95 % interval. Wall times are never compared, nor are runs
//! in real time.

mod comparison;
mod figures;
mod setting;
mod side;
#[cfg(test)]
mod tests;
mod why;

use std::collections::BTreeSet;

use crate::measure::Verdict;

pub use comparison::{
    CauseChange, CausesChange, Change, ChannelChange, Comparison, ContenderChange, FigureChange,
    GuaranteeChange,
};
pub use setting::Setting;
pub use side::{Side, SideRun};

/// Why two sides are not compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// One of them is from real time, in which nothing repeats.
    #[error(
        "{0} is from real time, where no run repeats another: only runs in virtual time can be compared"
    )]
    RealTime(String),
    /// They are not about the same.
    #[error("they are not about the same")]
    Different(Vec<String>),
    /// No run of one has a counterpart in the other.
    #[error("they have nothing in common: {0}")]
    NothingInCommon(String),
}

/// In what two sides differ that have to be about the same: scenario, values, seeds, buyers.
pub fn differences(before: &Side, after: &Side) -> Vec<String> {
    let mut found = Vec::new();
    match (&before.setting, &after.setting) {
        (Some(own), Some(other)) => found = own.differences(other),
        // Without values the names have to do.
        _ if before.scenario != after.scenario => {
            found.push(format!(
                "scenario: {} and {}",
                before.scenario, after.scenario
            ));
        }
        _ => {}
    }
    let (own, other) = (before.seeds(), after.seeds());
    if own != other {
        found.push(format!("seeds: {} and {}", listed(&own), listed(&other)));
    }
    let buyers = |side: &Side, seed: u64| {
        let mut runs = side.runs.iter().filter(|((it, _), _)| *it == seed);
        let hash =
            runs.find_map(|(_, run)| Some(run.buyers_hash.clone()).filter(|it| !it.is_empty()));
        hash.unwrap_or_default()
    };
    for seed in own.iter().filter(|seed| other.contains(seed)) {
        let (one, two) = (buyers(before, *seed), buyers(after, *seed));
        if !one.is_empty() && !two.is_empty() && one != two && found.is_empty() {
            found.push(format!(
                "buyers of seed {seed}: {one} and {two}, as of two versions of this program"
            ));
        }
    }
    found
}

fn listed(seeds: &[u64]) -> String {
    const MOST: usize = 5;
    let mut words: Vec<String> = seeds.iter().take(MOST).map(u64::to_string).collect();
    if seeds.len() > MOST {
        words.push(format!("... ({} in all)", seeds.len()));
    }
    words.join(", ")
}

/// Compares later runs with earlier ones. `force` compares what is not about the same all the same, on the seeds of both, or
/// the one seed of each.
///
/// # Errors
/// When they cannot be compared, or must not.
pub fn compare(before: &Side, after: &Side, force: bool) -> Result<Comparison, Refusal> {
    for side in [before, after] {
        if side.real_time {
            return Err(Refusal::RealTime(side.name.clone()));
        }
    }
    let forced_over = differences(before, after);
    if !forced_over.is_empty() && !force {
        return Err(Refusal::Different(forced_over));
    }
    let (own, other) = (before.seeds(), after.seeds());
    let mut pairs: Vec<(u64, u64)> = own
        .iter()
        .filter(|it| other.contains(it))
        .map(|it| (*it, *it))
        .collect();
    if let ([], [one], [two]) = (pairs.as_slice(), own.as_slice(), other.as_slice()) {
        pairs.push((*one, *two));
    }
    if pairs.is_empty() {
        let why = format!("seeds {} and {}", listed(&own), listed(&other));
        return Err(Refusal::NothingInCommon(why));
    }
    let names: BTreeSet<&str> = before
        .contenders()
        .into_iter()
        .chain(after.contenders())
        .collect();
    let (mut contenders, mut not_compared) = (Vec::new(), Vec::new());
    for name in names {
        let of = |side: &'_ Side, seed: u64| side.runs.get(&(seed, name.to_string())).cloned();
        let runs = pairs
            .iter()
            .filter_map(|(one, two)| Some((of(before, *one)?, of(after, *two)?)));
        let runs: Vec<(SideRun, SideRun)> = runs.collect();
        match runs.is_empty() {
            true => not_compared.push(name.to_string()),
            false => contenders.push(contender(name, &runs)),
        }
    }
    if contenders.is_empty() {
        let (own, other) = (
            before.contenders().join(", "),
            after.contenders().join(", "),
        );
        return Err(Refusal::NothingInCommon(format!(
            "contenders {own} and {other}"
        )));
    }
    contenders.sort_by_key(|it| match it.change {
        Change::Regressed => 0,
        Change::Mixed => 1,
        Change::Improved => 2,
        Change::Unchanged | Change::Changed => 3,
    });
    let currency = [&after.currency, &before.currency]
        .into_iter()
        .find(|it| !it.is_empty());
    Ok(Comparison {
        scenario: after.scenario.clone(),
        currency: currency.cloned().unwrap_or_default(),
        before: before.name.clone(),
        after: after.name.clone(),
        seeds: pairs.iter().map(|(_, seed)| *seed).collect(),
        change: Change::of(contenders.iter().map(|it| it.change)),
        contenders,
        not_compared,
        forced_over,
        engine_settings: match (&before.setting, &after.setting) {
            (Some(own), Some(other)) => own.engine_differences(other),
            _ => Vec::new(),
        },
        thresholds: after.thresholds.clone(),
    })
}

fn contender(name: &str, runs: &[(SideRun, SideRun)]) -> ContenderChange {
    let guarantees = guarantees(runs);
    let (figures, compared) = figures::changes(runs);
    let changes = guarantees
        .iter()
        .map(|it| it.change)
        .chain(figures.iter().map(|it| it.change));
    let known = |run: &SideRun| !run.trace_hash.is_empty();
    let traced = runs.iter().all(|(one, two)| known(one) && known(two));
    ContenderChange {
        contender: name.to_string(),
        change: Change::of(changes),
        same_trace: traced.then(|| {
            runs.iter()
                .all(|(one, two)| one.trace_hash == two.trace_hash)
        }),
        causes: why::causes(runs),
        guarantees,
        figures,
        compared,
    }
}

/// How bad a verdict is.
fn severity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Violated => 3,
        Verdict::Unknown => 2,
        Verdict::NotJudged => 1,
        Verdict::Holds => 0,
    }
}

fn guarantees(runs: &[(SideRun, SideRun)]) -> Vec<GuaranteeChange> {
    let names: BTreeSet<&String> = runs
        .iter()
        .flat_map(|(one, _)| one.guarantees.keys())
        .collect();
    let mut changes = Vec::new();
    for name in names {
        // One that a side does not have was not judged there, which is no change of anything.
        let verdicts = runs.iter().filter_map(|(one, two)| {
            Some((*one.guarantees.get(name)?, *two.guarantees.get(name)?))
        });
        let verdicts: Vec<(Verdict, Verdict)> = verdicts.collect();
        if verdicts.iter().all(|(one, two)| one == two) {
            continue;
        }
        let violated = |of: fn(&(Verdict, Verdict)) -> Verdict| {
            verdicts
                .iter()
                .filter(|pair| of(pair) == Verdict::Violated)
                .count() as u64
        };
        let worst = |of: fn(&(Verdict, Verdict)) -> Verdict| {
            verdicts
                .iter()
                .map(of)
                .max_by_key(|it| severity(*it))
                .unwrap_or(Verdict::Unknown)
        };
        let (violated_before, violated_after) = (violated(|it| it.0), violated(|it| it.1));
        changes.push(GuaranteeChange {
            guarantee: name.clone(),
            change: match violated_after.cmp(&violated_before) {
                std::cmp::Ordering::Greater => Change::Regressed,
                std::cmp::Ordering::Less => Change::Improved,
                std::cmp::Ordering::Equal => Change::Changed,
            },
            before: worst(|it| it.0),
            after: worst(|it| it.1),
            violated_before,
            violated_after,
        });
    }
    changes.sort_by_key(|it| figures::order(it.change));
    changes
}
