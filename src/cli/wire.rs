//! `simulate --scenario S --wire`: the same scenario in real time, over HTTP, against engines that are processes of
//! their own; one after the other, each with a fresh life and the same buyers.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use channel_mocks::core::Micros;
use clap::Args;

use super::connection::{Urls, described_json};
use super::engine_command::EngineAt;
use super::engine_file::engine_file;
use super::progress::Bars;
use super::real_time::{self, NoFigures, Records};
use super::serve::{SERVING, Signals, speed};
use super::simulate::{Format, RunArguments, chosen, stopwatch};
use super::{Exit, Failure, Streams, put};
use crate::engine::config::Strategy;
use crate::measure::{Contender, Measured};
use crate::realtime::driver::{self, End, SessionStatus};
use crate::realtime::engine_child::EngineChild;
use crate::realtime::watch::{RemoteEngine, Watched};
use crate::report::{Document, RunDirectory, Style, run_directory, table};
use crate::scenario::Scenario;
use crate::serve::http::Bounds;
use crate::serve::service::{Listening, Service};
use crate::serve::session::{DemandStart, EndedSession, ServePlan};
use crate::sim::{Progress, RunPhase};
use crate::stage::opening::Access;
use crate::world::ledger::Recorder;

/// How to run in real time.
#[derive(Debug, Args)]
#[command(next_help_heading = "In real time (docs/wire.md)")]
pub struct WireArguments {
    /// Play in real time over HTTP instead of virtual time.
    #[arg(long, conflicts_with_all = ["orders", "engine_command"])]
    wire: bool,
    /// `builtin` (a process of its own for each strategy), or the http: address at which an engine of yours waits for
    /// the connection document. May be given more than once; `builtin` when left out.
    #[arg(long, value_name = "builtin|URL", requires = "wire")]
    engine: Vec<String>,
    /// Simulated seconds in a real second.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed, allow_negative_numbers = true, requires = "wire")]
    speed: f64,
    /// How late 99 % of arrivals may be, in real time, for the run to be a measurement (none may be twenty times as late);
    /// 50 ms or one simulated second, whichever is shorter, when left out.
    #[arg(long, value_name = "TIME", value_parser = Micros::parse, requires = "wire")]
    lag_limit: Option<Micros>,
}

impl WireArguments {
    /// Whether to run in real time.
    pub fn is_wanted(&self) -> bool {
        self.wire
    }
}

const BUILTIN: &str = "builtin";

/// Whose engine runs.
enum Entrant {
    BuiltIn(Strategy),
    At(EngineAt),
}

impl Entrant {
    fn contender(&self) -> Contender {
        match self {
            Entrant::BuiltIn(strategy) => (*strategy).into(),
            Entrant::At(engine) => engine.contender.clone(),
        }
    }
}

/// Plays the scenario for every engine in turn, writes the run directory, prints the report.
pub fn run(
    arguments: &RunArguments,
    scenario: Scenario,
    streams: &mut Streams,
) -> Result<Exit, Failure> {
    if scenario.replay.is_some() {
        let report = miette::miette!(
            help = "leave --wire out to replay it in virtual time",
            "a replay cannot be played in real time"
        );
        return Err(Failure::new(Exit::Usage, report));
    }
    let entrants = entrants(arguments, &scenario, streams)?;
    let wanted = arguments
        .out
        .clone()
        .unwrap_or_else(|| run_directory::default_path(&scenario.name, arguments.seed));
    let directory = RunDirectory::claim(&wanted).map_err(|error| unexpected(&error))?;
    SERVING.store(true, Ordering::Relaxed);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| unexpected(&error))?;
    let driver = Driver {
        arguments,
        scenario,
        directory,
    };
    runtime.block_on(driver.run(&entrants, streams))
}

fn unexpected(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Unexpected, miette::miette!("{error}"))
}

/// The engines to run: the strategies of `builtin` in the order of reports, then the others in theirs.
fn entrants(
    arguments: &RunArguments,
    scenario: &Scenario,
    streams: &mut Streams,
) -> Result<Vec<Entrant>, Failure> {
    let engine = &arguments.wire.engine;
    let urls: Vec<String> = engine.iter().filter(|it| *it != BUILTIN).cloned().collect();
    let builtin = engine.is_empty() || urls.len() < engine.len();
    let own = arguments.engines.at(&urls)?;
    let mut entrants = Vec::new();
    if builtin {
        let oracle = |strategy: &Strategy| *strategy == Strategy::Oracle;
        let strategies = chosen(arguments, scenario)?;
        if strategies.iter().any(oracle) {
            if arguments.strategies.is_some() {
                let report = miette::miette!(
                    help = "leave it out of --strategies, or leave --wire out",
                    "the oracle knows the ledger, which no engine over HTTP does: it exists in virtual time only"
                );
                return Err(Failure::new(Exit::Usage, report));
            }
            // Standard error may be closed; the run goes on.
            let _ = writeln!(streams.err, "note: the oracle exists in virtual time only");
        }
        let strategies = strategies.into_iter().filter(|it| !oracle(it));
        entrants.extend(strategies.map(Entrant::BuiltIn));
    } else if arguments.strategies.is_some() {
        let report = miette::miette!(
            help = "add --engine builtin, or leave --strategies out",
            "--strategies without the built-in engine"
        );
        return Err(Failure::new(Exit::Usage, report));
    }
    entrants.extend(own.into_iter().map(Entrant::At));
    if entrants.is_empty() {
        let report = miette::miette!(
            help = "name some with --strategies, or leave it out for those of the scenario",
            "no strategy was selected to run"
        );
        return Err(Failure::new(Exit::NothingSelected, report));
    }
    Ok(entrants)
}

