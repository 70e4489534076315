//! Progress bars, for people who wait.

use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::experiment::RunProgress;
use crate::experiment::fuzz::FuzzProgress;
use crate::experiment::replications::SeedsProgress;
use crate::report::counted;
use crate::sim::RunPhase;

/// Work that is done sooner shows no bar, seconds.
const SHOWN_AFTER_S: f64 = 2.0;

/// The bars of all runs.
pub struct Bars {
    all: Option<MultiProgress>,
    /// By contender and seed, in the order in which they appeared.
    bars: Mutex<Vec<(String, u64, ProgressBar)>>,
}

impl Bars {
    /// `watched`: whether a person sees standard error.
    pub fn new(watched: bool) -> Bars {
        Bars {
            all: watched.then(MultiProgress::new),
            bars: Mutex::default(),
        }
    }

    /// Takes every bar away.
    pub fn clear(&self) {
        if let Some(all) = &self.all {
            // A terminal that cannot be cleared is left as it is.
            let _ = all.clear();
        }
    }

    /// Shows how far a run is.
    pub fn show(&self, run: &RunProgress) {
        let Some(bar) = self.bar(run) else { return };
        let progress = &run.progress;
        let doing = match progress.phase {
            RunPhase::Opening => "opening",
            RunPhase::Demand => "disturb",
            RunPhase::Settling => "settle",
            RunPhase::Over => "done",
        };
        bar.set_length(progress.ends_at.0.max(1));
        bar.set_position(if progress.phase == RunPhase::Over {
            progress.ends_at.0.max(1)
        } else {
            progress.at.0
        });
        bar.set_message(format!(
            "{doing}, {}",
            counted(progress.checkouts, "checkout")
        ));
    }

    /// The bar of a run; none until the command has lasted a while.
    fn bar(&self, run: &RunProgress) -> Option<ProgressBar> {
        let all = self.all.as_ref()?;
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        let found = bars
            .iter()
            .find(|(name, seed, _)| name == run.contender && *seed == run.seed);
        if let Some((_, _, bar)) = found {
            return Some(bar.clone());
        }
        if run.elapsed_s < SHOWN_AFTER_S {
            return None;
        }
        let bar = all.add(ProgressBar::new(1));
        let template = "{prefix:>12} [{bar:40}] {percent:>3} % {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(run.contender.to_string());
        bars.push((run.contender.to_string(), run.seed, bar.clone()));
        Some(bar)
    }
}

/// The bar of a search.
pub struct FuzzBar {
    bar: Option<ProgressBar>,
}

impl FuzzBar {
    /// `watched`: whether a person sees standard error. `seeds`: how many are to be played, if that is known.
    pub fn new(watched: bool, seeds: Option<u64>) -> FuzzBar {
        let bar = watched.then(|| match seeds {
            Some(seeds) => ProgressBar::new(seeds),
            None => ProgressBar::no_length(),
        });
        let template = match seeds {
            Some(_) => "[{bar:30}] {pos} of {len} seeds, {msg}",
            None => "{spinner} {pos} seeds, {msg}",
        };
        if let (Some(bar), Ok(style)) = (&bar, ProgressStyle::with_template(template)) {
            bar.set_style(style.progress_chars("=> "));
        }
        FuzzBar { bar }
    }

    /// Shows how far the search is.
    pub fn show(&self, progress: &FuzzProgress) {
        let Some(bar) = &self.bar else { return };
        bar.set_position(progress.seeds);
        bar.set_message(match progress.shrinking {
            0 => format!(
                "{:.0} a second, {} failed",
                progress.seeds as f64 / progress.elapsed_s.max(1e-3),
                progress.failed
            ),
            runs => format!("making a failure small, run {runs}"),
        });
    }

    /// Takes it away.
    pub fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The bar of many seeds.
pub struct SeedsBar {
    bar: Option<ProgressBar>,
}

impl SeedsBar {
    /// `watched`: whether a person sees standard error.
    pub fn new(watched: bool) -> SeedsBar {
        SeedsBar::of(watched, "seeds")
    }

    /// The same for the cells of a sweep.
    pub fn of_cells(watched: bool) -> SeedsBar {
        SeedsBar::of(watched, "cells")
    }

    fn of(watched: bool, what: &str) -> SeedsBar {
        let bar = watched.then(|| ProgressBar::new(1));
        let template = format!("[{{bar:30}}] {{pos}} of {{len}} {what}, {{msg}}");
        let style = ProgressStyle::with_template(&template);
        if let (Some(bar), Ok(style)) = (&bar, style) {
            bar.set_style(style.progress_chars("=> "));
        }
        SeedsBar { bar }
    }

    /// Shows how far they are.
    pub fn show(&self, progress: SeedsProgress) {
        let Some(bar) = &self.bar else { return };
        bar.set_length(progress.of);
        bar.set_position(progress.seeds);
        let rate = progress.seeds as f64 / progress.elapsed_s.max(1e-3);
        bar.set_message(format!("{rate:.1} a second"));
    }

    /// Takes it away.
    pub fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
