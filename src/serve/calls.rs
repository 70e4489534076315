//! Calls on their way from a socket to a system and back, with what goes wrong on it.

use std::sync::Arc;

use channel_mocks::core::{CallOutcome, Called, Fact, Machine, Micros, Request, Response, Tells};
use channel_mocks::warehouse::Fact as WarehouseFact;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use tokio::time::Instant;

use super::faults::SessionFaults;
use super::http::HangUp;
use super::ledger_task::{LedgerInput, WeakLedgerHandle};
use super::session::Session;
use super::system_task::{Reply, SystemHandle};
use super::watched_calls::{CallMark, CallWatch};
use crate::realtime::clock::{PlatformClock, real_now};
use crate::realtime::timing::{Answered, Timings};
use crate::stage::faults::Passage;
use crate::world::ChannelIndex;
use crate::world::records::CallNote;

/// What a call needs of its session, which must be able to end while its last answers are on their way.
pub(super) struct Line {
    clock: Arc<PlatformClock>,
    timings: Arc<dyn Timings>,
    ledger: WeakLedgerHandle,
    faults: Arc<SessionFaults>,
    /// The system's position: the channels in order, then the warehouse.
    place: u16,
    channel: Option<ChannelIndex>,
    calls: Option<Arc<CallWatch>>,
    asked_at: Instant,
}

impl Line {
    /// To the channel at a position, or to the warehouse after them.
    pub fn new(session: &Session, position: usize) -> Line {
        let place = position as u16;
        Line {
            clock: session.clock.clone(),
            timings: session.timings.clone(),
            ledger: session.ledger.downgrade(),
            faults: session.faults.clone(),
            place,
            channel: (position < session.channels.len()).then_some(ChannelIndex(place)),
            calls: session.calls.clone(),
            asked_at: real_now(),
        }
    }

    /// Marks a call that is watched.
    fn mark(&self, request: &mut Request) -> Option<CallMark> {
        let watch = self.calls.as_ref()?;
        let mark = watch.begin(self.place, self.clock.now(), request);
        request.extensions_mut().insert(mark.clone());
        Some(mark)
    }

    /// Says something of a call that is watched.
    async fn note(&self, mark: Option<&CallMark>, note: impl FnOnce(&CallMark) -> Vec<CallNote>) {
        if let Some(mark) = mark {
            self.ledger.note_calls(self.clock.now(), note(mark)).await;
        }
    }

