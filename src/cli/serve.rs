//! `simulate serve`: the emulators and the warehouse behind real sockets.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use channel_mocks::shopify;
use clap::{Args, ValueEnum};

use super::interruption::{self, Signals};
use super::{Exit, Failure, Streams, old_names, put, seed};
use crate::engine::config::Strategy;
use crate::experiment::real_time::connection::{Urls, described_json, rows};
use crate::experiment::real_time::engine_file::engine_file;
use crate::experiment::real_time::front::{FrontDoor, environment, environment_file};
use crate::experiment::real_time::{CallPlan, NoFigures, Records, lag_limit, measured};
use crate::experiment::{MOST_CALLS, Results, Time};
use crate::measure::Subject;
use crate::realtime::clock::SPEEDS;
use crate::report::{
    Document, RunDirectory, RunDirectoryError, run_directory, serve_table, served_table,
};
use crate::scenario::Scenario;
use crate::scenario::file::create_private;
use crate::serve::access_file;
use crate::serve::control::MOST_ORDERS;
use crate::serve::faults;
use crate::serve::front::hosts;
use crate::serve::http::Bounds;
use crate::serve::service::{FrontListening, Listening, Service};
use crate::serve::session::{DemandStart, EndedSession, ServePlan};
use crate::serve::tls;
use crate::stage::opening::Access;

/// What to serve, and where.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Channels, warehouse, catalogue and stock of this scenario (a built-in one or a file); its buyers come too.
    /// Without it, three shops are opened that nobody visits.
    #[arg(long, value_name = "NAME|FILE")]
    scenario: Option<String>,
    /// The root seed.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = seed)]
    seed: u64,
    /// Orders that every channel has at once: placed in its recent past, a third of them (at most 200) shipped.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=i64::from(MOST_ORDERS)))]
    orders: u32,
    /// Platform seconds in a real second.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    listen: IpAddr,
    /// Listen beyond this machine, and deliver webhooks beyond it. There is no other protection than the credentials
    /// printed at the start.
    #[arg(long)]
    beyond_loopback: bool,
    /// The first of consecutive ports; the system chooses when left out.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// One more address, at this port (0: the system chooses), where the systems are told apart by host name, as programs
    /// need it that have the platforms' hosts built in: it is also a proxy for these hosts and no other (docs/connect.md).
    #[arg(long, value_name = "PORT")]
    front: Option<u16>,
    /// Write the environment of a program that works against what is served: a file of lines NAME='value' with the names
    /// that common programs use (docs/connect.md). An existing file is never touched.
    #[arg(long, value_name = "FILE")]
    env: Option<PathBuf>,
    /// Speak HTTPS, with a throw-away certificate authority that is written to the run directory. Needs a build with
    /// `--features tls`.
    #[arg(long)]
    tls: bool,
    /// Credentials other than the documented ones: a TOML file (docs/serve.md).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Serve the versions of Shopify's API that are accessible on this day by its published calendar; without it, those
    /// of the profile.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = as_of)]
    as_of: Option<Day>,
    /// The run directory; `reports/out/serve-SEED` when left out. An existing one is never touched: a number is added.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write a configuration for `simulate engine --config FILE`: the built-in escrow engine against what is served
    /// (docs/engine.md), whose displayed counts are quotas and are judged as such. An existing file is never touched.
    #[arg(long, value_name = "FILE", conflicts_with = "tls")]
    engine_config: Option<PathBuf>,
    /// Keep the calls that are made, as JSON lines in FILE (`calls.jsonl` of the run directory when it is left out) and, when
    /// it ends, beside it as an HTTP archive (`.har`). Tokens and signatures are left out. A reset's next life has its own.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    calls: Option<Option<PathBuf>>,
    /// How many calls of each life to keep; how many were left out is the last line.
    #[arg(long, value_name = "N", default_value_t = MOST_CALLS, value_parser = clap::value_parser!(u64).range(1..=10_000_000), requires = "calls")]
    calls_limit: u64,
    /// How to print where everything listens.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
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
struct Day {
    text: String,
    versions: shopify::Versions,
}

/// Reads a day of Shopify's calendar of versions.
fn as_of(text: &str) -> Result<Day, String> {
    let versions = shopify::Versions::as_of(text)
        .ok_or_else(|| "write a day from 2019-04-01 to 2099-12-31, like 2025-05-06".to_string())?;
    Ok(Day {
        text: text.to_string(),
        versions,
    })
}

