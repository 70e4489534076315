//! The served systems behind their listeners: one port each, a control API beside them, and sessions that follow each
//! other on a reset.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use channel_mocks::core::{Micros, Request, Response};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;

use super::calls::{Line, unavailable};
use super::clock;
use super::control::Control;
use super::front::Front;
use super::http::{Answer, Bounds, serve};
use super::session::{
    self, ChannelTerms, EndedSession, RunningSession, ServePlan, Session, SessionError,
};
use super::tls::Acceptor;
use super::webhooks::WebhookSender;
use crate::realtime::clock::Calendar;
use crate::realtime::driver::{PlayedService, SessionStatus};
use crate::realtime::timing::SessionRecorder;

/// Where and how to listen.
pub struct Listening {
    /// The address of all ports.
    pub address: IpAddr,
    /// The first of consecutive ports (channels in order, queue, warehouse, control); the system chooses when it is 0.
    pub first_port: u16,
    /// One more address, which tells all systems apart by host name.
    pub front: Option<FrontListening>,
    /// HTTPS instead of HTTP, at the systems' own ports.
    pub tls: Option<Acceptor>,
    /// What a client may use up.
    pub bounds: Bounds,
    /// Whether webhooks may leave this machine.
    pub beyond_loopback: bool,
}

/// Where and how to listen for those who have the platforms' hosts built in.
pub struct FrontListening {
    /// Its port; the system chooses when it is 0.
    pub port: u16,
    /// HTTPS beside HTTP.
    pub tls: Option<Acceptor>,
}

/// Makes the recorder of a session from the ledger's file, the SKUs, and the platform time at which the doors open.
pub type MakeRecorder<R> =
    Box<dyn Fn(&Path, &[String], Micros) -> std::io::Result<R> + Send + Sync>;
/// Takes what a session (counted from 1) came to.
pub type TakeEnded<R> = Box<dyn Fn(u32, EndedSession<R>) + Send + Sync>;

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// What is to be served cannot be opened.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A port is taken, or the address is none of this machine.
    #[error("cannot listen on {address}: {error}; choose another port, or none")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        error: std::io::Error,
    },
}

/// What listeners share: the session they serve now.
pub struct Shared {
    session: RwLock<Option<Arc<Session>>>,
}

impl Shared {
    /// The present session; none between two.
    pub fn session(&self) -> Option<Arc<Session>> {
        self.session
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, session: Option<Arc<Session>>) -> Option<Arc<Session>> {
        let mut place = self.session.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *place, session)
    }
}

/// A reset, asked for by the control API: the plan of the next session, and where to say how it went.
pub struct Reset {
    /// What to serve from now on.
    pub plan: ServePlan,
    /// Told when the next session has begun, or why it could not; the present one then goes on.
    pub done: tokio::sync::oneshot::Sender<Result<(), String>>,
}

/// Where everything listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Channels, in the scenario's order.
    pub channels: Vec<SocketAddr>,
    /// The queue: the first Amazon channel under a second port, when there is one.
    pub queue: Option<SocketAddr>,
    /// The merchant's own system.
    pub warehouse: SocketAddr,
    /// The control API.
    pub control: SocketAddr,
    /// The front door, when one was asked for.
    pub front: Option<SocketAddr>,
}

/// A running service.
pub struct Service<R> {
    /// Where everything listens.
    pub addresses: Addresses,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    listeners: Vec<JoinHandle<()>>,
    present: Arc<Mutex<Present<R>>>,
    resets: JoinHandle<()>,
    take_ended: Arc<TakeEnded<R>>,
}

/// The session that runs now, counted from 1.
struct Present<R> {
    number: u32,
    running: Option<RunningSession<R>>,
}

/// Answers for one system of the present session.
struct SystemAnswer {
    shared: Arc<Shared>,
    system: ServedSystem,
}

#[derive(Copy, Clone)]
enum ServedSystem {
    Channel(usize),
    Warehouse,
}

