//! Shards put together: their rows seed by seed, their histograms added up. Nothing is judged before all are there.

use std::collections::BTreeMap;

use channel_mocks::core::Micros;

use super::histograms::Histograms;
use super::limits::ThresholdFrame;
use super::row::SeedRow;
use super::seeds::SeedSet;
use super::summary::{Frame, ReplicationsDocument, Summary};
use crate::experiment::file_name;
use crate::experiment::shard::Shard;
use crate::measure::{Durations, HISTOGRAMS};

/// Why shards do not make a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Some are not there, or there more than once: their numbers in words.
    #[error("{0}")]
    Incomplete(String),
    /// One is of something else.
    #[error("{0}")]
    Different(String),
    /// One cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

/// Checks that there is every shard of `count`, each once; `places` says where each was found.
///
/// # Errors
/// [`MergeError::Incomplete`], naming those that are missing or there twice.
pub fn check_complete(shards: &[(Shard, String)]) -> Result<(), MergeError> {
    let mut found: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
    let count = shards.first().map_or(0, |(shard, _)| shard.count);
    for (shard, place) in shards {
        if shard.count != count {
            return Err(MergeError::Different(format!(
                "{place} is shard {shard}, but {} is one of {count}",
                shards[0].1
            )));
        }
        found.entry(shard.index).or_default().push(place);
    }
    let twice: Vec<String> = found
        .iter()
        .filter(|(_, places)| places.len() > 1)
        .map(|(index, places)| {
            format!(
                "shard {index}/{count} is there twice: {}",
                places.join(", ")
            )
        })
        .collect();
    let missing: Vec<String> = (1..=count)
        .filter(|index| !found.contains_key(index))
        .map(|index| format!("{index}/{count}"))
        .collect();
    let mut said = twice;
    if !missing.is_empty() {
        let more = missing.len().saturating_sub(MOST_NAMED);
        let mut text = format!(
            "missing: shard {}",
            missing[..missing.len() - more].join(", ")
        );
        if more > 0 {
            text.push_str(&format!(" and {more} more"));
        }
        said.push(text);
    }
    match said.is_empty() {
        true => Ok(()),
        false => Err(MergeError::Incomplete(said.join("; "))),
    }
}

/// Missing shards that are named one by one.
const MOST_NAMED: usize = 20;

/// One shard's rows, line by line, and its histograms.
pub struct ShardFiles<'a> {
    /// Where it is, for messages.
    pub place: String,
    /// Lines of its `seeds.jsonl`.
    pub lines: Box<dyn Iterator<Item = std::io::Result<String>> + 'a>,
    /// Its histogram logs by contender and kind.
    pub histograms: Vec<(String, String, String)>,
}

impl ShardFiles<'_> {
    /// Sees that it has a histogram of every kind for every contender.
    fn check_histograms(&self, frame: &Frame) -> Result<(), MergeError> {
        for contender in &frame.contenders {
            let is_there = |kind: &str| {
                let mut all = self.histograms.iter();
                all.any(|(of, other, _)| *of == contender.name && other == kind)
            };
            if let Some(kind) = HISTOGRAMS.into_iter().find(|kind| !is_there(kind)) {
                let (place, name) = (&self.place, file_name(&contender.name));
                let message = format!("{place}/histograms/{name}.{kind}.hdr is missing");
                return Err(MergeError::Incomplete(message));
            }
        }
        Ok(())
    }
}

/// Puts shards together, which are complete and in the order of their numbers; `keep` is given every line in the order of
/// seeds.
///
/// # Errors
/// [`MergeError::Unreadable`] when a shard is not what its manifest says, or what `keep` says.
pub fn merge(
    frame: &Frame,
    mut shards: Vec<ShardFiles<'_>>,
    keep: &mut dyn FnMut(&str) -> Result<(), String>,
) -> Result<(ReplicationsDocument, Histograms), MergeError> {
    let unreadable = |place: &str, line: u64, why: String| {
        MergeError::Unreadable(format!("{place}/seeds.jsonl:{line}: {why}"))
    };
    let seeds = SeedSet::parse(&frame.seeds).map_err(MergeError::Unreadable)?;
    let count = shards.len() as u64;
    let width = frame.contenders.len();
    let thresholds = frame.thresholds.iter().map(ThresholdFrame::threshold);
    let thresholds: Result<Vec<_>, String> = thresholds.collect();
    let thresholds = thresholds.map_err(MergeError::Unreadable)?;
    let mut summary = Summary::new(width, thresholds);
    let mut histograms = Histograms::default();
    let mut rows = Vec::with_capacity(width);
    for place in 0..seeds.len() {
        let seed = seeds.at(place).unwrap_or_default();
        let shard = &mut shards[(place % count) as usize];
        let first_line = place / count * width as u64 + 1;
        rows.clear();
        for (number, contender) in (first_line..).zip(&frame.contenders) {
            let wrong = |why| unreadable(&shard.place, number, why);
            let line = match shard.lines.next() {
                Some(line) => line.map_err(|error| wrong(error.to_string()))?,
                None => return Err(wrong(format!("the row of seed {seed} is missing"))),
            };
            let row: SeedRow =
                serde_json::from_str(&line).map_err(|error| wrong(error.to_string()))?;
            if (row.seed, row.contender.as_str()) != (seed, contender.name.as_str()) {
                return Err(wrong(format!(
                    "this is {} on seed {}, in the place of {} on seed {seed}",
                    row.contender, row.seed, contender.name
                )));
            }
            histograms.lasted(
                &row.contender,
                Micros((row.simulated_s * 1e6).round() as u64),
            );
            keep(&format!("{line}\n")).map_err(MergeError::Unreadable)?;
            rows.push(row);
        }
        summary.add(&rows);
    }
    for (index, shard) in (1_u64..).zip(&mut shards) {
        let shard_of = Shard { index, count };
        let line = shard_of.part_of(seeds.len()) * width as u64 + 1;
        if shard.lines.next().is_some() {
            let why = "there are more rows than seeds".to_string();
            return Err(unreadable(&shard.place, line, why));
        }
        if shard_of.part_of(seeds.len()) > 0 {
            shard.check_histograms(frame)?;
        }
        for (contender, kind, text) in &shard.histograms {
            let durations = Durations::read_log(text).map_err(|error| {
                let place = &shard.place;
                MergeError::Unreadable(format!(
                    "{place}/histograms/{}.{kind}.hdr: {error}",
                    file_name(contender)
                ))
            })?;
            histograms.add_durations(contender, kind, &durations);
        }
    }
    Ok((summary.document(frame.clone()), histograms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_that_are_missing_or_there_twice_are_named() {
        let shards = |indexes: &[u64]| -> Vec<(Shard, String)> {
            let shards = indexes.iter();
            shards
                .map(|&index| (Shard { index, count: 4 }, format!("part-{index}")))
                .collect()
        };
        assert_eq!(check_complete(&shards(&[3, 1, 2, 4])), Ok(()));
        let error = check_complete(&shards(&[1, 3, 3])).unwrap_err().to_string();
        assert_eq!(
            error,
            "shard 3/4 is there twice: part-3, part-3; missing: shard 2/4, 4/4"
        );
        let mut mixed = shards(&[1, 2, 3, 4]);
        mixed[2].0.count = 5;
        assert!(matches!(
            check_complete(&mixed),
            Err(MergeError::Different(_))
        ));
    }
}