/// Serves until it is interrupted.
pub fn serve(arguments: &ServeArguments, streams: &mut Streams) -> Result<Exit, Failure> {
    if !arguments.listen.is_loopback() && !arguments.beyond_loopback {
        return Err(Failure::usage(
            format!("--listen {} is not this machine alone", arguments.listen),
            "add --beyond-loopback if other machines shall reach it",
        ));
    }
    let name = arguments.scenario.as_deref().unwrap_or("storefronts");
    let loaded = Scenario::load(name).map_err(|error| Failure::new(Exit::Usage, error))?;
    old_names::notice([], Some(&loaded), streams);
    let mut scenario = loaded.scenario;
    if let Some(day) = &arguments.as_of {
        scenario.lay_over_versions(&day.versions);
    }
    if scenario.replay.is_some() {
        return Err(Failure::usage(
            "a replay cannot be served",
            format!(
                "serve another scenario, or replay it in virtual time: simulate --scenario {name} --orders FILE"
            ),
        ));
    }
    faults::check(&scenario.faults).map_err(|error| {
        let help = "leave that fault out, or play the scenario in virtual time";
        Failure::usage(format!("{name} cannot be served: {error}"), help)
    })?;
    if arguments.tls && !tls::IS_BUILT {
        return Err(Failure::not_built("TLS", "tls", "serve --tls"));
    }
    let access = match &arguments.config {
        None => Access::default(),
        Some(path) => access_file::read(path).map_err(|error| Failure::new(Exit::Usage, error))?,
    };
    let calls_at = match &arguments.calls {
        Some(Some(path)) => Some(lines_at(path)?),
        _ => None,
    };
    if let Some(path) = arguments.env.as_ref().filter(|path| path.exists()) {
        return Err(Failure::usage(
            format!("--env {}: it is there already", path.display()),
            "give the path of a new file",
        ));
    }
    let wanted = arguments
        .out
        .clone()
        .unwrap_or_else(|| run_directory::default_path("serve", arguments.seed));
    let directory = RunDirectory::claim(&wanted).map_err(|error| Failure::unexpected(&error))?;
    let out = directory.path().to_path_buf();
    let calls = CallPlan {
        watched: true,
        files: arguments.calls.as_ref().map(|_| {
            let usual = || out.join("calls.jsonl");
            (calls_at.unwrap_or_else(usual), arguments.calls_limit)
        }),
    };
    let (authority, acceptor) = match arguments.tls {
        false => (None, None),
        true => {
            let names = hosts::beside_the_platforms(&access.of_channels(&scenario));
            let (pem, acceptor) =
                tls::throw_away(&names).map_err(|error| Failure::unexpected(&error))?;
            let path = std::path::absolute(&out).map_err(|error| Failure::unexpected(&error))?;
            let path = path.join("ca.pem");
            std::fs::write(&path, pem).map_err(|error| Failure::unexpected(&error))?;
            (Some(path), Some(acceptor))
        }
    };
    if arguments.beyond_loopback {
        streams.tell(
            "warning: reachable from other machines; the control API asks for no credentials, and those of the others are \
             documented: whoever reaches these ports may do everything",
        );
    }
    // Whoever asks for the built-in escrow engine's configuration lets it come: its counts are quotas.
    let quotas = arguments.engine_config.is_some();
    let subject = Subject::whoever_comes(ENGINE.to_string(), quotas);
    let plan = ServePlan {
        displays: subject.like(),
        demand: match arguments.scenario {
            Some(_) => DemandStart::AtOnce,
            None => DemandStart::Nobody,
        },
        scenario,
        seed: arguments.seed,
        access,
        orders: arguments.orders,
        speed: arguments.speed,
        ledger: out.clone(),
    };
    if plan.opens_with_stock() {
        streams.tell(&format!(
            "note: the listings of {name} open at 0, from which no order can have come; with --orders they open with the whole stock",
        ));
    }
    let listening = Listening {
        address: arguments.listen,
        first_port: arguments.port,
        front: arguments.front.map(|port| FrontListening {
            port,
            tls: acceptor.clone(),
        }),
        tls: acceptor,
        bounds: Bounds::default(),
        beyond_loopback: arguments.beyond_loopback,
    };
    interruption::ends_by_itself();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::unexpected(&error))?;
    let served = Served {
        arguments,
        plan,
        subject,
        authority,
        calls,
        directory: Arc::new(directory),
    };
    runtime.block_on(served.run(listening, streams))
}

/// The file of lines that was asked for, whose archive stands beside it. Neither may be there.
fn lines_at(path: &Path) -> Result<PathBuf, Failure> {
    if path.is_dir() {
        return Err(Failure::usage(
            format!("--calls {}: it is a directory", path.display()),
            format!(
                "name the file, as in --calls {}",
                path.join("calls.jsonl").display()
            ),
        ));
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
        return Err(Failure::usage(
            format!(
                "--calls {}: {} is there already",
                path.display(),
                there.display()
            ),
            "give the path of a new file",
        ));
    }
    Ok(lines)
}