impl Answer for SystemAnswer {
    async fn answer(&self, request: Request) -> Response {
        let Some(session) = self.shared.session() else {
            return unavailable();
        };
        if request.uri().path() == clock::PATH {
            let (platform, epoch) = (session.clock.clone(), session.epoch_unix_micros);
            drop(session);
            return clock::answer(&request, platform, epoch).await;
        }
        let position = match self.system {
            ServedSystem::Channel(index) => index,
            ServedSystem::Warehouse => session.channels.len(),
        };
        let line = Line::new(&session, position);
        // A session must be able to end while its last answers are on their way.
        match session.channels.get(position) {
            Some(channel) => {
                let system = channel.handle.clone();
                drop(session);
                line.carry(system, request).await
            }
            None => {
                let system = session.warehouse.clone();
                drop(session);
                line.carry(system, request).await
            }
        }
    }
}

impl<R: SessionRecorder + Send + 'static> Service<R> {
    /// Opens everything and listens.
    ///
    /// # Errors
    /// See [`ServiceError`].
    pub async fn start(
        plan: ServePlan,
        listening: Listening,
        make_recorder: MakeRecorder<R>,
        take_ended: TakeEnded<R>,
    ) -> Result<Service<R>, ServiceError> {
        let webhooks = Arc::new(WebhookSender::new(listening.beyond_loopback));
        let (session, running) = begin(&plan, 1, &webhooks, &make_recorder)?;
        let systems = session.channels.len() + 1;
        let first_with_queue = session
            .channels
            .iter()
            .position(|it| it.platform.describe().capabilities.has_queue);
        let shared = Arc::new(Shared {
            session: RwLock::new(Some(session)),
        });
        let (stop, stopped) = watch::channel(false);
        let mut ports = Ports::new(listening.address, listening.first_port);
        let mut listeners = Vec::new();
        let mut open = |listener: TcpListener, system: ServedSystem| {
            let answer = Arc::new(SystemAnswer {
                shared: shared.clone(),
                system,
            });
            let task = serve(
                listener,
                listening.tls.clone(),
                answer,
                listening.bounds,
                stopped.clone(),
            );
            listeners.push(tokio::spawn(task));
        };
        let mut channels = Vec::new();
        for index in 0..systems - 1 {
            let (listener, address) = ports.next().await?;
            open(listener, ServedSystem::Channel(index));
            channels.push(address);
        }
        let queue = match first_with_queue {
            Some(index) => {
                let (listener, address) = ports.next().await?;
                open(listener, ServedSystem::Channel(index));
                Some(address)
            }
            None => None,
        };
        let (listener, warehouse) = ports.next().await?;
        open(listener, ServedSystem::Warehouse);
        let (listener, control) = ports.next().await?;
        let mut front = None;
        if let Some(door) = listening.front {
            let (listener, address) = Ports::new(listening.address, door.port).next().await?;
            let door = Front {
                shared: shared.clone(),
                tls: door.tls,
                bounds: listening.bounds,
            };
            listeners.push(tokio::spawn(door.serve(listener, stopped.clone())));
            front = Some(address);
        }
        let (resets, wanted) = mpsc::channel(4);
        let answer = Arc::new(Control::new(shared.clone(), plan, resets));
        // The control API is for people and scripts on this machine: plain HTTP, whatever the others speak.
        let task = serve(listener, None, answer, listening.bounds, stopped);
        listeners.push(tokio::spawn(task));
        let present = Arc::new(Mutex::new(Present {
            number: 1,
            running: Some(running),
        }));
        let take_ended = Arc::new(take_ended);
        let resetting = Resetting {
            shared: shared.clone(),
            present: present.clone(),
            webhooks,
            make_recorder,
            take_ended: take_ended.clone(),
        };
        Ok(Service {
            addresses: Addresses {
                channels,
                queue,
                warehouse,
                control,
                front,
            },
            shared,
            stop,
            listeners,
            present,
            resets: tokio::spawn(resetting.run(wanted)),
            take_ended,
        })
    }

    /// How the calendars of the present session run; `None` between two.
    pub fn calendar(&self) -> Option<Calendar> {
        let session = self.shared.session()?;
        Some(clock::calendar(&session.clock, session.epoch_unix_micros))
    }

    /// What an engine is told of every channel of the present session: its name, and its terms.
    pub fn terms(&self) -> Vec<(String, ChannelTerms)> {
        let session = self.shared.session();
        let channels = session.iter().flat_map(|it| &it.channels);
        channels
            .map(|channel| (channel.name.clone(), channel.terms.clone()))
            .collect()
    }

    /// Stops listening, ends the session, and hands over what it came to.
    pub async fn stop(self) {
        // Listeners that are gone need not be told.
        let _ = self.stop.send(true);
        self.resets.abort();
        let _ = self.resets.await;
        let session = self.shared.set(None);
        let mut present = self.present.lock().await;
        if let (Some(session), Some(running)) = (session, present.running.take())
            && let Some(ended) = running.end(session).await
        {
            (self.take_ended)(present.number, ended);
        }
        for listener in self.listeners {
            // A listener ends by itself; one that panicked has nothing left to end.
            let _ = listener.await;
        }
    }
}

