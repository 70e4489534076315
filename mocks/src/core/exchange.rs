//! One request and its answer, for drivers that serve one client after the other.

use super::machine::{Input, Machine, Output, Request, RequestId, Response};
use oversell_kernel::Micros;

/// What came out of a machine when a request was handed over.
#[derive(Debug)]
pub struct Exchange<F> {
    /// The response and when it leaves; `None` while the machine holds it back (a long poll): then wake the machine at
    /// its timer and look among the outputs.
    pub response: Option<(Micros, Response)>,
    /// Everything else, in order: facts, webhooks, responses to earlier requests.
    pub others: Vec<Output<F>>,
}

/// Does everything that is due by `now`, hands a request over, and drains what comes out.
pub fn exchange<M: Machine + ?Sized>(
    machine: &mut M,
    now: Micros,
    id: RequestId,
    request: Request,
) -> Exchange<M::Fact> {
    while let Some(timer) = machine.poll_timeout().filter(|timer| timer.at <= now) {
        machine.handle(timer.at, Input::Wake);
    }
    let sent_at = now;
    machine.handle(
        now,
        Input::Request {
            id,
            sent_at,
            request,
        },
    );
    let mut exchange = Exchange {
        response: None,
        others: Vec::new(),
    };
    while let Some(output) = machine.poll_output() {
        match output {
            Output::Response {
                id: of,
                at,
                response,
            } if of == id => {
                exchange.response = Some((at, response));
            }
            other => exchange.others.push(other),
        }
    }
    exchange
}
