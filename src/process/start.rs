//! From a configuration to an engine that is where it was when it last ran.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;

use channel_mocks::core::Epoch;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::client::Caller;
use super::clock::EngineClock;
use super::clock_source::ClockSource;
use super::config::{ConfigError, EngineFile};
use super::gate::Gate;
use super::run::EngineProcess;
use super::skus;
use super::store::{Decisions, Store, StoreError};
use super::trouble::Troubles;
use crate::engine::Engine;
use crate::engine::config::EngineConfig;
use crate::engine::{CallError, Input, Micros, SyncEngine};
use crate::scenario::Diagnostic;

/// Answers and webhooks on their way to the engine; whoever brings more waits.
const ARRIVALS: usize = 1_024;

/// See [`tolerance`], in real time.
const CLOCK_SET_RIGHT: Micros = Micros::from_secs(60);

/// Why an engine does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration says something impossible.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Webhooks cannot be received.
    #[error("webhooks cannot be received on {address}: {error}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The platforms' calendars show an earlier time than the database.
    #[error("the platforms' time is {now}, and the last entry of {} is of {last}", database.display())]
    ClockBehind {
        /// The database.
        database: PathBuf,
        /// The time of its last entry.
        last: String,
        /// The time by the configuration.
        now: String,
    },
}

impl StartError {
    /// The way out, where there is one to name.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            StartError::Config(_) => None,
            StartError::Store(error) => Some(error.help()),
            StartError::Listen { .. } => Some(
                "end whoever listens there, or give `listen` another port while the database is new: platforms deliver to \
                 the address that they were given first, so a database keeps its port",
            ),
            StartError::ClockBehind { .. } => Some(
                "set this machine's clock or the `clock` table right. Shops that were served again are other shops: give \
                 `database` the path of a new file for them",
            ),
        }
    }
}

impl From<StartError> for Diagnostic {
    fn from(error: StartError) -> Diagnostic {
        match error {
            StartError::Config(error) => error.into(),
            error => Diagnostic {
                help: error.help().map(str::to_string),
                ..Diagnostic::new(&error)
            },
        }
    }
}

/// What happens before the engine runs, for somebody who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The warehouse was asked for the SKUs and did not tell them.
    WarehouseInTrouble(String),
    /// So many journal entries have been replayed.
    Replayed {
        /// Entries so far.
        entries: i64,
        /// All there are.
        of: i64,
    },
}

/// Opens the database, listens, and brings the engine to where it was.
///
/// # Errors
/// See [`StartError`].
pub async fn start(
    file: &EngineFile,
    mut show: impl FnMut(Step),
) -> Result<EngineProcess, StartError> {
    let mut store = Store::open(&file.database)?;
    let listener = listen(file, &mut store).await?;
    let address = listener.local_addr().map_err(|error| StartError::Listen {
        address: listen_address(file),
        error,
    })?;
    let callback_base = file
        .callback_url
        .clone()
        .unwrap_or_else(|| format!("http://{address}"));
    let (arrivals, inbox) = mpsc::channel(ARRIVALS);
    let caller = Caller::new(file, arrivals.clone())?;
    let skus = match (&file.skus, store.meta("skus")?) {
        (Some(skus), _) => skus.clone(),
        (None, Some(known)) => {
            serde_json::from_str(&known).map_err(|error| StoreError::Damaged(error.to_string()))?
        }
        (None, None) => {
            let trouble = |why: &str| show(Step::WarehouseInTrouble(why.to_string()));
            skus::read(&caller, &file.warehouse.token, trouble).await
        }
    };
    let epoch = match store.meta("epoch_unix_micros")? {
        None => None,
        Some(text) => Some(
            text.parse()
                .map_err(|_| StoreError::Damaged(format!("`epoch_unix_micros` is \"{text}\"")))?,
        ),
    };
    // What the file says of the clock was so when it was written; it may have been set since.
    let mut source = file.clock.url.as_deref().map(ClockSource::new);
    let told = match &mut source {
        Some(source) => source.first().await,
        None => None,
    };
    let calendar = told.unwrap_or_else(|| file.calendar());
    let mut clock = EngineClock::start(calendar, epoch, file.take_over);
    let mut config = file.engine_config(clock.epoch_unix_micros(), &callback_base, skus);
    store.agree(&facts(&config))?;
    // Platforms keep the keys of writes for a day (docs/theory.md A5, E-CAS): an engine that begins again on the same shop with
    // another database must not use those of the one before it.
    config.seed = config
        .seed
        .wrapping_add(clock.epoch_unix_micros().unsigned_abs());

    let gate = Gate::new(&config);
    store.compact_after(file.compact_after);
    let saved = store.saved()?;
    let (entries, is_new) = (store.tail(), store.entries() == 0);
    let store = Rc::new(RefCell::new(store));
    let replaying = Rc::new(Cell::new(true));
    let decisions = Decisions::new(store.clone(), replaying.clone(), &config);
    let decisions = Box::new(decisions);
    let mut engine = match &saved {
        None => SyncEngine::new(config, decisions),
        Some(saved) => SyncEngine::restored(config, decisions, &saved.state)
            .map_err(|error| StoreError::Damaged(error.to_string()))?,
    };
    let replayed = store
        .borrow_mut()
        .replay(&mut engine, saved.as_ref(), |taken| {
            show(Step::Replayed {
                entries: taken.min(entries),
                of: entries,
            });
        })?;
    replaying.set(false);
    let lends = Engine::lent(&engine).is_some();
    if clock.now() + tolerance(file) < replayed.at {
        let epoch = Epoch {
            unix_micros: clock.epoch_unix_micros(),
        };
        let instant = |at: Micros| epoch.millis_utc(channel_mocks::core::Micros(at.0));
        return Err(StartError::ClockBehind {
            database: file.database.clone(),
            last: instant(replayed.at),
            now: instant(clock.now()),
        });
    }
    clock.not_before(replayed.at);
    let mut running = EngineProcess::new(
        engine,
        store,
        (clock, source),
        caller,
        Troubles::new(file),
        (arrivals, inbox),
        (listener, address),
        gate,
        (&replayed, saved.as_ref().map_or(0, |saved| saved.seq)),
    );
    drop(saved);
    if is_new {
        running.take(Input::Start)?;
    }
    if !is_new && lends {
        running.take(Input::Restarted)?;
    }
    for call in replayed.unknown_calls {
        let result = Err(CallError::ConnectionLost);
        running.take(Input::Response { call, result })?;
    }
    Ok(running)
}

