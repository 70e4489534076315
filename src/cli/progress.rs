//! Progress bars, for people who wait.

use std::sync::OnceLock;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::sim::{Progress, RunPhase};

/// Work that is done sooner shows no bar.
const PATIENCE_S: f64 = 2.0;

/// The bars of all runs.
pub struct Bars {
    all: Option<MultiProgress>,
}

impl Bars {
    /// `watched`: whether a person sees standard error.
    pub fn new(watched: bool) -> Bars {
        Bars {
            all: watched.then(MultiProgress::new),
        }
    }

    /// The bar of one run, invisible until the command has lasted a while.
    pub fn bar<'a>(&'a self, name: &'a str) -> Bar<'a> {
        Bar {
            bars: self,
            name,
            bar: OnceLock::new(),
        }
    }

    /// Takes every bar away.
    pub fn clear(&self) {
        if let Some(all) = &self.all {
            // A terminal that cannot be cleared is left as it is.
            let _ = all.clear();
        }
    }
}

/// One run's bar.
pub struct Bar<'a> {
    bars: &'a Bars,
    name: &'a str,
    bar: OnceLock<ProgressBar>,
}

impl Bar<'_> {
    /// Shows how far the run is; `elapsed_s` is real time since the command began.
    pub fn show(&self, progress: &Progress, elapsed_s: f64) {
        let Some(all) = &self.bars.all else { return };
        if elapsed_s < PATIENCE_S && self.bar.get().is_none() {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let bar = all.add(ProgressBar::new(1));
            let template = "{prefix:>12} [{bar:40}] {percent:>3} % {msg}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_prefix(self.name.to_string());
            bar
        });
        let doing = match progress.phase {
            RunPhase::Opening => "opening",
            RunPhase::Demand => "selling",
            RunPhase::Settling => "settling",
            RunPhase::Over => "done",
        };
        bar.set_length(progress.ends_at.0.max(1));
        bar.set_position(if progress.phase == RunPhase::Over {
            progress.ends_at.0.max(1)
        } else {
            progress.at.0
        });
        bar.set_message(format!("{doing}, {} checkouts", progress.checkouts));
    }
}
