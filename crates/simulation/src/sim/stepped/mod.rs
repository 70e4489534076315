//! The stepped protocol: an engine in any language, in virtual time (docs/engine-protocol.md).
//!
//! The engine lives behind a [`Peer`] that carries lines, and this side is an [`Engine`] like any other. Inputs that the
//! run loop gives before it drains outputs make up one step: one line goes out, one comes back. The run loop drains after
//! every input, because what an engine sends may come before the next input of the same instant; so a step holds one
//! input today, and an engine has to take any number.
//!
//! The protocol itself has no process, thread or clock: a peer may be a function of this process (as in the tests), or a
//! child process ([`child`], which stands here because it carries the protocol's lines and nothing else, and is the only
//! part of virtual time that knows processes and threads).

mod answer;
pub mod child;
pub mod group;
mod hello;
mod line;
pub mod standard_error;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;

use crate::engine::config::EngineConfig;
use crate::engine::{DeliveryId, Engine, Input, Micros, Output};
use crate::scenario::Scenario;
use crate::sim::idle_wakes::IdleWakes;
use answer::{Breach, Output as Said, Ready};
use channel_mocks::core::json;

/// The version of the protocol.
pub const PROTOCOL: u32 = 1;
/// Most outputs of one step.
pub const MOST_OUTPUTS: usize = 10_000;
/// Most wakes at one instant: an engine that wants to be woken at once again and again never lets time pass.
pub const MOST_WAKES_AT_ONE_INSTANT: u32 = 10_000;
/// Most bytes of one line of the engine's, the line break left out.
pub const LONGEST_LINE: usize = 16 * 1024 * 1024;

/// What an answer to a step looks like.
const ANSWER: &str = r#"{"outputs": [...], "wake_at": microseconds or null}"#;
/// Characters of a bad line that an error shows.
const SHOWN: usize = 400;

/// The other side of the protocol.
pub trait Peer {
    /// Sends a line (without its line break) and gives the line that answers it.
    ///
    /// # Errors
    /// What went wrong, in words: silence, the end of the engine, a line that is too long.
    fn exchange(&mut self, line: Vec<u8>) -> Result<Vec<u8>, String>;

    /// The run is over: tells the engine so and waits for its end. Gives how it ended, in words, if it says that it ended badly.
    /// A peer of this process has nothing to end.
    ///
    /// # Errors
    /// What it said that nobody had asked for, in words.
    fn finish(&mut self) -> Result<Option<String>, String> {
        Ok(None)
    }

    /// Ends the engine and gives its last lines on standard error.
    fn end(&mut self) -> Vec<String>;
}

/// An engine behind a [`Peer`]. After a breach of the protocol it does nothing more and says why in
/// [`Engine::failure`].
pub struct SteppedEngine {
    peer: Box<dyn Peer>,
    channels: Vec<String>,
    /// The line of the step that is being gathered; empty when there is no input.
    line: Vec<u8>,
    now: Micros,
    step: u64,
    outputs: VecDeque<Output>,
    wake_at: Option<Micros>,
    /// Calls under way, by the engine's own numbers.
    calls: IndexSet<u64, FxBuildHasher>,
    /// Webhooks without an answer. They are numbered again, because not every language has whole numbers of 64 bits.
    deliveries: IndexMap<u64, DeliveryId, FxBuildHasher>,
    delivered: u64,
    /// How often the engine was woken at `woken_at`.
    wakes: u32,
    woken_at: Micros,
    idle: IdleWakes,
    failure: Option<String>,
    ended_badly: Option<String>,
}

impl SteppedEngine {
    /// Greets the engine with its configuration. What goes wrong is told by [`Engine::failure`].
    pub fn open(peer: Box<dyn Peer>, config: &EngineConfig, scenario: &Scenario) -> SteppedEngine {
        let mut engine = SteppedEngine {
            peer,
            channels: config
                .channels
                .iter()
                .map(|channel| channel.name.clone())
                .collect(),
            line: Vec::new(),
            now: Micros::ZERO,
            step: 0,
            outputs: VecDeque::new(),
            wake_at: None,
            calls: IndexSet::default(),
            deliveries: IndexMap::default(),
            delivered: 0,
            wakes: 0,
            woken_at: Micros::MAX,
            idle: IdleWakes::default(),
            failure: None,
            ended_badly: None,
        };
        engine.greet(hello::hello(config, scenario));
        engine
    }

    fn greet(&mut self, hello: Vec<u8>) {
        let expected = format!("{{\"protocol\": {PROTOCOL}}}");
        match self.peer.exchange(hello) {
            Err(problem) => self.fail(&problem, None, &expected),
            Ok(line) => match json::read::<Ready>(&line) {
                Ok(Ready { protocol }) if protocol == PROTOCOL => {}
                Ok(Ready { protocol }) => {
                    let problem = format!("it speaks version {protocol} of the protocol");
                    self.fail(&problem, Some(&line), &expected);
                }
                Err(error) => {
                    let problem = format!("its answer to the greeting cannot be read: {error}");
                    self.fail(&problem, Some(&line), &expected);
                }
            },
        }
    }

    /// Sends the step that has been gathered, and takes its answer.
    fn take_step(&mut self) {
        self.step += 1;
        let line = line::close(&mut self.line);
        let answer = match self.peer.exchange(line) {
            Ok(answer) => answer,
            Err(problem) => return self.fail(&problem, None, ANSWER),
        };
        if let Err(Breach { problem, expected }) = self.understand(&answer) {
            self.fail(&problem, Some(&answer), &expected);
        }
    }