/// Writes a file of secrets that was asked for. It must be a new one.
fn write_new(option: &str, path: &Path, text: &str) -> Result<(), Failure> {
    let written = create_private(path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
    written.map_err(|error| {
        Failure::usage(
            format!("{option} {}: {error}", path.display()),
            "give the path of a new file",
        )
    })
}

/// The engine's name in figures: nobody knows which one came.
const ENGINE: &str = "engine";

/// What is served, and where it is written down.
struct Served<'a> {
    arguments: &'a ServeArguments,
    plan: ServePlan,
    subject: Subject,
    authority: Option<PathBuf>,
    calls: CallPlan,
    directory: Arc<RunDirectory>,
}

impl Served<'_> {
    async fn run(self, listening: Listening, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
        let recorded = self.plan.scenario.clone();
        let (subject, calls) = (self.subject.clone(), self.calls.clone());
        let make_recorder = move |ledger: &Path, skus: &[String], opens_at| {
            Records::create(ledger, skus, opens_at, &recorded, subject.clone(), &calls)
        };
        let lives = Arc::new(Mutex::new(Vec::new()));
        let (ended, place, again) = (lives.clone(), self.directory.clone(), self.rerun());
        let take_ended = move |life: u32, end: EndedSession<Records>| {
            let outcome = write_figures(&place, life, end, again.clone());
            if let Ok(mut ended) = ended.lock() {
                ended.push((life, outcome));
            }
        };
        let mut signals = Signals::new().map_err(|error| {
            Failure::said(
                Exit::Unexpected,
                format!("signals cannot be awaited: {error}"),
            )
        })?;
        let service = Service::start(
            self.plan.clone(),
            listening,
            Box::new(make_recorder),
            Box::new(take_ended),
        )
        .await
        .map_err(|error| {
            self.take_back();
            Failure::said(Exit::Usage, error)
        })?;
        self.announce(&service, streams)
            .inspect_err(|_| self.take_back())?;
        signals.next().await;
        service.stop().await;
        let ended = lives.lock().map(|mut it| std::mem::take(&mut *it));
        self.tell(ended.unwrap_or_default(), streams)
    }

    /// Takes back what a service that does not come about has begun to write.
    fn take_back(&self) {
        let out = self.directory.path();
        let mut begun = vec![out.join("ledger.jsonl")];
        begun.extend(self.authority.clone());
        if let Some((lines, _)) = &self.calls.files {
            begun.push(lines.clone());
            begun.push(lines.with_extension("exchanges.part"));
        }
        for path in begun {
            // It may not have come so far.
            let _ = std::fs::remove_file(path);
        }
        self.directory.release();
    }

    /// Writes what was asked for of the addresses, and says where everything listens.
    fn announce(
        &self,
        service: &Service<Records>,
        streams: &mut Streams<'_>,
    ) -> Result<(), Failure> {
        let urls = Urls::new(&service.addresses, &self.plan, self.arguments.tls);
        if let Some(path) = &self.arguments.engine_config {
            self.write_engine_config(path, &urls, service)?;
        }
        let (authority, out) = (self.authority.as_deref(), self.directory.path());
        let front = service.addresses.front.map(|address| {
            FrontDoor::new(address, &self.plan, &service.terms(), self.arguments.tls)
        });
        let calendar = service.calendar();
        let calendar = calendar.ok_or_else(|| Failure::unexpected(&"nothing is served"))?;
        let described = described_json(&urls, &self.plan, &calendar, authority, front.as_ref());
        if let Some(path) = &self.arguments.env {
            let environment = environment(&urls, &described, front.as_ref(), authority);
            write_new("--env", path, &environment_file(&environment))?;
        }
        let text = match self.arguments.format {
            Format::Json => format!("{described}\n"),
            Format::Table => {
                let rows = rows(&urls, &self.plan, authority, front.as_ref(), out);
                let mut text = serve_table(&rows, streams.layout);
                if let Some(front) = &front {
                    text.push('\n');
                    text.push_str(&front.lines(authority));
                }
                text
            }
        };
        put(streams, &text)
    }

    /// Writes what the built-in engine needs to work against this service.
    fn write_engine_config(
        &self,
        path: &Path,
        urls: &Urls,
        service: &Service<Records>,
    ) -> Result<(), Failure> {
        let calendar = service.calendar();
        let calendar = calendar.ok_or_else(|| Failure::unexpected(&"nothing is served"))?;
        let mut file = engine_file(
            Strategy::Escrow,
            &self.plan,
            urls,
            &calendar,
            &service.terms(),
        );
        // A database of an earlier service knows orders of shops that are gone, under ids that these will use again.
        let database = path.with_extension("db");
        if database.exists() {
            let message = format!(
                "--engine-config {}: the engine's database {} is there already, and belongs to shops that were served before",
                path.display(),
                database.display()
            );
            return Err(Failure::usage(
                message,
                "delete it if nobody needs it, or give another FILE: the database is named after it",
            ));
        }
        file.database = database.file_name().map_or(file.database, Into::into);
        let text = file
            .to_toml()
            .map_err(|error| Failure::unexpected(&error))?;
        write_new("--engine-config", path, &text)
    }

    /// Says what every life came to.
    fn tell(
        &self,
        lives: Vec<(u32, Result<Outcome, NoFigures>)>,
        streams: &mut Streams<'_>,
    ) -> Result<Exit, Failure> {
        let several = lives.len() > 1;
        let mut not_written = None;
        for (life, outcome) in lives {
            let (document, written, asked) = outcome.map_err(|error| {
                let exit = match error {
                    NoFigures::HarnessWrong(_) => Exit::HarnessWrong,
                    NoFigures::Ledger(_) => Exit::Unexpected,
                };
                Failure::said(exit, error)
            })?;
            not_written = not_written.or(written.err());
            let mut text = String::new();
            if several {
                text.push_str(&format!("life {life}\n"));
            }
            for run in &document.strategies {
                text.push_str(&served_table(run, streams.layout));
            }
            text.push_str(&not_simulated_text(&asked));
            match self.arguments.format {
                // Standard output is for the one line of JSON.
                Format::Json => {
                    let _ = streams.err.write_all(text.as_bytes());
                }
                Format::Table => put(streams, &text)?,
            }
        }
        if let Some(error) = not_written {
            return Err(Failure::unexpected(&error));
        }
        let out = self.directory.path().display();
        streams.tell(&format!("ended; ledger and figures are in {out}"));
        Ok(Exit::Pass)
    }

    /// The command that serves the same again.
    fn rerun(&self) -> String {
        let mut text = "simulate serve".to_string();
        if let Some(scenario) = &self.arguments.scenario {
            text.push_str(&format!(" --scenario {scenario}"));
        }
        let (seed, speed) = (self.arguments.seed, self.arguments.speed);
        text.push_str(&format!(" --seed {seed} --speed {speed}"));
        if let Some(day) = &self.arguments.as_of {
            text.push_str(&format!(" --as-of {}", day.text));
        }
        if self.arguments.orders > 0 {
            text.push_str(&format!(" --orders {}", self.arguments.orders));
        }
        text
    }
}

