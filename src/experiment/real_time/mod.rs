//! Runs in real time: the systems behind sockets, each contender's engine a process of its own, one run after the other.
//!
//! `simulate serve` shares what is here: how clients are told where everything is, and what served systems come to.

pub mod connection;
mod engine_command;
pub mod engine_file;
mod figures;
pub mod front;
mod records;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use channel_mocks::core::Micros;

pub use figures::{NoFigures, lag_limit, measured};
pub use front::FrontPlan;
pub use records::{CallPlan, Records};

use super::Experiment;
use super::contender::{Contender, Source};
use super::error::ExperimentError;
use super::progress::{Cancellation, RunProgress};
use super::results::RunResult;
use crate::realtime::driver::{self, End, SessionStatus};
use crate::realtime::engine_child::EngineChild;
use crate::realtime::watch::{RemoteEngine, Watched};
use crate::scenario::Scenario;
use crate::serve::front::hosts;
use crate::serve::http::Bounds;
use crate::serve::service::{FrontListening, Listening, Service};
use crate::serve::session::{DemandStart, EndedSession, ServePlan};
use crate::serve::tls::{self, Acceptor};
use crate::sim::{Progress, RunPhase};
use crate::stage::opening::Access;
use crate::world::ledger::Recorder;
use connection::{Urls, described_json};
use engine_command::StartedEngine;
use engine_file::engine_file;
use front::{FrontDoor, environment};

/// Drives the runs of an experiment by the wall clock.
pub(super) struct Driver<'a> {
    pub experiment: &'a Experiment,
    pub speed: f64,
    pub lag_limit: Micros,
    pub front: Option<FrontPlan>,
    pub directory: &'a Path,
    pub clock: &'a dyn Fn() -> f64,
    pub show: &'a (dyn Fn(&RunProgress) + Sync),
    pub cancellation: &'a Cancellation,
}

impl Driver<'_> {
    pub fn run(&self) -> Result<Vec<RunResult>, ExperimentError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(ExperimentError::unexpected)?;
        let door = self
            .front
            .map(|front| Door::open(front, self))
            .transpose()?;
        runtime.block_on(async {
            let mut runs = Vec::new();
            for &seed in &self.experiment.seeds {
                for contender in &self.experiment.contenders {
                    runs.push(self.run_one(contender, seed, door.as_ref()).await?);
                }
            }
            Ok(runs)
        })
    }

    /// Opens the systems, starts the engine, lets the buyers come, and ends it all. When it is cancelled, the ledger is
    /// whole as far as it goes.
    async fn run_one(
        &self,
        contender: &Contender,
        seed: u64,
        door: Option<&Door>,
    ) -> Result<RunResult, ExperimentError> {
        let place = self.experiment.place_of(self.directory, contender, seed);
        std::fs::create_dir_all(&place).map_err(ExperimentError::unexpected)?;
        let plan = ServePlan {
            scenario: contender.scenario(&self.experiment.scenario).into_owned(),
            seed,
            access: Access::default(),
            orders: 0,
            speed: self.speed,
            demand: DemandStart::WhenTold,
            displays: contender.subject().like(),
            ledger: place.clone(),
        };
        let taken: Arc<Mutex<Option<EndedSession<Records>>>> = Arc::default();
        let most = self.experiment.records.as_ref().and_then(|it| it.calls);
        let calls = CallPlan {
            watched: false,
            files: most.map(|most| (place.join("calls.jsonl"), most)),
        };
        let service = serve(&plan, contender, door, calls, taken.clone()).await?;
        let show = |look: &SessionStatus| {
            (self.show)(&RunProgress {
                contender: contender.name(),
                seed,
                progress: progress(look, &plan.scenario),
                elapsed_s: (self.clock)(),
            });
        };
        let played = tokio::select! {
            // First, because Ctrl-C in a terminal ends the engine's process too.
            biased;
            () = self.cancellation.cancelled() => Err(ExperimentError::Cancelled),
            played = drive(contender, &service, &plan, door, &place, show) => played,
        };
        service.stop().await;
        let no_figures = |error| ExperimentError::NoFigures {
            contender: contender.name().to_string(),
            error,
        };
        let ended = taken.lock().ok().and_then(|mut it| it.take());
        let mut ended =
            ended.ok_or_else(|| ExperimentError::unexpected("a served system has failed"))?;
        let flushed = ended.ledger.recorder.flush();
        flushed.map_err(|error| no_figures(NoFigures::Ledger(error)))?;
        if played.is_err() {
            let about = super::kept::about(&ended.plan.scenario, seed, contender.name());
            let epoch = super::kept::epoch(&ended.plan.scenario);
            let closed = ended.ledger.recorder.close_calls(epoch, &about);
            closed.map_err(|error| no_figures(NoFigures::Ledger(error)))?;
        }
        played?;
        let rerun = self.experiment.rerun_of(contender, seed);
        let (_, run) = measured(ended, self.lag_limit, rerun).map_err(no_figures)?;
        Ok(run)
    }
}

/// The front door of all runs of an experiment, with one authority.
struct Door {
    port: u16,
    acceptor: Option<Acceptor>,
    authority: Option<PathBuf>,
}

