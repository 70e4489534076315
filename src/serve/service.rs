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
use super::http::{Answer, Bounds, serve, stopped};
use super::session::{
    self, ChannelTerms, EndedSession, RunningSession, ServePlan, Session, SessionError,
};
use super::tls::Acceptor;
use super::webhooks::WebhookSender;
use crate::realtime::clock::Calendar;
use crate::realtime::driver::{PlayedService, SessionStatus};
use crate::realtime::timing::SessionRecorder;
use crate::scenario::model::Channel;
use crate::world::records::RecordFileError;

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
    Box<dyn Fn(&Path, &[String], Micros) -> Result<R, RecordFileError> + Send + Sync>;
/// Takes what a session (counted from 1) came to; `None` when a task of it had failed.
pub type TakeEnded<R> = Box<dyn Fn(u32, Option<EndedSession<R>>) + Send + Sync>;

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
    /// Consecutive ports would lead beyond the last one.
    #[error(
        "there is no room for {count} consecutive ports from {first}: the last port is {}; begin at {} or lower, or let the \
         system choose",
        u16::MAX,
        usize::from(u16::MAX) + 1 - count
    )]
    NoRoom {
        /// The first one.
        first: u16,
        /// How many are needed.
        count: usize,
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
        // Nothing is begun where not all can listen.
        let bound = Bound::new(&plan.scenario.channels, &listening).await?;
        let webhooks = Arc::new(WebhookSender::new(listening.beyond_loopback));
        let (session, running) = begin(&plan, 1, &webhooks, &make_recorder)?;
        let shared = Arc::new(Shared {
            session: RwLock::new(Some(session)),
        });
        let (stop, is_stopped) = watch::channel(false);
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
                is_stopped.clone(),
            );
            listeners.push(tokio::spawn(task));
        };
        for (index, listener) in bound.channels.into_iter().enumerate() {
            open(listener, ServedSystem::Channel(index));
        }
        if let Some((index, listener)) = bound.queue {
            open(listener, ServedSystem::Channel(index));
        }
        open(bound.warehouse, ServedSystem::Warehouse);
        if let (Some(door), Some(listener)) = (listening.front, bound.front) {
            let door = Front {
                shared: shared.clone(),
                tls: door.tls,
                bounds: listening.bounds,
            };
            listeners.push(tokio::spawn(door.serve(listener, is_stopped.clone())));
        }
        let (resets, wanted) = mpsc::channel(4);
        let answer = Arc::new(Control::new(shared.clone(), plan, resets));
        // The control API is for people and scripts on this machine: plain HTTP, whatever the others speak.
        let task = serve(
            bound.control,
            None,
            answer,
            listening.bounds,
            is_stopped.clone(),
        );
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
            addresses: bound.addresses,
            shared,
            stop,
            listeners,
            present,
            resets: tokio::spawn(resetting.run(wanted, is_stopped)),
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

    /// Stops listening, ends the session, and hands over what it came to. A reset that is under way is carried to its end
    /// first: the session that it ends has figures too.
    pub async fn stop(self) {
        // Listeners that are gone need not be told.
        let _ = self.stop.send(true);
        let _ = self.resets.await;
        let session = self.shared.set(None);
        let mut present = self.present.lock().await;
        if let (Some(session), Some(running)) = (session, present.running.take()) {
            (self.take_ended)(present.number, running.end(session).await);
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
    /// Until the service stops.
    async fn run(self, mut wanted: mpsc::Receiver<Reset>, mut stop: watch::Receiver<bool>) {
        loop {
            let reset = tokio::select! {
                biased;
                () = stopped(&mut stop) => return,
                reset = wanted.recv() => reset,
            };
            let Some(Reset { plan, done }) = reset else {
                return;
            };
            let mut present = self.present.lock().await;
            let number = present.number + 1;
            // The next session is opened first: when it cannot be, the present one goes on.
            let outcome = match begin(&plan, number, &self.webhooks, &self.make_recorder) {
                Ok((session, running)) => {
                    let old = self.shared.set(Some(session));
                    if let (Some(old), Some(old_running)) = (old, present.running.take()) {
                        (self.take_ended)(present.number, old_running.end(old).await);
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

/// Everything that listens, before anybody answers.
struct Bound {
    addresses: Addresses,
    channels: Vec<TcpListener>,
    /// The position of the channel whose queue it is, and the queue's own port.
    queue: Option<(usize, TcpListener)>,
    warehouse: TcpListener,
    control: TcpListener,
    front: Option<TcpListener>,
}

impl Bound {
    async fn new(channels: &[Channel], listening: &Listening) -> Result<Bound, ServiceError> {
        let first_with_queue = channels
            .iter()
            .position(|it| it.platform.describe().capabilities.has_queue);
        // Beside the channels and the queue the warehouse and the control API.
        let count = channels.len() + usize::from(first_with_queue.is_some()) + 2;
        let mut ports = Ports::new(listening.address, listening.first_port, count)?;
        let mut own = Vec::with_capacity(channels.len());
        let mut addresses = Vec::with_capacity(channels.len());
        for _ in channels {
            let (listener, address) = ports.next().await?;
            own.push(listener);
            addresses.push(address);
        }
        let mut queue = None;
        let mut queue_address = None;
        if let Some(index) = first_with_queue {
            let (listener, address) = ports.next().await?;
            queue = Some((index, listener));
            queue_address = Some(address);
        }
        let (warehouse, warehouse_address) = ports.next().await?;
        let (control, control_address) = ports.next().await?;
        let mut front = None;
        let mut front_address = None;
        if let Some(door) = &listening.front {
            let mut port = Ports::new(listening.address, door.port, 1)?;
            let (listener, address) = port.next().await?;
            front = Some(listener);
            front_address = Some(address);
        }
        Ok(Bound {
            addresses: Addresses {
                channels: addresses,
                queue: queue_address,
                warehouse: warehouse_address,
                control: control_address,
                front: front_address,
            },
            channels: own,
            queue,
            warehouse,
            control,
            front,
        })
    }
}

/// Consecutive ports.
struct Ports {
    address: IpAddr,
    next: u16,
}

impl Ports {
    /// As many from a first one on; any that are free when that is 0.
    fn new(address: IpAddr, first: u16, count: usize) -> Result<Ports, ServiceError> {
        if first != 0 && usize::from(first) + count > usize::from(u16::MAX) + 1 {
            return Err(ServiceError::NoRoom { first, count });
        }
        Ok(Ports {
            address,
            next: first,
        })
    }

    async fn next(&mut self) -> Result<(TcpListener, SocketAddr), ServiceError> {
        let address = SocketAddr::new(self.address, self.next);
        let refused = |error| ServiceError::Listen { address, error };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let local = listener.local_addr().map_err(refused)?;
        if self.next != 0 {
            // Beyond the last one nobody asks for more.
            self.next = self.next.saturating_add(1);
        }
        Ok((listener, local))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_do_not_go_on_at_the_beginning_beyond_the_last_one() {
        let address = IpAddr::from([127, 0, 0, 1]);
        let refused = |first, count| {
            let refused = Ports::new(address, first, count).err()?;
            Some(refused.to_string())
        };
        assert_eq!(refused(65_531, 5), None);
        assert_eq!(refused(65_535, 1), None);
        assert_eq!(refused(0, 70), None);
        let told = refused(65_532, 5).unwrap();
        assert!(
            told.contains("5 consecutive ports from 65532") && told.contains("at 65531 or lower"),
            "{told}"
        );
    }
}
