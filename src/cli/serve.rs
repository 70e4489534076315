//! `simulate serve`: the emulators and the warehouse behind real sockets.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::interruption::{self, Signals};
use super::serve_arguments::{Format, ServeArguments, lines_at};
use super::{Exit, Failure, Streams, old_names, put};
use crate::engine::config::Strategy;
use crate::experiment::real_time::connection::{Urls, described_json, rows};
use crate::experiment::real_time::engine_file::engine_file;
use crate::experiment::real_time::front::{FrontDoor, environment, environment_file};
use crate::experiment::real_time::{CallPlan, NoFigures, Records, lag_limit, measured};
use crate::experiment::{Results, Time};
use crate::measure::Subject;
use crate::report::{
    Document, RunDirectory, RunDirectoryError, run_directory, serve_table, served_table,
};
use crate::scenario::Scenario;
use crate::scenario::file::create_private;
use crate::serve::access_file;
use crate::serve::faults;
use crate::serve::front::hosts;
use crate::serve::http::Bounds;
use crate::serve::service::{FrontListening, Listening, Service};
use crate::serve::session::{DemandStart, EndedSession, ServePlan};
use crate::serve::tls;
use crate::stage::opening::Access;

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
        let (ended, place, again) = (
            lives.clone(),
            self.directory.clone(),
            self.arguments.rerun(),
        );
        let take_ended = move |life: u32, end: Option<EndedSession<Records>>| {
            let outcome = end
                .ok_or(NoFigures::Failed)
                .and_then(|end| write_figures(&place, life, end, again.clone()));
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
            // What a session had begun to write it has taken back itself.
            self.release();
            Failure::said(Exit::Usage, error)
        })?;
        self.announce(&service, streams)
            .inspect_err(|_| self.take_back())?;
        signals.next().await;
        service.stop().await;
        let ended = lives.lock().map(|mut it| std::mem::take(&mut *it));
        self.tell(ended.unwrap_or_default(), streams)
    }

    /// Gives the directory back, where nothing has been served.
    fn release(&self) {
        if let Some(authority) = &self.authority {
            // What cannot be removed does no harm but to lie there.
            let _ = std::fs::remove_file(authority);
        }
        self.directory.release();
    }

    /// Takes back what a service has begun to write of which nobody has been told.
    fn take_back(&self) {
        let mut begun = vec![self.directory.path().join("ledger.jsonl")];
        if let Some((lines, _)) = &self.calls.files {
            begun.push(lines.clone());
            begun.push(lines.with_extension("exchanges.part"));
        }
        for path in begun {
            // It may not have come so far.
            let _ = std::fs::remove_file(path);
        }
        self.release();
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
        let mut failure = match lives.is_empty() {
            true => Some(without_figures(&NoFigures::Failed)),
            false => None,
        };
        for (life, outcome) in lives {
            let (document, written, asked) = match outcome {
                Ok(outcome) => outcome,
                // The other lives have theirs.
                Err(error) => {
                    failure.get_or_insert(without_figures(&error));
                    continue;
                }
            };
            if let Err(error) = written {
                failure.get_or_insert(Failure::unexpected(&error));
            }
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
        if let Some(failure) = failure {
            return Err(failure);
        }
        let out = self.directory.path().display();
        streams.tell(&format!("ended; ledger and figures are in {out}"));
        Ok(Exit::Pass)
    }
}

/// Why a life that has ended has no figures.
fn without_figures(error: &NoFigures) -> Failure {
    let exit = match error {
        NoFigures::HarnessWrong(_) | NoFigures::Failed => Exit::HarnessWrong,
        NoFigures::Ledger(_) => Exit::Unexpected,
    };
    Failure::said(exit, error)
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