struct Driver<'a> {
    arguments: &'a RunArguments,
    scenario: Scenario,
    directory: RunDirectory,
}

impl Driver<'_> {
    async fn run(self, entrants: &[Entrant], streams: &mut Streams<'_>) -> Result<Exit, Failure> {
        let mut signals = Signals::new().map_err(|error| unexpected(&error))?;
        let clock = stopwatch();
        let bars = Bars::new(streams.watched);
        let mut runs = Vec::with_capacity(entrants.len());
        for entrant in entrants {
            let contender = entrant.contender();
            let bar = bars.bar(contender.name());
            let show = |look: &SessionStatus| bar.show(&progress(look, &self.scenario), clock());
            match self.life(entrant, &mut signals, show).await {
                Ok(Some(measured)) => runs.push(measured),
                Ok(None) => {
                    bars.clear();
                    let place = self.directory.path().display();
                    let _ = writeln!(streams.err, "interrupted; ledgers are in {place}/engines");
                    return Ok(Exit::Interrupted);
                }
                Err(failure) => {
                    bars.clear();
                    return Err(failure);
                }
            }
        }
        bars.clear();
        let document = real_time::document(
            &self.scenario,
            self.arguments.seed,
            self.arguments.wire.speed,
            &runs,
            self.rerun(entrants),
        );
        self.directory
            .write(&document, &runs, &self.scenario.expanded(), None)
            .map_err(|error| unexpected(&error))?;
        self.tell(&document, streams)
    }

    /// One engine's life: systems, engine, buyers, and the end. `None` when it was interrupted; its ledger is whole then
    /// as far as it goes.
    async fn life(
        &self,
        entrant: &Entrant,
        signals: &mut Signals,
        show: impl FnMut(&SessionStatus),
    ) -> Result<Option<Measured>, Failure> {
        let contender = entrant.contender();
        let name = contender.name().to_string();
        let place = self.directory.path().join("engines").join(&name);
        std::fs::create_dir_all(&place).map_err(|error| unexpected(&error))?;
        let plan = ServePlan {
            scenario: self.scenario.clone(),
            seed: self.arguments.seed,
            access: Access::default(),
            orders: 0,
            speed: self.arguments.wire.speed,
            demand: DemandStart::WhenTold,
            displays: contender.like(),
            ledger: place.clone(),
        };
        let taken: Arc<Mutex<Option<EndedSession<Records>>>> = Arc::default();
        let service = self.serve(&plan, contender, taken.clone()).await?;
        let played = tokio::select! {
            // First, because Ctrl-C in a terminal ends the engine's process too.
            biased;
            () = signals.next() => None,
            played = self.play(entrant, &service, &plan, &place, show) => Some(played),
        };
        service.stop().await;
        let ended = taken.lock().ok().and_then(|mut it| it.take());
        let mut ended = ended.ok_or_else(|| unexpected(&"a served system has failed"))?;
        let flushed = ended.ledger.recorder.flush();
        flushed.map_err(|error| unexpected(&NoFigures::Ledger(error)))?;
        match played {
            None => Ok(None),
            Some(Err(failure)) => Err(failure),
            Some(Ok(())) => {
                let wire = &self.arguments.wire;
                let limit = wire.lag_limit;
                let limit = limit.unwrap_or_else(|| real_time::lag_limit(wire.speed));
                let again = self.rerun(std::slice::from_ref(entrant));
                match real_time::measured(ended, limit, again) {
                    Ok((_, measured)) => Ok(Some(measured)),
                    Err(error @ NoFigures::HarnessWrong(_)) => Err(Failure::new(
                        Exit::HarnessWrong,
                        miette::miette!("{name}: {error}"),
                    )),
                    Err(error) => Err(unexpected(&error)),
                }
            }
        }
    }

    async fn serve(
        &self,
        plan: &ServePlan,
        contender: Contender,
        taken: Arc<Mutex<Option<EndedSession<Records>>>>,
    ) -> Result<Service<Records>, Failure> {
        let listening = Listening {
            address: [127, 0, 0, 1].into(),
            first_port: 0,
            tls: None,
            bounds: Bounds::default(),
            beyond_loopback: false,
        };
        let recorded = self.scenario.clone();
        let make_recorder = move |ledger: &Path, skus: &[String], opens_at| {
            Records::create(ledger, skus, opens_at, &recorded, contender.clone())
        };
        let take_ended = move |_: u32, ended: EndedSession<Records>| {
            if let Ok(mut taken) = taken.lock() {
                *taken = Some(ended);
            }
        };
        Service::start(
            plan.clone(),
            listening,
            Box::new(make_recorder),
            Box::new(take_ended),
        )
        .await
        .map_err(|error| Failure::new(Exit::Usage, miette::miette!("{error}")))
    }

    /// Starts the engine, or tells it where everything is, and plays the scenario to its end.
    async fn play(
        &self,
        entrant: &Entrant,
        service: &Service<Records>,
        plan: &ServePlan,
        place: &Path,
        show: impl FnMut(&SessionStatus),
    ) -> Result<(), Failure> {
        let urls = Urls {
            control: None,
            ..Urls::new(&service.addresses, plan, false)
        };
        let calendar = service.calendar();
        let calendar = calendar.ok_or_else(|| unexpected(&"nothing is served"))?;
        let mut watched = match entrant {
            Entrant::BuiltIn(strategy) => {
                let file = engine_file(*strategy, plan, &urls, &calendar, &service.terms());
                let config = file.to_toml().map_err(|error| unexpected(&error))?;
                let process = EngineChild::start(&config, place);
                Watched::Process(process.map_err(|error| unexpected(&error))?)
            }
            Entrant::At(engine) => {
                let document = described_json(&urls, plan, &calendar, None).to_string();
                let introduced = driver::introduce(&engine.url, &document, engine.patience).await;
                introduced.map_err(|why| {
                    let report = miette::miette!(
                        help = "start it first; it must take a POST of the connection document there (docs/wire.md)",
                        "{}: the engine at {} cannot be driven: {why}",
                        engine.contender.name(),
                        engine.text
                    );
                    Failure::new(Exit::Usage, report)
                })?;
                Watched::Remote(RemoteEngine::new(engine.url.clone(), engine.patience))
            }
        };
        match driver::play(service, self.scenario.settle, &mut watched, show).await {
            End::Rested | End::Deadline => Ok(()),
            End::EngineGone(why) => {
                let kept = format!(
                    "there are no figures; the ledger until then is in {}",
                    place.display()
                );
                let report = miette::miette!(
                    help = kept,
                    "{}: the engine was gone before the end of the run",
                    entrant.contender().name()
                );
                Err(Failure {
                    details: why,
                    ..Failure::new(Exit::Unexpected, report)
                })
            }
            End::Ended => Err(unexpected(
                &"the run was reset through its control API, which ends it without figures",
            )),
        }
    }

    fn tell(&self, document: &Document, streams: &mut Streams<'_>) -> Result<Exit, Failure> {
        match self.arguments.format {
            Format::Json => put(streams, &document.to_json())?,
            Format::Table => {
                let style = if streams.colour {
                    Style::Colour
                } else {
                    Style::Plain
                };
                let mut text = table(document, style);
                text.push_str(&format!("written to {}\n", self.directory.path().display()));
                put(streams, &text)?;
            }
        }
        let mut exit = Exit::Pass;
        for run in &document.strategies {
            let real = run.real_time.as_ref();
            if let Some(reason) = real.and_then(|it| it.refused_because.as_ref()) {
                let name = &run.strategy;
                let _ = writeln!(
                    streams.err,
                    "{name}: not a measurement: {reason}; lower --speed, or allow more with --lag-limit"
                );
                exit = Exit::GuaranteeFailed;
            }
        }
        if document.broken_promises().next().is_some() {
            exit = Exit::GuaranteeFailed;
        }
        Ok(exit)
    }

    /// The command that plays these engines again.
    fn rerun(&self, entrants: &[Entrant]) -> String {
        let arguments = self.arguments;
        let mut text = format!(
            "simulate --scenario {} --seed {} --wire --speed {}",
            arguments.scenario.as_deref().unwrap_or_default(),
            arguments.seed,
            arguments.wire.speed,
        );
        if let Some(limit) = arguments.wire.lag_limit {
            let limit = limit.to_string().replace(' ', "");
            text.push_str(&format!(" --lag-limit {limit}"));
        }
        let strategies = entrants.iter().filter_map(|entrant| match entrant {
            Entrant::BuiltIn(strategy) => Some(strategy.name()),
            Entrant::At(_) => None,
        });
        let strategies: Vec<&str> = strategies.collect();
        if !strategies.is_empty() {
            text.push_str(&format!(
                " --engine {BUILTIN} --strategies {}",
                strategies.join(",")
            ));
        }
        let own = entrants.iter().filter_map(|entrant| match entrant {
            Entrant::BuiltIn(_) => None,
            Entrant::At(engine) => Some(engine),
        });
        text.push_str(&arguments.engines.rerun_at(own));
        text
    }
}

/// How far a life is, as bars show it.
fn progress(look: &SessionStatus, scenario: &Scenario) -> Progress {
    let until = look.demand_until.unwrap_or(Micros::ZERO);
    let phase = if look.demand_is_over {
        RunPhase::Settling
    } else if look.now + scenario.duration < until {
        RunPhase::Opening
    } else {
        RunPhase::Demand
    };
    Progress {
        phase,
        at: look.now,
        demand_until: until,
        ends_at: until + scenario.settle,
        events: 0,
        checkouts: look.checkouts,
    }
}