/// By how much platform time may lie before the database's last entry, because a clock was set right meanwhile. The engine
/// stands still until it is there again.
fn tolerance(file: &EngineFile) -> Micros {
    Micros::from_secs_f64(CLOCK_SET_RIGHT.as_secs_f64() * file.clock.speed)
}

fn listen_address(file: &EngineFile) -> SocketAddr {
    // The file has been checked.
    file.listen
        .parse()
        .unwrap_or_else(|_| SocketAddr::from(([127, 0, 0, 1], 0)))
}

/// Listens for webhooks: on the port that the database remembers when the configuration leaves it open.
async fn listen(file: &EngineFile, store: &mut Store) -> Result<TcpListener, StartError> {
    let mut address = listen_address(file);
    if address.port() == 0
        && let Some(port) = store.meta("listen_port")?
    {
        let port = port
            .parse()
            .map_err(|_| StoreError::Damaged(format!("`listen_port` is \"{port}\"")))?;
        address.set_port(port);
    }
    let failed = |error| StartError::Listen { address, error };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    store.set_meta("listen_port", &port.to_string())?;
    store.commit()?;
    Ok(listener)
}

/// Everything but credentials that the engine's conclusions depend on: a journal can only be replayed under the same.
fn facts(config: &EngineConfig) -> Vec<(String, String)> {
    // Numbers, text and maps of them can always be written.
    fn json(value: &impl serde::Serialize) -> String {
        serde_json::to_string(value).unwrap_or_default()
    }
    let mut facts = vec![
        (
            "epoch_unix_micros".to_string(),
            config.epoch_unix_micros.to_string(),
        ),
        ("strategy".to_string(), json(&config.strategy)),
        ("settings".to_string(), json(&config.settings)),
        ("seed".to_string(), config.seed.to_string()),
        ("skus".to_string(), json(&config.skus)),
        ("channels".to_string(), config.channels.len().to_string()),
    ];
    for (index, channel) in config.channels.iter().enumerate() {
        let mut fact = |key: &str, value| facts.push((format!("channel.{index}.{key}"), value));
        fact("name", channel.name.clone());
        fact("platform", json(&channel.platform));
        fact("account", channel.credentials.account(channel.platform));
        fact("callback_url", channel.callback_url.clone());
        fact("demand_share", channel.demand_share.to_string());
        fact("poll_orders_every", channel.poll_orders_every.to_string());
        let bounds = channel.bounds;
        fact(
            "bounds",
            format!(
                "order_visibility_lag {}, write_lifetime {}, restocks_on_cancel {}",
                bounds.order_visibility_lag, bounds.write_lifetime, bounds.restocks_on_cancel
            ),
        );
        if let Some(assortment) = &channel.assortment {
            fact("assortment", json(assortment));
        }
        fact("known_limits", json(&channel.known_limits));
    }
    facts
}