impl Door {
    fn open(front: FrontPlan, driver: &Driver<'_>) -> Result<Door, ExperimentError> {
        let mut door = Door {
            port: front.port,
            acceptor: None,
            authority: None,
        };
        if front.tls {
            let shops = Access::default().of_channels(&driver.experiment.scenario);
            let names = hosts::beside_the_platforms(&shops);
            let (pem, acceptor) = tls::throw_away(&names).map_err(ExperimentError::unexpected)?;
            let place = std::path::absolute(driver.directory);
            let path = place.map_err(ExperimentError::unexpected)?.join("ca.pem");
            std::fs::write(&path, pem).map_err(ExperimentError::unexpected)?;
            door.acceptor = Some(acceptor);
            door.authority = Some(path);
        }
        Ok(door)
    }
}

/// Opens the systems on ports of this machine; `taken` gets what they leave behind.
async fn serve(
    plan: &ServePlan,
    contender: &Contender,
    door: Option<&Door>,
    calls: CallPlan,
    taken: Arc<Mutex<Option<EndedSession<Records>>>>,
) -> Result<Service<Records>, ExperimentError> {
    let listening = Listening {
        address: [127, 0, 0, 1].into(),
        first_port: 0,
        front: door.map(|it| FrontListening {
            port: it.port,
            tls: it.acceptor.clone(),
        }),
        tls: None,
        bounds: Bounds::default(),
        beyond_loopback: false,
    };
    let (scenario, subject) = (plan.scenario.clone(), contender.subject().clone());
    let make_recorder = move |ledger: &Path, skus: &[String], opens_at| {
        Records::create(ledger, skus, opens_at, &scenario, subject.clone(), &calls)
    };
    let take_ended = move |_: u32, ended: Option<EndedSession<Records>>| {
        if let Ok(mut taken) = taken.lock() {
            *taken = ended;
        }
    };
    Service::start(
        plan.clone(),
        listening,
        Box::new(make_recorder),
        Box::new(take_ended),
    )
    .await
    .map_err(|error| ExperimentError::Serve(error.to_string()))
}

/// Starts the engine, or tells it where everything is, and plays the scenario to its end.
async fn drive(
    contender: &Contender,
    service: &Service<Records>,
    plan: &ServePlan,
    door: Option<&Door>,
    place: &Path,
    show: impl FnMut(&SessionStatus),
) -> Result<(), ExperimentError> {
    let urls = Urls {
        control: None,
        ..Urls::new(&service.addresses, plan, false)
    };
    let calendar = service.calendar();
    let calendar = calendar.ok_or_else(|| ExperimentError::unexpected("nothing is served"))?;
    let mut started = None;
    let gone = |why: String| ExperimentError::EngineGone {
        contender: contender.name().to_string(),
        why,
        directory: place.to_path_buf(),
    };
    let mut watched = match contender.source() {
        Source::BuiltIn(strategy) => {
            let file = engine_file(*strategy, plan, &urls, &calendar, &service.terms());
            let config = file.to_toml().map_err(ExperimentError::unexpected)?;
            let process = EngineChild::start(&config, place);
            Watched::Process(process.map_err(ExperimentError::unexpected)?)
        }
        Source::Address(engine) => {
            let authority = door.and_then(|it| it.authority.as_deref());
            let front = service.addresses.front.map(|address| {
                FrontDoor::new(address, plan, &service.terms(), authority.is_some())
            });
            let document = described_json(&urls, plan, &calendar, authority, front.as_ref());
            // Without a door it finds what it always found.
            let environment = front.as_ref().map_or_else(Vec::new, |front| {
                environment(&urls, &document, Some(front), authority)
            });
            let document = document.to_string();
            let process = engine.command().map(|command| {
                StartedEngine::start(command, environment, place).map_err(|error| {
                    ExperimentError::Start {
                        contender: contender.name().to_string(),
                        program: command.program().to_string(),
                        error,
                    }
                })
            });
            started = process.transpose()?;
            let introduced = driver::introduce(engine.url(), &document, engine.timeout());
            let introduced = tokio::select! {
                introduced = introduced => introduced,
                why = ended(&mut started) => return Err(gone(why)),
            };
            introduced.map_err(|why| ExperimentError::NotConnected {
                contender: contender.name().to_string(),
                address: engine.text().to_string(),
                answered: why.is_of_somebody(),
                why: why.to_string(),
            })?;
            Watched::Remote(RemoteEngine::new(engine.url().clone(), engine.timeout()))
        }
        // Refused before anything is served.
        Source::Command(_) | Source::Own(_) => {
            return Err(ExperimentError::unexpected("no engine of real time"));
        }
    };
    let end = tokio::select! {
        end = driver::play(service, plan.scenario.settle, &mut watched, show) => end,
        why = ended(&mut started) => End::EngineGone(why),
    };
    match end {
        End::Rested | End::Deadline => Ok(()),
        End::EngineGone(why) => Err(gone(why)),
        End::Ended => Err(ExperimentError::unexpected(
            "the run was reset through its control API, which ends it without figures",
        )),
    }
}

/// Waits for the end of an engine that was started; for ever where none was.
async fn ended(started: &mut Option<StartedEngine>) -> String {
    match started {
        Some(engine) => engine.ended().await,
        None => std::future::pending().await,
    }
}

/// How far the systems are, as runs in virtual time tell it.
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
