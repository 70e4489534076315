//! Figures of pairs of runs.

use super::comparison::{Change, ChannelChange, FigureChange};
use super::side::SideRun;
use crate::experiment::thresholds::{Better, FigurePath, Part, Unit};
use crate::measure::statistics::Sample;

/// Worse before better, and both before what is neither.
pub(super) fn order(change: Change) -> u8 {
    match change {
        Change::Regressed | Change::Mixed => 0,
        Change::Improved => 1,
        Change::Changed | Change::Unchanged => 2,
    }
}

/// The figures that changed, the worst first, and how many have a direction.
pub(super) fn changes(runs: &[(SideRun, SideRun)]) -> (Vec<FigureChange>, u64) {
    // A share says nothing that its count and its whole do not.
    let paths: Vec<FigurePath> = FigurePath::all()
        .filter(|path| path.part != Part::Share)
        .collect();
    let directed = paths
        .iter()
        .filter(|path| path.better() != Better::Neither)
        .count() as u64;
    let mut changes: Vec<FigureChange> =
        paths.iter().filter_map(|path| change(path, runs)).collect();
    changes.sort_by(|one, two| {
        let by_size = relative(two).total_cmp(&relative(one));
        let place = |it: &FigureChange| (order(it.change), weight(it.unit));
        place(one).cmp(&place(two)).then(by_size)
    });
    (changes, directed)
}

/// What buyers and the merchant feel comes before how it came about, and both before what it took.
fn weight(unit: Unit) -> u8 {
    match unit {
        Unit::Units | Unit::Orders | Unit::Money => 0,
        Unit::Seconds | Unit::Share => 1,
        Unit::Calls | Unit::Count | Unit::PerSecond => 2,
    }
}

/// By how much of its earlier value it changed; what was nothing before comes first.
fn relative(change: &FigureChange) -> f64 {
    match (change.before, change.difference) {
        (Some(before), Some(difference)) if before != 0.0 => (difference / before).abs(),
        _ => f64::INFINITY,
    }
}

fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values.flatten().collect::<Sample>().estimate().mean
}

fn change(path: &FigurePath, runs: &[(SideRun, SideRun)]) -> Option<FigureChange> {
    let values = runs
        .iter()
        .map(|(one, two)| (path.value(&one.figures), path.value(&two.figures)));
    let values: Vec<(Option<f64>, Option<f64>)> = values.collect();
    if values.iter().all(|(one, two)| one == two) {
        return None;
    }
    let sample: Sample = values
        .iter()
        .filter_map(|(one, two)| Some((*two)? - (*one)?))
        .collect();
    let estimate = sample.estimate();
    let half = estimate.half_width;
    let interval = estimate
        .mean
        .zip(half)
        .map(|(mean, half)| (mean - half, mean + half));
    // What never came is beyond every value.
    let count =
        |is: fn(&(Option<f64>, Option<f64>)) -> bool| values.iter().filter(|pair| is(pair)).count();
    let came = count(|pair| pair.0.is_none() && pair.1.is_some());
    let ceased = count(|pair| pair.0.is_some() && pair.1.is_none());
    let direction = match path.better() {
        Better::Lower => 1.0,
        Better::Higher => -1.0,
        Better::Neither => 0.0,
    };
    let judged = |worse: bool, better: bool| match (worse, better) {
        _ if direction == 0.0 => Change::Changed,
        (true, _) => Change::Regressed,
        (_, true) => Change::Improved,
        _ => Change::Unchanged,
    };
    let change = if path.figure.never && came != ceased {
        judged(ceased > came, came > ceased)
    } else {
        match (interval, estimate.mean) {
            (Some((low, high)), _) => {
                let (low, high) = (low * direction, high * direction);
                judged(low.min(high) > 0.0, low.max(high) < 0.0)
            }
            (None, Some(difference)) => {
                let worse = difference * direction;
                judged(worse > 0.0, worse < 0.0)
            }
            // Samples that are there on one side alone make nothing better or worse.
            (None, None) => Change::Changed,
        }
    };
    let is_counted = path.figure.never && runs.len() > 1;
    let never = |is: fn(&(Option<f64>, Option<f64>)) -> bool| match is_counted {
        true => count(is) as u64,
        false => 0,
    };
    Some(FigureChange {
        never_before: never(|pair| pair.0.is_none()),
        never_after: never(|pair| pair.1.is_none()),
        figure: path.name(),
        unit: path.unit(),
        better: path.better(),
        change,
        before: mean(values.iter().map(|(one, _)| *one)),
        after: mean(values.iter().map(|(_, two)| *two)),
        difference: estimate.mean,
        interval,
        pairs: estimate.runs,
        channels: channels(path, runs),
    })
}

fn channels(path: &FigurePath, runs: &[(SideRun, SideRun)]) -> Vec<ChannelChange> {
    let Some((first, _)) = runs.first() else {
        return Vec::new();
    };
    let of = |run: &SideRun, channel: &str| {
        let figures = run.channels.get(channel);
        figures.and_then(|figures| path.value(figures))
    };
    let names = first.channels.keys();
    let known = names.filter(|name| runs.iter().all(|(_, two)| two.channels.contains_key(*name)));
    known
        .filter_map(|name| {
            let change = ChannelChange {
                channel: name.clone(),
                before: mean(runs.iter().map(|(one, _)| of(one, name))),
                after: mean(runs.iter().map(|(_, two)| of(two, name))),
            };
            (change.before != change.after).then_some(change)
        })
        .collect()
}
