//! `--wire`: the same scenario in real time, over HTTP, against engines that are processes of their own.

use std::path::PathBuf;

use channel_mocks::core::Micros;
use clap::Args;

use super::engine_arguments::EngineArguments;
use super::serve_arguments::speed;
use super::{Failure, Streams, variants};
use crate::engine::config::Strategy;
use crate::experiment::{Contender, FrontPlan, Time};
use crate::process;
use crate::scenario::Scenario;
use crate::serve::tls;

/// How to run in real time.
#[derive(Debug, Args)]
#[command(next_help_heading = "In real time (docs/wire.md)")]
pub struct WireArguments {
    /// Play in real time over HTTP instead of virtual time.
    #[arg(long, conflicts_with = "orders")]
    wire: bool,
    /// `builtin` (a process of its own for each strategy), or the http: address at which an engine of yours waits for
    /// the connection document. May be given more than once; `builtin` when left out.
    #[arg(long, value_name = "builtin|URL", requires = "wire")]
    engine: Vec<String>,
    /// Simulated seconds in a real second.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed, requires = "wire")]
    speed: f64,
    /// How late 99 % of arrivals may be, in real time, for the run to be a measurement (none may be twenty times as late);
    /// 50 ms or one simulated second, whichever is shorter, when left out.
    #[arg(long, value_name = "TIME", value_parser = Micros::parse, requires = "wire")]
    lag_limit: Option<Micros>,
    /// One more address, at this port (0: the system chooses), where host names tell the systems apart; it is also a proxy for
    /// them. An engine that is started with --engine-command finds it in its environment (docs/connect.md).
    #[arg(long, value_name = "PORT", requires = "wire")]
    front: Option<u16>,
    /// Speak HTTPS there, with a throw-away certificate authority that is written to the run directory. Needs a build with
    /// `--features tls`.
    #[arg(long, requires = "front")]
    tls: bool,
}

impl WireArguments {
    /// Whether to run in real time.
    pub fn is_wanted(&self) -> bool {
        self.wire
    }

    /// The time that was asked for; ledgers go to `directory`.
    pub fn time(&self, directory: PathBuf) -> Time {
        Time::Real {
            speed: self.speed,
            lag_limit: self.lag_limit,
            front: self.front.map(|port| FrontPlan {
                port,
                tls: self.tls,
            }),
            directory,
        }
    }
}

const BUILTIN: &str = "builtin";

/// The engines to run: the strategies of `builtin` in the order of reports, then the others in theirs.
pub fn contenders(
    wire: &WireArguments,
    engines: &EngineArguments,
    named: Option<&[String]>,
    (scenario, name): (&Scenario, &str),
    streams: &mut Streams,
) -> Result<Vec<Contender>, Failure> {
    if wire.tls && !tls::IS_BUILT {
        return Err(Failure::not_built("TLS", "tls", "--scenario NAME --wire"));
    }
    let engine = &wire.engine;
    let urls: Vec<String> = engine.iter().filter(|it| *it != BUILTIN).cloned().collect();
    let builtin = engine.is_empty() || urls.len() < engine.len();
    let own = engines.at(&urls)?;
    let mut contenders = Vec::new();
    if builtin {
        let informed = |it: &Contender| it.strategy().is_some_and(Strategy::knows_the_ledger);
        let strategies = variants::contenders(named, scenario, name)?;
        if strategies.iter().any(informed) {
            if named.is_some() {
                return Err(Failure::usage(
                    "informed-escrow knows the ledger, which no engine over HTTP does: it exists in virtual time only",
                    "leave it out of --strategies, or leave --wire out",
                ));
            }
            streams.tell("note: informed-escrow exists in virtual time only");
        }
        let strategies = strategies.into_iter().filter(|it| !informed(it));
        contenders.extend(strategies);
        if !contenders.is_empty() && !process::IS_BUILT {
            return Err(Failure::not_built(
                "the process that a built-in engine is in real time",
                "engine-process",
                "--scenario NAME --wire",
            ));
        }
    } else if named.is_some() {
        return Err(Failure::usage(
            "--strategies without the built-in engine",
            "add --engine builtin, or leave --strategies out",
        ));
    }
    contenders.extend(own);
    Ok(contenders)
}