impl<R: SessionRecorder + Send + 'static> PlayedService for Service<R> {
    async fn begin_demand(&self) {
        let mut present = self.present.lock().await;
        if let (Some(session), Some(running)) = (self.shared.session(), present.running.as_mut()) {
            running.begin_demand(session.clock.now());
        }
    }

    async fn status(&self) -> Option<SessionStatus> {
        self.shared.session()?.status().await
    }

    fn speed(&self) -> Option<f64> {
        Some(self.shared.session()?.clock.speed())
    }
}

fn begin<R: SessionRecorder + Send + 'static>(
    plan: &ServePlan,
    number: u32,
    webhooks: &Arc<WebhookSender>,
    make_recorder: &MakeRecorder<R>,
) -> Result<(Arc<Session>, RunningSession<R>), ServiceError> {
    Ok(session::open(
        plan,
        number,
        webhooks.clone(),
        make_recorder,
    )?)
}

/// Ends and begins sessions.
struct Resetting<R> {
    shared: Arc<Shared>,
    present: Arc<Mutex<Present<R>>>,
    webhooks: Arc<WebhookSender>,
    make_recorder: MakeRecorder<R>,
    take_ended: Arc<TakeEnded<R>>,
}

impl<R: SessionRecorder + Send + 'static> Resetting<R> {
    async fn run(self, mut wanted: mpsc::Receiver<Reset>) {
        while let Some(Reset { plan, done }) = wanted.recv().await {
            let mut present = self.present.lock().await;
            let number = present.number + 1;
            // The next session is opened first: when it cannot be, the present one goes on.
            let outcome = match begin(&plan, number, &self.webhooks, &self.make_recorder) {
                Ok((session, running)) => {
                    let old = self.shared.set(Some(session));
                    if let (Some(old), Some(old_running)) = (old, present.running.take())
                        && let Some(ended) = old_running.end(old).await
                    {
                        (self.take_ended)(present.number, ended);
                    }
                    *present = Present {
                        number,
                        running: Some(running),
                    };
                    Ok(())
                }
                Err(error) => Err(error.to_string()),
            };
            // Whoever asked may have hung up.
            let _ = done.send(outcome);
        }
    }
}

/// Consecutive ports.
struct Ports {
    address: IpAddr,
    next: u16,
}

impl Ports {
    fn new(address: IpAddr, first: u16) -> Ports {
        Ports {
            address,
            next: first,
        }
    }

    async fn next(&mut self) -> Result<(TcpListener, SocketAddr), ServiceError> {
        let address = SocketAddr::new(self.address, self.next);
        let refused = |error| ServiceError::Listen { address, error };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let local = listener.local_addr().map_err(refused)?;
        if self.next != 0 {
            self.next = self.next.wrapping_add(1);
        }
        Ok((listener, local))
    }
}
