//! What a scenario's values mean together. Every rule is checked and every breach noted, with its place.

mod catalogue;
mod channels;
mod demand;
mod faults;
mod head;
mod scripted;
mod start;
mod strategies;
mod warehouse;

use channel_mocks::core::Micros;

use super::check::Findings;
use super::model::Scenario;
use super::sound::Sound;
use super::tree::Node;

/// How far shares and probabilities may be from adding to 1.
const SUM_TOLERANCE: f64 = 1e-9;

/// The longest time of anything in a scenario; a run of more than two years is refused.
const LONGEST: Micros = Micros::from_secs(2 * 365 * 86_400);

/// The shortest time after which something may come again and again.
const SHORTEST_PERIOD: Micros = Micros::from_millis(100);

/// The longest that a call may wait for its answer.
const LONGEST_PATIENCE: Micros = Micros::from_secs(86_400);

/// Most thresholds.
const MOST_THRESHOLDS: usize = 1_000;

/// Most shops, and most locations.
const MOST_PLACES: usize = 1_000;

/// Checks a scenario that has the right shape; `tree` tells where its values stand.
pub fn validate(scenario: &Scenario, tree: &Node, findings: &mut Findings<'_>) {
    let mut rules = Rules {
        scenario,
        tree,
        findings,
        touched: &[],
    };
    rules.all();
}

/// Checks what is left of a scenario without its misshapen parts. What may follow from their absence is not told.
pub fn validate_rest(scenario: &Scenario, sound: &Sound, findings: &mut Findings<'_>) {
    let mut rules = Rules {
        scenario,
        tree: &sound.tree,
        findings,
        touched: &sound.touched,
    };
    rules.all();
}

/// Checks the faults alone of a scenario, whose rest has been checked before.
pub fn validate_faults(scenario: &Scenario, tree: &Node, findings: &mut Findings<'_>) {
    let mut rules = Rules {
        scenario,
        tree,
        findings,
        touched: &[],
    };
    rules.faults();
}

struct Rules<'a, 'b, 'f> {
    scenario: &'a Scenario,
    tree: &'a Node,
    findings: &'b mut Findings<'f>,
    /// Paths of tables that are not whole.
    touched: &'a [String],
}

impl Rules<'_, '_, '_> {
    fn all(&mut self) {
        self.head();
        self.channels();
        self.warehouse();
        self.catalogue_and_stock();
        self.demand();
        self.phases();
        self.replay();
        self.scripted_events();
        self.faults();
        self.strategies();
        self.at_most(
            "threshold",
            "thresholds",
            self.scenario.thresholds.len(),
            MOST_THRESHOLDS,
        );
    }

    /// Notes a breach at the value of a path.
    fn breach(
        &mut self,
        path: &str,
        message: impl Into<String>,
        label: &str,
        help: impl Into<String>,
    ) {
        let table = path.rsplit_once('.').map_or("", |(table, _)| table);
        if self.touched.iter().any(|it| it == path || it == table) {
            return;
        }
        let help: String = help.into();
        let problem = self.findings.value(self.tree.nearest(path), message, label);
        if !help.is_empty() {
            problem.advise(help);
        }
    }

    fn currency_code(&mut self, path: &str, code: &str) {
        if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            self.breach(
                path,
                format!("`{code}` is no currency code"),
                "not ISO 4217",
                "three capitals, like \"USD\"",
            );
        }
    }

    fn within(&mut self, path: &str, value: f64, low: f64, high: f64) {
        if !(low..=high).contains(&value) {
            let name = path.rsplit('.').next().unwrap_or(path).to_string();
            self.breach(
                path,
                format!("`{name}` is {value}, outside {low} to {high}"),
                "out of range",
                format!("write a number from {low} to {high}"),
            );
        }
    }

    fn positive(&mut self, path: &str, length: Micros) {
        if length == Micros::ZERO {
            let name = path.rsplit('.').next().unwrap_or(path).to_string();
            self.breach(
                path,
                format!("`{name}` must be longer than zero"),
                "no time at all",
                "write it with its unit, like \"90s\" or \"1.5h\"",
            );
        }
    }

    /// A length of time with a sense of proportion; both ends are allowed.
    fn lasts(&mut self, path: &str, length: Micros, shortest: Micros, longest: Micros) {
        if (shortest..=longest).contains(&length) {
            return;
        }
        let name = path.rsplit('.').next().unwrap_or(path).to_string();
        let label = if length < shortest {
            "too short"
        } else {
            "too long"
        };
        let (shortest, longest) = (in_days(shortest), in_days(longest));
        self.breach(
            path,
            format!("`{name}` is {length}, outside {shortest} to {longest}"),
            label,
            format!("write a time from \"{shortest}\" to \"{longest}\""),
        );
    }

    /// A time after which something comes again and again: shorter ones would keep a run from ever passing.
    fn period(&mut self, path: &str, length: Micros) {
        self.lasts(path, length, SHORTEST_PERIOD, LONGEST);
    }

    /// How many of something a scenario may have.
    fn at_most(&mut self, path: &str, what: &str, count: usize, most: usize) {
        if count > most {
            self.breach(
                path,
                format!("there are {count} {what}"),
                "too many",
                format!("a scenario has at most {most}"),
            );
        }
    }

    /// Shares or probabilities that must add to 1. `paths` are those of the values; the last one carries the message.
    fn adds_to_one(&mut self, what: &str, values: &[f64], path_of: impl Fn(usize) -> String) {
        for (index, &value) in values.iter().enumerate() {
            self.within(&path_of(index), value, 0.0, 1.0);
        }
        let sum: f64 = values.iter().sum();
        if !values.is_empty() && (sum.is_nan() || (sum - 1.0).abs() > SUM_TOLERANCE) {
            let rest = 1.0 - (sum - values[values.len() - 1]);
            let help = if (0.0..=1.0).contains(&rest) {
                format!("with {} here they would", tidy(rest))
            } else {
                String::new()
            };
            self.breach(
                &path_of(values.len() - 1),
                format!("{what} add to {}, not to 1", tidy(sum)),
                "the last of them",
                help,
            );
        }
    }

    fn unique<'n>(
        &mut self,
        what: &str,
        names: impl Iterator<Item = &'n str>,
        path_of: impl Fn(usize) -> String,
    ) {
        let mut seen: Vec<&str> = Vec::new();
        for (index, name) in names.enumerate() {
            if name.is_empty() {
                self.breach(
                    &path_of(index),
                    format!("a {what} has no name"),
                    "empty",
                    "give it a short one, as reports shall call it",
                );
            } else if seen.contains(&name) {
                self.breach(
                    &path_of(index),
                    format!("the {what} `{name}` is there twice"),
                    "the second one",
                    "give each its own",
                );
            }
            seen.push(name);
        }
    }
}

/// A time as people write it: whole days as days.
fn in_days(time: Micros) -> String {
    const DAY: u64 = 86_400_000_000;
    match time.0 {
        days if days > 0 && days.is_multiple_of(DAY) => format!("{}d", days / DAY),
        _ => time.to_string(),
    }
}

/// A sum without the noise of its last digits.
fn tidy(value: f64) -> f64 {
    libm::round(value * 1e9) / 1e9
}
