//! One part of an experiment that several machines share.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Shards that an experiment can have at most.
pub const MOST_SHARDS: u64 = 100_000;

/// The `index`-th of `count` parts. What has a place (a seed, a point of a sweep) belongs to the part that its place leads to,
/// one after the other in turn, so that parts differ by one at most.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Shard {
    /// From 1.
    pub index: u64,
    /// How many there are.
    pub count: u64,
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// Where the number of a task is found, and how it counts.
struct Source {
    /// Who sets the variables.
    name: &'static str,
    index: &'static str,
    count: &'static str,
    /// The variable of the first number; `first` where there is none.
    least: Option<&'static str>,
    /// The variable of what lies between two numbers; 1 where there is none.
    step: Option<&'static str>,
    /// The first task's number.
    first: u64,
}

/// Whoever numbers tasks, in the order in which they are asked.
const SOURCES: [Source; 6] = [
    Source::counting_from(
        0,
        "your own",
        "OVERSELL_SHARD_INDEX",
        "OVERSELL_SHARD_COUNT",
    ),
    Source {
        least: Some("SLURM_ARRAY_TASK_MIN"),
        step: Some("SLURM_ARRAY_TASK_STEP"),
        ..Source::counting_from(0, "Slurm", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT")
    },
    Source::counting_from(0, "Kubernetes", "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"),
    Source::counting_from(1, "GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL"),
    Source::counting_from(0, "CircleCI", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL"),
    Source::counting_from(
        0,
        "Buildkite",
        "BUILDKITE_PARALLEL_JOB",
        "BUILDKITE_PARALLEL_JOB_COUNT",
    ),
];

impl Source {
    const fn counting_from(
        first: u64,
        name: &'static str,
        index: &'static str,
        count: &'static str,
    ) -> Source {
        Source {
            name,
            index,
            count,
            least: None,
            step: None,
            first,
        }
    }
}

impl Shard {
    /// Whether the thing at a place (from 0) belongs to it.
    pub fn has(self, place: u64) -> bool {
        place % self.count == self.index - 1
    }

    /// The place among all things of the one at `own` among its own.
    pub fn place_of(self, own: u64) -> Option<u64> {
        own.checked_mul(self.count)?.checked_add(self.index - 1)
    }

    /// How many of so many things belong to it.
    pub fn part_of(self, things: u64) -> u64 {
        things / self.count + u64::from(self.index <= things % self.count)
    }

    /// Reads `3/20`, `env`, or `env/20` where the variables leave out how many there are; `variable` looks up the environment.
    ///
    /// # Errors
    /// A sentence with what is wrong and what can be written.
    pub fn parse(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Shard, String> {
        let text = text.trim();
        if text == "env" {
            return Shard::of_environment(None, variable);
        }
        let (index, count) = text.split_once('/').ok_or_else(|| {
            format!("`{text}` is no shard: write 3/20 for the third of twenty, or `env`")
        })?;
        let count = whole(count, "the number of shards")?;
        if index.trim() == "env" {
            return Shard::of_environment(Some(count), variable);
        }
        Shard::new(whole(index, "the shard's number")?, count)
    }

    fn new(index: u64, count: u64) -> Result<Shard, String> {
        if count == 0 || count > MOST_SHARDS {
            return Err(format!("there are 1 to {MOST_SHARDS} shards, not {count}"));
        }
        if index == 0 || index > count {
            return Err(format!(
                "shards are counted from 1/{count} to {count}/{count}; there is no {index}/{count}"
            ));
        }
        Ok(Shard { index, count })
    }

    fn of_environment(
        count: Option<u64>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Shard, String> {
        let number = |name: &str| match variable(name).filter(|text| !text.trim().is_empty()) {
            Some(text) => whole(&text, name).map(Some),
            None => Ok(None),
        };
        for source in &SOURCES {
            let Some(own) = number(source.index)? else {
                continue;
            };
            let told = number(source.count)?;
            let count = count.or(told).ok_or_else(|| {
                format!(
                    "{} says which task this is and {} not how many there are: write --shard env/20",
                    source.index, source.count
                )
            })?;
            let least = match source.least {
                Some(name) => number(name)?.unwrap_or(source.first),
                None => source.first,
            };
            let step = match source.step {
                Some(name) => number(name)?.unwrap_or(1).max(1),
                None => 1,
            };
            let place = own.checked_sub(least).map(|it| it / step);
            return place
                .and_then(|place| place.checked_add(1))
                .ok_or_else(|| format!("{} is {own}, less than its first, {least}", source.index))
                .and_then(|index| Shard::new(index, count))
                .map_err(|error| format!("as {} numbers tasks, {error}", source.name));
        }
        let known: Vec<&str> = SOURCES.iter().map(|source| source.index).collect();
        Err(format!(
            "`env` needs one of {} in the environment",
            known.join(", ")
        ))
    }
}

fn whole(text: &str, what: &str) -> Result<u64, String> {
    let text = text.trim();
    text.parse()
        .map_err(|_| format!("{what} must be a whole number, not `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Shard, String> {
        Shard::parse(text, |name| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_string())
        })
    }

    #[test]
    fn a_shard_is_read_from_its_text_and_from_whoever_numbers_tasks() {
        let third = Ok(Shard { index: 3, count: 7 });
        assert_eq!(read(" 3/7", &[]), third);
        let slurm = [
            ("SLURM_ARRAY_TASK_ID", "14"),
            ("SLURM_ARRAY_TASK_MIN", "10"),
            ("SLURM_ARRAY_TASK_STEP", "2"),
            ("SLURM_ARRAY_TASK_COUNT", "7"),
        ];
        assert_eq!(read("env", &slurm), third);
        let kubernetes = [("JOB_COMPLETION_INDEX", "2")];
        assert_eq!(read("env/7", &kubernetes), third);
        let gitlab = [("CI_NODE_INDEX", "3"), ("CI_NODE_TOTAL", "7")];
        assert_eq!(read("env", &gitlab), third);
        let own = [("OVERSELL_SHARD_INDEX", "2"), ("OVERSELL_SHARD_COUNT", "7")];
        assert_eq!(read("env", &own), third);
    }

    #[test]
    fn what_is_no_shard_is_refused_with_the_way_out() {
        for (text, environment, said) in [
            ("", vec![], "3/20"),
            ("3", vec![], "3/20"),
            ("0/4", vec![], "counted from 1/4"),
            ("5/4", vec![], "counted from 1/4"),
            ("1/0", vec![], "1 to 100000"),
            ("1/-2", vec![], "whole number"),
            ("x/4", vec![], "whole number"),
            ("env", vec![], "SLURM_ARRAY_TASK_ID"),
            ("env", vec![("JOB_COMPLETION_INDEX", "2")], "env/20"),
            ("env/2", vec![("JOB_COMPLETION_INDEX", "2")], "Kubernetes"),
            (
                "env",
                vec![("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "3")],
                "less than",
            ),
        ] {
            let error = read(text, &environment).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn every_place_belongs_to_one_shard() {
        for count in 1..6 {
            let shards = (1..=count).map(|index| Shard { index, count });
            let sizes: Vec<u64> = shards.clone().map(|it| it.part_of(11)).collect();
            assert_eq!(sizes.iter().sum::<u64>(), 11);
            for (shard, size) in shards.zip(sizes) {
                let own: Vec<u64> = (0..11).filter(|place| shard.has(*place)).collect();
                assert_eq!(own.len() as u64, size);
                let places = (0..size).map_while(|own| shard.place_of(own));
                assert_eq!(places.collect::<Vec<_>>(), own);
            }
        }
    }
}