    fn understand(&mut self, line: &[u8]) -> Result<(), Breach> {
        let answer = answer::read(line)?;
        if !answer.outputs.is_empty() {
            self.idle.said();
        }
        for said in answer.outputs {
            match said {
                Said::Call(call) => {
                    let number = call.call;
                    let output = call.output(&self.channels)?;
                    if !self.calls.insert(number) {
                        return Err(Breach::new(
                            format!("call {number} is under way already"),
                            "a number that no call under way has",
                        ));
                    }
                    self.outputs.push_back(output);
                }
                Said::DeliveryAnswer(said) => {
                    let number = said.delivery;
                    let Some(delivery) = self.deliveries.swap_remove(&number) else {
                        return Err(Breach::new(
                            format!("delivery {number} is not waiting for an answer"),
                            "the number of a delivery that was given and has not been answered",
                        ));
                    };
                    self.outputs.push_back(said.output(delivery)?);
                }
            }
        }
        if let Some(wake_at) = answer.wake_at.filter(|&wake_at| wake_at < self.now.0) {
            return Err(Breach::new(
                format!("wake_at {wake_at} has passed, it is {}", self.now.0),
                "a time not before `now`, or null",
            ));
        }
        self.wake_at = answer.wake_at.map(Micros);
        Ok(())
    }

    fn count_wake(&mut self) {
        if self.woken_at != self.now {
            (self.woken_at, self.wakes) = (self.now, 0);
        }
        self.wakes += 1;
        if self.wakes > MOST_WAKES_AT_ONE_INSTANT {
            let problem = format!(
                "it wants to be woken at once for more than {MOST_WAKES_AT_ONE_INSTANT} times, so that time never passes"
            );
            return self.fail(&problem, None, "a wake_at that lies ahead");
        }
        if self.idle.woken(self.now) {
            self.fail(IdleWakes::PROBLEM, None, IdleWakes::EXPECTED);
        }
    }

    /// Ends the engine and keeps why.
    fn fail(&mut self, problem: &str, sent: Option<&[u8]>, expected: &str) {
        let place = match self.step {
            0 => "in the greeting".to_string(),
            step => format!("in step {step}"),
        };
        self.fail_at(&place, problem, sent, expected);
    }

    fn fail_at(&mut self, place: &str, problem: &str, sent: Option<&[u8]>, expected: &str) {
        let mut text = format!("{place}, {problem}");
        if let Some(sent) = sent {
            text.push_str(&format!("\n  it sent: {}", shown(sent)));
        }
        text.push_str(&format!("\n  expected: {expected}"));
        let last_words = self.peer.end();
        if last_words.is_empty() {
            text.push_str("\n  on standard error it wrote nothing");
        } else {
            text.push_str("\n  its last lines on standard error:");
            for line in &last_words {
                text.push_str(&format!("\n    {line}"));
            }
        }
        self.failure = Some(text);
        self.line.clear();
        self.outputs.clear();
        self.wake_at = None;
    }
}

impl Engine for SteppedEngine {
    fn handle(&mut self, now: Micros, input: Input) {
        if self.failure.is_some() {
            return;
        }
        if now != self.now && !self.line.is_empty() {
            self.take_step();
        }
        self.now = now;
        match input {
            Input::Start => line::start(&mut self.line, now),
            Input::Wake => {
                self.count_wake();
                if self.failure.is_none() {
                    line::wake(&mut self.line, now);
                }
            }
            Input::Response { call, result } => {
                self.calls.swap_remove(&call.0);
                line::response(&mut self.line, now, call, &result);
            }
            Input::Delivery {
                delivery,
                channel,
                request,
            } => {
                self.delivered += 1;
                self.deliveries.insert(self.delivered, delivery);
                let name = self.channels.get(usize::from(channel.0));
                let name = name.map_or("", String::as_str);
                line::delivery(&mut self.line, now, self.delivered, name, &request);
            }
            // That of informed escrow alone; and an engine of another process knows its own machine's clocks.
            Input::Truth(_) | Input::ClockSet { .. } | Input::Restarted => {}
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        if self.outputs.is_empty() && !self.line.is_empty() {
            self.take_step();
        }
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Micros> {
        self.wake_at
    }

    fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    fn end(&mut self) {
        if self.failure.is_some() {
            return;
        }
        match self.peer.finish() {
            Ok(ended_badly) => self.ended_badly = ended_badly,
            Err(problem) => {
                let place = format!("after step {}, which was the last", self.step);
                self.fail_at(
                    &place,
                    &problem,
                    None,
                    "one line for each, and nothing more",
                );
            }
        }
    }

    fn ended_badly(&self) -> Option<&str> {
        self.ended_badly.as_deref()
    }
}

/// A line for a person: cut, and with control characters written out.
fn shown(line: &[u8]) -> String {
    // A character has at most four bytes.
    let start = &line[..line.len().min(SHOWN * 4)];
    let text = String::from_utf8_lossy(start);
    let mut out: String = text
        .chars()
        .take(SHOWN)
        .flat_map(|letter| {
            let escaped = letter.is_control().then(|| letter.escape_default());
            let plain = (!letter.is_control()).then_some(letter);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect();
    if out.is_empty() {
        out.push_str("an empty line");
    } else if start.len() < line.len() || text.chars().nth(SHOWN).is_some() {
        out.push_str(&format!("... ({} bytes in all)", line.len()));
    }
    out
}
