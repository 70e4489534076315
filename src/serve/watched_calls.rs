//! Calls for whoever keeps them, or looks on: what is said of one on its way from a socket to a system and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use channel_mocks::core::{Called, Micros, Request, Response};

use crate::realtime::timing::WatchedCalls;
use crate::world::records::{
    CallEnd, CallFailure, CallNote, Live, Sending, rendered_request, rendered_response, socket_base,
};

/// Bytes of a body beyond which a message is not kept whole: it would only be cut later.
const MOST_WHOLE_BYTES: usize = 1 << 20;

/// Watches the calls of a session.
#[derive(Debug)]
pub(super) struct CallWatch {
    live: Arc<Live>,
    is_whole: bool,
    numbers: AtomicU64,
}

impl CallWatch {
    pub fn new(watched: &WatchedCalls) -> CallWatch {
        CallWatch {
            live: watched.live.clone(),
            is_whole: watched.whole,
            numbers: AtomicU64::new(0),
        }
    }

    /// Begins to watch a call that is sent to a system.
    pub fn begin(self: &Arc<CallWatch>, system: u16, at: Micros, request: &Request) -> CallMark {
        let keeps_messages = self.is_whole && !self.live.files_are_full();
        let rendered = match keeps_messages && request.body().len() <= MOST_WHOLE_BYTES {
            true => rendered_request(request, &socket_base(request)),
            false => Vec::new(),
        };
        CallMark {
            number: self.numbers.fetch_add(1, Ordering::Relaxed),
            system,
            at,
            rendered: Arc::new(rendered),
            keeps_messages,
            wants_cost: self.is_whole,
        }
    }
}

/// A call that is watched. Travels with its request to the system's task.
#[derive(Clone, Debug)]
pub(super) struct CallMark {
    number: u64,
    system: u16,
    at: Micros,
    rendered: Arc<Vec<u8>>,
    keeps_messages: bool,
    /// Whether what it takes of limits is wanted.
    pub wants_cost: bool,
}

impl CallMark {
    /// That it was sent.
    pub fn sent(&self, called: Called, request: &Request) -> CallNote {
        let (place, called) = ((self.system, self.number), (called.operation, called.kind));
        let sending = Sending::new(place, called, request, self.rendered.to_vec());
        CallNote::Sent {
            at: self.at,
            sending: Box::new(sending),
        }
    }

    /// That its system takes it up.
    pub fn arrived(&self, at: Micros) -> CallNote {
        CallNote::Arrived {
            at,
            system: self.system,
            number: self.number,
        }
    }

    /// That it was answered.
    pub fn answered(&self, at: Micros, response: &Response) -> CallNote {
        let whole = self.keeps_messages && response.body().len() <= MOST_WHOLE_BYTES;
        self.ended(
            at,
            CallEnd::Answered {
                status: response.status().as_u16(),
                bytes: response.body().len() as u64,
                rendered: match whole {
                    true => rendered_response(response),
                    false => Vec::new(),
                },
            },
        )
    }

    /// That its connection broke.
    pub fn broke(&self, at: Micros) -> CallNote {
        self.ended(at, CallEnd::Failed(CallFailure::ConnectionLost))
    }

    fn ended(&self, at: Micros, end: CallEnd) -> CallNote {
        CallNote::Ended {
            at,
            system: self.system,
            number: self.number,
            end,
        }
    }
}