/// What a life came to, whether its files could be written, and what was asked for that is not simulated.
type Outcome = (
    Document,
    Result<(), RunDirectoryError>,
    Vec<(String, String, u64)>,
);

/// The lines about what was asked for and is not simulated; none where nothing was.
fn not_simulated_text(asked: &[(String, String, u64)]) -> String {
    if asked.is_empty() {
        return String::new();
    }
    let mut text =
        "asked for and not simulated (answered with null, nothing or a neutral value):\n"
            .to_string();
    let width = asked.iter().map(|(system, ..)| system.len()).max();
    for (system, what, count) in asked {
        let width = width.unwrap_or(0);
        text.push_str(&format!("  {system:<width$}  {count:>8}  {what}\n"));
    }
    text
}

/// Writes what served shops came to beside their ledger, and gives the document.
fn write_figures(
    directory: &RunDirectory,
    life: u32,
    ended: EndedSession<Records>,
    rerun: String,
) -> Result<Outcome, NoFigures> {
    let speed = ended.span.speed;
    let mut ended = ended;
    let not_simulated = std::mem::take(&mut ended.not_simulated);
    let (plan, run) = measured(ended, lag_limit(speed), rerun.clone())?;
    let place = directory.of_life(life);
    let results = Results {
        time: Time::Real {
            speed,
            lag_limit: None,
            front: None,
            directory: place.path().to_path_buf(),
        },
        scenario: plan.scenario,
        wall_s: run.measured.facts.wall_s,
        reruns: vec![(plan.seed, rerun)],
        runs: vec![run],
    };
    let document = Document::new(&results, plan.seed);
    let expanded = results.scenario.expanded();
    let written = place.write(&document, &results.runs, &expanded, None);
    Ok((document, written, not_simulated))
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
}
