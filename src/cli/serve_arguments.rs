//! What `simulate serve` is told.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use channel_mocks::shopify;
use clap::{Args, ValueEnum};

use super::{Failure, seed};
use crate::experiment::{MOST_CALLS, shell_word as word};
use crate::realtime::clock::SPEEDS;
use crate::serve::control::MOST_ORDERS;

/// What to serve, and where.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Channels, warehouse, catalogue and stock of this scenario (a built-in one or a file); its buyers come too.
    /// Without it, three shops are opened that nobody visits.
    #[arg(long, value_name = "NAME|FILE")]
    pub scenario: Option<String>,
    /// The root seed.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = seed)]
    pub seed: u64,
    /// Orders that every channel has at once: placed in its recent past, a third of them (at most 200) shipped.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=i64::from(MOST_ORDERS)))]
    pub orders: u32,
    /// Platform seconds in a real second.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub listen: IpAddr,
    /// Listen beyond this machine, and deliver webhooks beyond it. There is no other protection than the credentials
    /// printed at the start.
    #[arg(long)]
    pub beyond_loopback: bool,
    /// The first of consecutive ports; the system chooses when left out.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub port: u16,
    /// One more address, at this port (0: the system chooses), where the systems are told apart by host name, as programs
    /// need it that have the platforms' hosts built in: it is also a proxy for these hosts and no other (docs/connect.md).
    #[arg(long, value_name = "PORT")]
    pub front: Option<u16>,
    /// Write the environment of a program that works against what is served: a file of lines NAME='value' with the names
    /// that common programs use (docs/connect.md). An existing file is never touched.
    #[arg(long, value_name = "FILE")]
    pub env: Option<PathBuf>,
    /// Speak HTTPS, with a throw-away certificate authority that is written to the run directory. Needs a build with
    /// `--features tls`.
    #[arg(long)]
    pub tls: bool,
    /// Credentials other than the documented ones: a TOML file (docs/serve.md).
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Serve the versions of Shopify's API that are accessible on this day by its published calendar; without it, those
    /// of the profile.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = as_of)]
    pub as_of: Option<Day>,
    /// The run directory; `reports/out/serve-SEED` when left out. An existing one is never touched: a number is added.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write a configuration for `simulate engine --config FILE`: the built-in escrow engine against what is served
    /// (docs/engine.md), whose displayed counts are quotas and are judged as such. An existing file is never touched.
    #[arg(long, value_name = "FILE", conflicts_with = "tls")]
    pub engine_config: Option<PathBuf>,
    /// Keep the calls that are made, as JSON lines in FILE (`calls.jsonl` of the run directory when it is left out) and, when
    /// it ends, beside it as an HTTP archive (`.har`). Tokens and signatures are left out. A reset's next life has its own.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub calls: Option<Option<PathBuf>>,
    /// How many calls of each life to keep; how many were left out is the last line.
    #[arg(long, value_name = "N", default_value_t = MOST_CALLS, value_parser = clap::value_parser!(u64).range(1..=10_000_000), requires = "calls")]
    pub calls_limit: u64,
    /// How to print where everything listens.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// One line, once everything listens.
    Json,
}

/// Reads a pace.
pub fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text
        .parse()
        .map_err(|_| "write a number, like 60".to_string())?;
    if SPEEDS.contains(&speed) {
        Ok(speed)
    } else {
        Err(format!("it can be {} to {}", SPEEDS.start(), SPEEDS.end()))
    }
}

/// A day, and the versions of Shopify's API that it has.
#[derive(Clone, Debug)]
pub struct Day {
    pub text: String,
    pub versions: shopify::Versions,
}

/// Reads a day of Shopify's calendar of versions.
pub fn as_of(text: &str) -> Result<Day, String> {
    let versions = shopify::Versions::as_of(text)
        .ok_or_else(|| "write a day from 2019-04-01 to 2099-12-31, like 2025-05-06".to_string())?;
    Ok(Day {
        text: text.to_string(),
        versions,
    })
}

/// The file of lines that was asked for, whose archive stands beside it. Neither may be there.
pub fn lines_at(path: &Path) -> Result<PathBuf, Failure> {
    if path.is_dir() {
        return Err(Failure::usage(
            format!("--calls {}: it is a directory", path.display()),
            format!(
                "name the file, as in --calls {}",
                path.join("calls.jsonl").display()
            ),
        ));
    }
    if path.exists() {
        // A device, a pipe, or a file of another name: what is written has endings of its own.
        return Err(there_is(path, path));
    }
    let lines = path.with_extension("jsonl");
    let archive = path.with_extension("har");
    if path.extension().is_some_and(|it| it != "jsonl") {
        return Err(Failure::usage(
            format!(
                "--calls {}: it names the file of JSON lines",
                path.display()
            ),
            format!(
                "write --calls {}; the archive is {} then",
                lines.display(),
                archive.display()
            ),
        ));
    }
    if let Some(there) = [&lines, &archive].into_iter().find(|it| it.exists()) {
        return Err(there_is(path, there));
    }
    Ok(lines)
}

