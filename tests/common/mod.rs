//! What the integration tests share: scenarios played through the real run loop, on all processors, and sample statistics.

pub mod hang_up;
#[cfg(feature = "engine-process")]
pub mod kept;
pub mod python;

use std::fmt;
use std::io::Write as _;

use channel_mocks::core::Micros;
use oversell::engine::config::{EngineConfig, Strategy};
use oversell::engine::{self, Engine};
use oversell::experiment;
use oversell::measure::{Figures, Measured, Verdict};
use oversell::scenario::{Diagnostic, Scenario};
use oversell::sim::{Outcome, Setup};
use oversell::world::ledger::{Entry, Recorder};
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

/// Reads a built-in scenario, or a file.
pub fn scenario(name: &str) -> Scenario {
    match Scenario::load(name) {
        Ok(loaded) => loaded.scenario,
        Err(error) => panic!("{}", Diagnostic::from(error)),
    }
}

/// Reads a scenario from its text.
pub fn parsed(text: &str) -> Scenario {
    match Scenario::parse("test.toml", text) {
        Ok(loaded) => loaded.scenario,
        Err(error) => panic!("{}", Diagnostic::from(error)),
    }
}

/// A run that is over.
#[derive(Clone, Debug)]
pub struct Played {
    pub seed: u64,
    pub measured: Measured,
    pub outcome: Outcome,
}

impl Played {
    pub fn total(&self) -> &Figures {
        &self.measured.total
    }

    pub fn channel(&self, name: &str) -> &Figures {
        let found = self.measured.channels.iter().find(|(own, _)| own == name);
        &found.expect("the scenario has this channel").1
    }

    /// The verdict on a guarantee, and whether it was promised.
    pub fn verdict(&self, guarantee: &str) -> (Verdict, bool) {
        let found = self.measured.guarantees.iter();
        let found = found.into_iter().find(|it| it.name == guarantee);
        let found = found.expect("the guarantee is judged in every run");
        (found.verdict, found.promised)
    }

    /// Units refused, in stock or not.
    pub fn refused_units(&self) -> u64 {
        self.total().offered_units - self.total().accepted_units
    }
}

/// Plays one run with the built-in engine.
pub fn play(scenario: &Scenario, strategy: Strategy, seed: u64) -> Played {
    play_with(
        &Setup::new(scenario, seed, strategy),
        engine::build,
        |_, _| {},
    )
}

/// Plays one run with any engine, and shows every entry of the ledger to `watch`.
pub fn play_with(
    setup: &Setup,
    engine: impl FnOnce(EngineConfig) -> Box<dyn Engine>,
    watch: impl FnMut(Micros, &Entry),
) -> Played {
    struct Watch<W>(W);
    impl<W: FnMut(Micros, &Entry)> Recorder for Watch<W> {
        fn record(&mut self, at: Micros, entry: &Entry) {
            (self.0)(at, entry);
        }
    }
    let mut watch = Watch(watch);
    let played = experiment::play(setup, setup.strategy, engine, &mut watch, &mut |_| {});
    match played {
        Ok((measured, outcome)) => Played {
            seed: setup.seed,
            measured,
            outcome,
        },
        Err(error) => panic!(
            "{} under {} with seed {}: {error}",
            setup.scenario.name,
            setup.strategy.name(),
            setup.seed
        ),
    }
}

/// Does the work for seeds 1 to `count` on all processors, which the tests share; results are in the order of the seeds. They
/// are meant to be small: a run's histograms are not.
pub fn over_seeds<T: Send>(count: usize, work: impl Fn(u64) -> T + Sync) -> Vec<T> {
    (0..count)
        .into_par_iter()
        .with_max_len(1)
        .map(|index| work(index as u64 + 1))
        .collect()
}

/// A sample of one figure over many runs.
#[derive(Clone, Debug)]
pub struct Sample {
    pub values: Vec<f64>,
}

impl FromIterator<f64> for Sample {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Sample {
        Sample {
            values: values.into_iter().collect(),
        }
    }
}

impl Sample {
    pub fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len() as f64
    }

    /// The sample variance.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        let squares = self
            .values
            .iter()
            .map(|value| (value - mean) * (value - mean));
        squares.sum::<f64>() / (self.values.len() as f64 - 1.0)
    }

    /// The standard error of the mean.
    pub fn standard_error(&self) -> f64 {
        (self.variance() / self.values.len() as f64).sqrt()
    }

    /// Asserts that theory's mean lies within four standard errors of the sample's, and shows the figures.
    #[track_caller]
    pub fn agrees_with(&self, what: &str, predicted: f64) {
        let line = format!("{what}: predicted {predicted}, measured {self}");
        eprintln!("{line}");
        let off = (self.mean() - predicted).abs();
        assert!(off <= 4.0 * self.standard_error(), "{line}");
    }

    /// Asserts a ratio of variance to mean within 15 %, or within three standard errors of a variance where the sample is
    /// too small for that (taking the values as normal).
    #[track_caller]
    pub fn scatters_like(&self, what: &str, predicted: f64) {
        let ratio = self.variance() / self.mean();
        let tolerance = f64::max(0.15, 3.0 * (2.0 / (self.values.len() as f64 - 1.0)).sqrt());
        let line = format!("{what}: predicted variance/mean {predicted:.3}, measured {ratio:.3}");
        eprintln!("{line}");
        assert!((ratio / predicted - 1.0).abs() <= tolerance, "{line}");
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.4} +- {:.4} over {} runs",
            self.mean(),
            self.standard_error(),
            self.values.len()
        )
    }
}

/// Whether there is a program to run engines with. A CI job must have it.
pub fn has(program: &str) -> bool {
    let found = std::process::Command::new(program)
        .arg("--version")
        .output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "{program} is missing, and a CI job does not skip"
        );
        let mut err = std::io::stderr().lock();
        // Where even this cannot be said there is nobody to tell.
        let _ = writeln!(err, "\nskipped: there is no {program}");
    }
    found
}