    /// Answers a request, or hangs up.
    pub async fn carry<M: Machine + ?Sized + Send + 'static>(
        self,
        system: SystemHandle<M>,
        mut request: Request,
    ) -> Response {
        let mark = self.mark(&mut request);
        if self.faults.is_set() {
            return self.carry_struck(system, request, mark).await;
        }
        let Ok(mut reply) = system.request(request).await else {
            return unavailable();
        };
        self.leave(&reply, Micros::ZERO).await;
        self.tell(mark.as_ref(), &mut reply).await;
        reply.response
    }

    /// The same under faults, which are asked by the system's own task: it knows what the request asks for.
    async fn carry_struck<M: Machine + ?Sized + Send + 'static>(
        self,
        system: SystemHandle<M>,
        request: Request,
        mark: Option<CallMark>,
    ) -> Response {
        let (faults, place) = (self.faults.clone(), self.place);
        let (watched, mark) = (mark.clone(), mark.as_ref());
        let channel = self.channel;
        let asked = system.act_and_record(move |machine, now| {
            let (call, fate) = faults.request(now, place, &mut || machine.called(&request));
            let refused = match fate.passage {
                Passage::Refused(refusal) => Some(machine.refusal(now, &request, refusal)),
                _ => None,
            };
            // What never arrives is said to have been sent by nobody else.
            let sent = watched.filter(|_| fate.passage != Passage::Arrives);
            let sent = sent.map(|it| it.sent(machine.called(&request), &request));
            // A call that a fault refuses in place of its system, which would have told of it.
            let noted = refused
                .as_ref()
                .map(|_| refused_call(channel, machine.called(&request)));
            let asked = (now, call, fate, refused, (request, sent));
            (asked, noted.into_iter().collect())
        });
        let Ok((sent_at, call, fate, refused, (request, sent))) = asked.await else {
            return unavailable();
        };
        self.note(mark, |_| sent.into_iter().collect()).await;
        match fate.passage {
            Passage::Arrives => {}
            Passage::Lost => return self.lose(sent_at, mark).await,
            Passage::Reset => return self.hang_up(mark).await,
            Passage::Refused(_) => {
                let refused = refused.unwrap_or_else(unavailable);
                self.note(mark, |it| vec![it.answered(sent_at, &refused)])
                    .await;
                return refused;
            }
        }
        if fate.delay > Micros::ZERO {
            self.clock.sleep_until(sent_at + fate.delay).await;
        }
        let gap = fate.again_after.unwrap_or(Micros::ZERO);
        if fate.again_after.is_some() {
            let (first, system) = (request.clone(), system.clone());
            // The client gets the answer to the second one.
            tokio::spawn(async move { system.request(first).await.map(drop) });
            self.clock.sleep_until(self.clock.now() + gap).await;
        }
        let Ok(mut reply) = system.request(request).await else {
            return unavailable();
        };
        let on_the_way = call.reply(reply.leaves_at, &mut reply.response);
        reply.leaves_at += on_the_way.delay;
        if let (true, Some(channel)) = (on_the_way.is_altered, self.channel)
            && let Some(tells) = reply.response.extensions().get::<Tells>()
        {
            let altered = tells.clone();
            self.ledger
                .altered(self.clock.now(), channel, altered)
                .await;
        }
        match on_the_way.passage {
            Passage::Arrives | Passage::Refused(_) => {}
            Passage::Lost => return self.lose(sent_at, mark).await,
            Passage::Reset => {
                self.clock.sleep_until(reply.leaves_at).await;
                return self.hang_up(mark).await;
            }
        }
        self.leave(&reply, fate.delay + gap).await;
        drop(call);
        if let Some(tells) = reply.response.extensions().get::<Tells>() {
            self.faults.read(place, tells);
        }
        self.tell(mark, &mut reply).await;
        reply.response
    }

    /// Nobody answers: the connection stays open as long as a client waits, and is then closed.
    async fn lose(&self, sent_at: Micros, mark: Option<&CallMark>) -> Response {
        self.faults
            .hold_lost(&self.clock, self.place, sent_at)
            .await;
        self.hang_up(mark).await
    }

    async fn hang_up(&self, mark: Option<&CallMark>) -> Response {
        let now = self.clock.now();
        self.note(mark, |it| vec![it.broke(now)]).await;
        HangUp::response()
    }

    /// Waits until a reply leaves, and times it. `before`: platform time that the request was late by.
    async fn leave(&self, reply: &Reply, before: Micros) {
        self.clock.sleep_until(reply.leaves_at).await;
        let own = reply.leaves_at.since(reply.taken_up_at) + before;
        self.timings.answered(&Answered {
            system: usize::from(self.place),
            kind: reply.kind,
            own: self.clock.real(own),
            total: real_now().saturating_duration_since(self.asked_at),
        });
    }

    /// Says that a reply has left, and what it tells.
    async fn tell(&self, mark: Option<&CallMark>, reply: &mut Reply) {
        let leaves_at = reply.leaves_at;
        let tells = Tells::detach(reply.response.extensions_mut());
        self.note(mark, |it| vec![it.answered(leaves_at, &reply.response)])
            .await;
        if let Some(tells) = tells {
            self.ledger
                .told(self.clock.now(), self.channel, leaves_at, tells)
                .await;
        }
    }
}

/// Nothing is served at this moment.
pub(super) fn unavailable() -> Response {
    let mut response = Response::new(b"{\"error\":\"unavailable\"}".to_vec());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// What a system would have told of a call that was refused in its place.
fn refused_call(channel: Option<ChannelIndex>, called: Called) -> LedgerInput {
    let (Called { operation, kind }, outcome) = (called, CallOutcome::Refused);
    match channel {
        Some(channel) => LedgerInput::Platform {
            channel,
            fact: Fact::Call {
                operation,
                kind,
                outcome,
            },
        },
        None => LedgerInput::Warehouse {
            fact: WarehouseFact::Call {
                operation,
                kind,
                outcome,
            },
        },
    }
}
