//! The file of a failure: the scenario, and above it who fails, under which seed, and how.

use crate::experiment::fuzz::Failure;
use crate::scenario::Scenario;

/// What stands above a scenario that failed: lines of the form `# key: value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Who plays it.
    pub contender: String,
    /// The root seed of the run.
    pub seed: u64,
    /// The kind of failure: a guarantee's name, `engine_failed` or `harness_wrong`.
    pub failure: String,
    /// Whether it has been mended, so that it must not be seen any more: `expect` is `holds` then, and `fails` else.
    pub is_mended: bool,
}

impl Header {
    /// Reads the lines of a file that say it.
    ///
    /// # Errors
    /// Names the key that is missing or cannot be read.
    pub fn read(text: &str) -> Result<Header, String> {
        let value = |key: &str| {
            let mut lines = text.lines().filter_map(|line| line.strip_prefix("# "));
            let found = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
            found
                .map(|value| value.trim().to_string())
                .ok_or_else(|| format!("there is no line `# {key}: ...`"))
        };
        let (seed, expect) = (value("seed")?, value("expect")?);
        Ok(Header {
            contender: value("contender")?,
            seed: seed.parse().map_err(|_| format!("`{seed}` is no seed"))?,
            failure: value("failure")?,
            is_mended: match expect.as_str() {
                "holds" => true,
                "fails" => false,
                _ => return Err(format!("`{expect}` is neither `holds` nor `fails`")),
            },
        })
    }

    /// The whole file. `again` is the command that shows the failure.
    pub fn file(&self, scenario: &Scenario, failure: &Failure, again: &str) -> String {
        let what = failure.what.lines().next().unwrap_or_default();
        let place = failure.example.as_ref().map(|example| {
            format!(
                "# {:.3} s after the start, on {}\n",
                example.at_s, example.channel
            )
        });
        format!(
            "# Found by `simulate fuzz`. Again with:\n#     {again}\n#\n# contender: {}\n# seed: {}\n# failure: {}\n# expect: {}\n# {what}\n{}\n{}",
            self.contender,
            self.seed,
            self.failure,
            if self.is_mended { "holds" } else { "fails" },
            place.unwrap_or_default(),
            scenario.compact()
        )
    }
}
