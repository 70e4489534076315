//! The built-in engine alone: all inputs of one run of `flash-sale-10min` are recorded, with their times, and given to a
//! fresh engine again and again. Nothing else runs: no emulator, no network model, no ledger.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use oversell::engine::config::{EngineConfig, Strategy};
use oversell::engine::{
    self, CallError, CallId, ChannelIndex, DeliveryId, Engine, Input, Micros, Output, Request,
    Response,
};
use oversell::scenario::Scenario;
use oversell::sim::{self, Setup};
use oversell::world::ledger::{Entry, Recorder};

const SCENARIO: &str = "flash-sale-10min";

/// An input that can be given again.
#[derive(Clone)]
enum Recorded {
    Start,
    Response(CallId, Result<Response, CallError>),
    Delivery(DeliveryId, ChannelIndex, Request),
    Wake,
}

impl Recorded {
    fn of(input: &Input) -> Recorded {
        match input {
            Input::Start => Recorded::Start,
            Input::Response { call, result } => Recorded::Response(*call, result.clone()),
            Input::Delivery {
                delivery,
                channel,
                request,
            } => Recorded::Delivery(*delivery, *channel, request.clone()),
            Input::Wake => Recorded::Wake,
            Input::Truth(_) => unreachable!("only informed escrow is told the truth"),
            Input::ClockSet { .. } | Input::Restarted => unreachable!("its host is sound"),
        }
    }

    fn into_input(self) -> Input {
        match self {
            Recorded::Start => Input::Start,
            Recorded::Response(call, result) => Input::Response { call, result },
            Recorded::Delivery(delivery, channel, request) => Input::Delivery {
                delivery,
                channel,
                request,
            },
            Recorded::Wake => Input::Wake,
        }
    }
}

/// What an engine has put out: the number of outputs and of body bytes. Equal inputs must give equal outputs.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
struct PutOut {
    outputs: u64,
    bytes: u64,
}

impl PutOut {
    fn add(&mut self, output: &Output) {
        self.outputs += 1;
        self.bytes += match output {
            Output::Call { request, .. } => request.body().len() as u64,
            Output::DeliveryAnswer { response, .. } => response.body().len() as u64,
        };
    }
}

#[derive(Default)]
struct Tape {
    config: Option<EngineConfig>,
    inputs: Vec<(Micros, Recorded)>,
    put_out: PutOut,
}

/// An engine that notes everything on a tape.
struct Taped {
    engine: Box<dyn Engine>,
    tape: Rc<RefCell<Tape>>,
}

impl Engine for Taped {
    fn handle(&mut self, now: Micros, input: Input) {
        let recorded = (now, Recorded::of(&input));
        self.tape.borrow_mut().inputs.push(recorded);
        self.engine.handle(now, input);
    }

    fn poll_output(&mut self) -> Option<Output> {
        let output = self.engine.poll_output();
        if let Some(output) = &output {
            self.tape.borrow_mut().put_out.add(output);
        }
        output
    }

    fn poll_timeout(&self) -> Option<Micros> {
        self.engine.poll_timeout()
    }
}

struct Nobody;

impl Recorder for Nobody {
    fn record(&mut self, _at: channel_mocks::core::Micros, _entry: &Entry) {}
}

fn record(strategy: Strategy) -> Tape {
    let scenario = Scenario::load(SCENARIO)
        .expect("a built-in scenario")
        .scenario;
    let tape = Rc::new(RefCell::new(Tape::default()));
    let kept = Rc::clone(&tape);
    let taped = move |config: EngineConfig| -> Box<dyn Engine> {
        tape.borrow_mut().config = Some(config.clone());
        let engine = engine::build(config);
        Box::new(Taped { engine, tape })
    };
    let setup = Setup::new(&scenario, 1, strategy);
    sim::run_with(&setup, taped, &mut Nobody, &mut |_| {}).expect("a run");
    Rc::into_inner(kept).expect("the run is over").into_inner()
}

fn replay(engine: &mut dyn Engine, inputs: Vec<(Micros, Recorded)>) -> PutOut {
    let mut put_out = PutOut::default();
    for (now, recorded) in inputs {
        engine.handle(now, recorded.into_input());
        while let Some(output) = engine.poll_output() {
            put_out.add(&output);
        }
        std::hint::black_box(engine.poll_timeout());
    }
    put_out
}

fn engines(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("engine_inputs");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    for strategy in [Strategy::Mirror, Strategy::Escrow] {
        let tape = record(strategy);
        let config = tape.config.expect("an engine was made");
        let again = replay(&mut *engine::build(config.clone()), tape.inputs.clone());
        assert_eq!(again, tape.put_out, "a replay puts out what the run did");
        println!(
            "{}: {} inputs, {} outputs with {} bytes of bodies",
            strategy.name(),
            tape.inputs.len(),
            again.outputs,
            again.bytes
        );
        group.throughput(Throughput::Elements(tape.inputs.len() as u64));
        group.bench_function(strategy.name(), |bencher| {
            bencher.iter_batched(
                || (engine::build(config.clone()), tape.inputs.clone()),
                |(mut engine, inputs)| {
                    let put_out = replay(&mut *engine, inputs);
                    // Given back, so that its end is not timed.
                    (engine, put_out)
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, engines);
criterion_main!(benches);