fn there_is(asked: &Path, there: &Path) -> Failure {
    let asked = asked.display();
    let message = format!("--calls {asked}: {} is there already", there.display());
    Failure::usage(message, "give the path of a new file")
}

impl ServeArguments {
    /// The command that serves the same again, whole: every option that says otherwise than the usual. Files that it names are
    /// written anew, and must be away by then.
    pub fn rerun(&self) -> String {
        // Named one by one, so that an option that is added cannot be forgotten here.
        let ServeArguments {
            scenario,
            seed,
            orders,
            speed,
            listen,
            beyond_loopback,
            port,
            front,
            env,
            tls,
            config,
            as_of,
            out,
            engine_config,
            calls,
            calls_limit,
            format,
        } = self;
        let path = |path: &Path| word(&path.display().to_string());
        let mut text = "simulate serve".to_string();
        let mut add = |option: &str, value: &str| {
            text.push_str(" --");
            text.push_str(option);
            if !value.is_empty() {
                text.push(' ');
                text.push_str(value);
            }
        };
        if let Some(scenario) = scenario {
            add("scenario", &word(scenario));
        }
        add("seed", &seed.to_string());
        add("speed", &speed.to_string());
        if let Some(day) = as_of {
            add("as-of", &day.text);
        }
        if *orders > 0 {
            add("orders", &orders.to_string());
        }
        if *listen != IpAddr::from([127, 0, 0, 1]) {
            add("listen", &listen.to_string());
        }
        if *beyond_loopback {
            add("beyond-loopback", "");
        }
        if *port != 0 {
            add("port", &port.to_string());
        }
        if let Some(front) = front {
            add("front", &front.to_string());
        }
        if *tls {
            add("tls", "");
        }
        let files = [
            ("config", config),
            ("env", env),
            ("engine-config", engine_config),
            ("out", out),
        ];
        for (option, file) in files {
            if let Some(file) = file {
                add(option, &path(file));
            }
        }
        if let Some(file) = calls {
            add("calls", &file.as_deref().map_or(String::new(), path));
            if *calls_limit != MOST_CALLS {
                add("calls-limit", &calls_limit.to_string());
            }
        }
        if *format == Format::Json {
            add("format", "json");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        serve: ServeArguments,
    }

    #[test]
    fn calls_may_be_kept_with_a_file_and_without() {
        let calls = |arguments: &[&str]| {
            let command = Command::try_parse_from(["serve"].iter().chain(arguments));
            command.map(|it| it.serve.calls).map_err(|it| it.kind())
        };
        assert_eq!(calls(&[]), Ok(None));
        assert_eq!(calls(&["--calls"]), Ok(Some(None)));
        assert_eq!(calls(&["--calls", "--seed", "2"]), Ok(Some(None)));
        let named = Ok(Some(Some(PathBuf::from("monday.jsonl"))));
        assert_eq!(calls(&["--calls", "monday.jsonl"]), named);
        assert_eq!(calls(&["--calls=monday.jsonl"]), named);
        assert_eq!(calls(&["--calls", "--calls-limit", "5"]), Ok(Some(None)));
    }

    #[test]
    fn the_command_that_serves_the_same_names_every_option() {
        let read = |arguments: &[&str]| {
            let command = Command::try_parse_from(["serve"].iter().chain(arguments));
            command.unwrap().serve
        };
        let usual = read(&[]).rerun();
        assert_eq!(usual, "simulate serve --seed 1 --speed 1");
        let whole = "simulate serve --scenario 'my shops.toml' --seed 9 --speed 2.5 --as-of 2025-05-06 --orders 7 \
                     --listen 0.0.0.0 --beyond-loopback --port 4000 --front 0 --tls --config keys.toml --env a.env \
                     --out there --calls monday.jsonl --calls-limit 8 --format json";
        let given = shlex::split(whole).unwrap();
        let given: Vec<&str> = given[2..].iter().map(String::as_str).collect();
        assert_eq!(read(&given).rerun(), whole);
        let engine = read(&["--engine-config", "e.toml", "--calls"]).rerun();
        assert_eq!(engine, format!("{usual} --engine-config e.toml --calls"));
    }
}
