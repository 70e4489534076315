//! Hosts around a small engine that writes down what it is told and when.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use channel_mocks::core::{Distribution, Micros, Seed};

use super::*;
use crate::engine::{
    CallId, ChannelIndex, DeliveryId, Engine, Input, Output, Request, Response, Target,
};
use crate::stage::faults::Counts;

const SECOND: u64 = 1_000_000;

/// Everything that engines of one family were told, by the engine's number.
type Diary = Rc<RefCell<Vec<(u32, u64, String)>>>;

/// Makes a call for each delivery and answers it; wants to be woken every ten seconds of its own clock.
struct Scribe {
    number: u32,
    diary: Diary,
    calls: u64,
    wake_at: Option<Micros>,
    outputs: VecDeque<Output>,
}

impl Scribe {
    fn boxed(diary: &Diary) -> Box<dyn Engine> {
        Box::new(Scribe {
            number: 0,
            diary: diary.clone(),
            calls: 0,
            wake_at: None,
            outputs: VecDeque::new(),
        })
    }

    fn call(&mut self) {
        self.calls += 1;
        self.outputs.push_back(Output::Call {
            call: CallId(self.calls),
            target: Target::Warehouse,
            request: Request::default(),
        });
    }
}

impl Engine for Scribe {
    fn handle(&mut self, now: Micros, input: Input) {
        let told = match &input {
            Input::Start => "start".to_string(),
            Input::Wake => "wake".to_string(),
            Input::Restarted => "restarted".to_string(),
            Input::ClockSet { ahead } => format!("ahead {}", ahead.0 / SECOND),
            Input::Delivery { delivery, .. } => format!("delivery {}", delivery.0),
            Input::Response { call, result } => match result {
                Ok(_) => format!("answer {}", call.0),
                Err(error) => format!("{error:?} {}", call.0),
            },
            Input::Truth(_) => "truth".to_string(),
        };
        self.diary.borrow_mut().push((self.number, now.0, told));
        match input {
            Input::Start | Input::Wake => self.wake_at = Some(now + Micros(10 * SECOND)),
            Input::Delivery { delivery, .. } => {
                self.call();
                self.outputs.push_back(Output::DeliveryAnswer {
                    delivery,
                    response: Response::default(),
                });
            }
            _ => {}
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Micros> {
        self.wake_at
    }

    fn renewed(&self, saved: Option<&[u8]>) -> Option<Box<dyn Engine>> {
        assert!(saved.is_none(), "it never saves");
        let diary = self.diary.borrow();
        let used = diary.iter().map(|(number, ..)| *number).max();
        Some(Box::new(Scribe {
            number: used.unwrap_or(0).max(self.number) + 1,
            diary: self.diary.clone(),
            calls: 0,
            wake_at: None,
            outputs: VecDeque::new(),
        }))
    }
}

fn delivery(number: u64) -> Input {
    Input::Delivery {
        delivery: DeliveryId(number),
        channel: ChannelIndex(0),
        request: Request::default(),
    }
}

fn answer(call: u64) -> Input {
    Input::Response {
        call: CallId(call),
        result: Ok(Response::default()),
    }
}

fn start(plan: &Plan) -> (Hosted, Diary) {
    let diary = Diary::default();
    let mut hosted = wrap(plan, Scribe::boxed(&diary), Seed(3)).unwrap();
    hosted.engine.handle(Micros::ZERO, Input::Start);
    (hosted, diary)
}

/// Hands in an input, and gives what comes of it in words.
fn tell(hosted: &mut Hosted, at_s: u64, input: Input) -> Vec<String> {
    hosted.engine.handle(Micros(at_s * SECOND), input);
    sent(hosted)
}

fn sent(hosted: &mut Hosted) -> Vec<String> {
    let outputs = std::iter::from_fn(|| hosted.engine.poll_output());
    outputs
        .map(|output| match output {
            Output::Call { call, .. } => format!("call {}", call.0),
            Output::DeliveryAnswer { delivery, .. } => format!("answered {}", delivery.0),
        })
        .collect()
}

fn crash(every: u64, moment: Moment) -> Plan {
    Plan::of([HostFault::Crash(CrashPlan {
        window: Window::ALWAYS,
        frequency: Frequency::Every(every),
        moments: vec![moment],
        restart_after: Distribution::fixed(Micros(5 * SECOND)),
    })])
}

fn counts(hosted: &Hosted) -> (u64, u64, u64) {
    let counts = hosted.counts.fault_counts()[0].1;
    (counts.eligible, counts.injected, counts.noticed)
}

/// What the last engine was told since the crash, replayed records included.
fn last_engine(diary: &Diary) -> Vec<(u64, String)> {
    let diary = diary.borrow();
    let last = diary.iter().map(|(number, ..)| *number).max().unwrap();
    let own = diary.iter().filter(|(number, ..)| *number == last);
    own.map(|(_, at, told)| (at / SECOND, told.clone()))
        .collect()
}

#[test]
fn an_acknowledged_webhook_is_known_after_the_crash_and_a_lost_one_was_not_acknowledged() {
    for (moment, is_known) in [
        (Moment::BeforeJournal, false),
        (Moment::TornTail, false),
        (Moment::BeforeSending, true),
    ] {
        // The third input kills: start, one webhook, another.
        let (mut hosted, diary) = start(&crash(3, moment));
        assert_eq!(tell(&mut hosted, 1, delivery(7)), ["call 1", "answered 7"]);
        assert!(tell(&mut hosted, 2, delivery(8)).is_empty(), "{moment:?}");
        assert!(tell(&mut hosted, 3, delivery(9)).is_empty(), "it is gone");
        assert!(tell(&mut hosted, 4, answer(1)).is_empty());
        assert_eq!(hosted.engine.poll_timeout(), Some(Micros(7 * SECOND)));
        tell(&mut hosted, 7, Input::Wake);
        let told = last_engine(&diary);
        let has = |what: &str| told.iter().any(|(_, told)| told == what);
        assert!(has("delivery 7"), "{moment:?}: {told:?}");
        assert_eq!(has("delivery 8"), is_known, "{moment:?}: {told:?}");
        assert!(!has("delivery 9"), "{moment:?}: {told:?}");
        // Its first call was sent and not answered in time; the second, if there was one, was never sent.
        assert!(has("ConnectionLost 1"), "{moment:?}: {told:?}");
        assert_eq!(has("ConnectionLost 2"), is_known, "{moment:?}: {told:?}");
        let (eligible, injected, noticed) = counts(&hosted);
        assert_eq!((eligible, injected, noticed), (3, 1, 1), "{moment:?}");
    }
}

#[test]
fn a_process_is_back_and_done_when_every_fault_is_over_at_the_latest() {
    let healed = |at: u64, plan: Plan| Plan {
        healed_at: Some(Micros(at * SECOND)),
        ..plan
    };
    for (healed_at, back_at) in [(4, 4), (6, 6), (60, 7)] {
        let plan = healed(healed_at, crash(3, Moment::BeforeJournal));
        let (mut hosted, diary) = start(&plan);
        tell(&mut hosted, 1, delivery(7));
        tell(&mut hosted, 2, delivery(8));
        assert_eq!(hosted.engine.poll_timeout(), Some(Micros(back_at * SECOND)));
        tell(&mut hosted, back_at, Input::Wake);
        assert!(last_engine(&diary).iter().any(|it| it.1 == "delivery 7"));
        assert_eq!(
            hosted.counts.down(),
            [(0, Micros(2 * SECOND), Micros(back_at * SECOND))]
        );
    }
    let slow = Plan::of([HostFault::Slow(SlowPlan {
        window: Window::ALWAYS,
        frequency: Frequency::Every(1),
        per_input: Distribution::fixed(Micros(50 * SECOND)),
    })]);
    let (hosted, _) = start(&healed(9, slow));
    assert_eq!(hosted.engine.poll_timeout(), Some(Micros(9 * SECOND)));
}

#[test]
fn answers_to_calls_of_a_process_that_died_reach_nobody() {
    let (mut hosted, diary) = start(&crash(3, Moment::BeforeJournal));
    tell(&mut hosted, 1, delivery(7));
    tell(&mut hosted, 2, delivery(8));
    tell(&mut hosted, 7, Input::Wake);
    let before = diary.borrow().len();
    tell(&mut hosted, 8, answer(1));
    assert_eq!(diary.borrow().len(), before);
}

#[test]
fn amid_sending_a_part_is_sent() {
    let mut parts = std::collections::BTreeSet::new();
    for seed in 0..40 {
        let diary = Diary::default();
        let plan = crash(2, Moment::AmidSending);
        let mut hosted = wrap(&plan, Scribe::boxed(&diary), Seed(seed)).unwrap();
        hosted.engine.handle(Micros::ZERO, Input::Start);
        parts.insert(tell(&mut hosted, 1, delivery(7)).len());
    }
    assert_eq!(parts.into_iter().collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn a_process_that_keeps_no_journal_begins_from_nothing() {
    let plan = Plan {
        journal: JournalKeeping::None,
        ..crash(3, Moment::BeforeSending)
    };
    let (mut hosted, diary) = start(&plan);
    tell(&mut hosted, 1, delivery(7));
    assert_eq!(tell(&mut hosted, 2, delivery(8)), ["call 2", "answered 8"]);
    tell(&mut hosted, 7, Input::Wake);
    assert_eq!(last_engine(&diary), [(7, "start".to_string())]);
}

#[test]
fn a_slow_process_works_at_one_thing_after_the_other() {
    let (mut hosted, diary) = start(&Plan::of([HostFault::Slow(SlowPlan {
        window: Window::ALWAYS,
        frequency: Frequency::Every(1),
        per_input: Distribution::fixed(Micros(2 * SECOND)),
    })]));
    assert_eq!(hosted.engine.poll_timeout(), Some(Micros(2 * SECOND)));
    assert!(tell(&mut hosted, 1, delivery(7)).is_empty());
    assert!(tell(&mut hosted, 1, delivery(8)).is_empty());
    assert!(
        tell(&mut hosted, 2, Input::Wake).is_empty(),
        "it has started"
    );
    assert_eq!(tell(&mut hosted, 4, Input::Wake), ["call 1", "answered 7"]);
    assert_eq!(tell(&mut hosted, 6, Input::Wake), ["call 2", "answered 8"]);
    // Its timer, ten seconds after it was started, is worked at as well.
    assert_eq!(hosted.engine.poll_timeout(), Some(Micros(12 * SECOND)));
    tell(&mut hosted, 12, Input::Wake);
    tell(&mut hosted, 14, Input::Wake);
    assert_eq!(
        diary.borrow().last().unwrap(),
        &(0, 14 * SECOND, "wake".to_string())
    );
    // The start and the first webhook kept another waiting; of the second and of the timer nobody noticed.
    assert_eq!(counts(&hosted), (4, 4, 2));
}

#[test]
fn a_wrong_clock_runs_ahead_jumps_and_stands_still_rather_than_going_back() {
    let skew = |from_s, offset_s| {
        HostFault::Skew(SkewPlan {
            window: Window {
                from: Micros(from_s * SECOND),
                until: Micros::MAX,
            },
            offset_micros: offset_s * SECOND as i64,
        })
    };
    let (mut hosted, diary) = start(&Plan::of([skew(0, 3), skew(20, -8), skew(40, 100)]));
    let last = |diary: &Diary| diary.borrow().last().unwrap().1 / SECOND;
    assert_eq!(last(&diary), 3);
    // It wants 13 by its clock, which is 10 in truth.
    assert_eq!(hosted.engine.poll_timeout(), Some(Micros(10 * SECOND)));
    tell(&mut hosted, 10, Input::Wake);
    assert_eq!(last(&diary), 13);
    tell(&mut hosted, 19, delivery(1));
    assert_eq!(last(&diary), 22);
    // The next timer, 23, falls on the jump: then the clock is behind by 5 and stands still until 27.
    assert_eq!(hosted.engine.poll_timeout(), Some(Micros(20 * SECOND)));
    let before = diary.borrow().len();
    tell(&mut hosted, 20, Input::Wake);
    assert_eq!(diary.borrow().len(), before, "not yet");
    tell(&mut hosted, 21, delivery(2));
    assert_eq!(last(&diary), 22, "it stands still");
    assert_eq!(hosted.engine.poll_timeout(), Some(Micros(28 * SECOND)));
    tell(&mut hosted, 28, Input::Wake);
    assert_eq!(last(&diary), 23);
    // By its clock the next is due at 33, in truth 38.
    assert_eq!(hosted.engine.poll_timeout(), Some(Micros(38 * SECOND)));
    tell(&mut hosted, 38, Input::Wake);
    assert_eq!(
        hosted.engine.poll_timeout(),
        Some(Micros(40 * SECOND)),
        "the leap"
    );
    tell(&mut hosted, 40, Input::Wake);
    assert_eq!(last(&diary), 135);
    let told: Vec<String> = diary
        .borrow()
        .iter()
        .map(|(.., told)| told.clone())
        .collect();
    let leaps: Vec<&String> = told.iter().filter(|it| it.starts_with("ahead")).collect();
    assert_eq!(
        leaps,
        ["ahead 100"],
        "only what has not passed in truth, and not before the start"
    );
    for (_, counts) in hosted.counts.fault_counts() {
        let Counts {
            eligible,
            injected,
            noticed,
        } = counts;
        assert!(injected > 0 && noticed > 0, "{counts:?}");
        assert!(noticed <= injected && injected <= eligible, "{counts:?}");
    }
}

#[test]
fn a_clock_jumps_once_or_again_and_again_and_is_put_right_at_the_end() {
    let jump = |from_s, until_s, frequency, by_s: i64| {
        HostFault::Jump(JumpPlan {
            window: Window {
                from: Micros(from_s * SECOND),
                until: Micros(until_s * SECOND),
            },
            frequency,
            by_micros: by_s * SECOND as i64,
        })
    };
    // The first jumps ahead by 20 s at 100 s; the second back by 3 s at each second input from 200 s on.
    let plan = Plan::of([
        jump(100, 150, None, 20),
        jump(200, 300, Some(Frequency::Every(2)), -3),
    ]);
    let (mut hosted, diary) = start(&plan);
    let mut shown = |at_s: u64| {
        tell(&mut hosted, at_s, delivery(at_s));
        diary.borrow().last().unwrap().1 / SECOND
    };
    let clock: Vec<u64> = [99, 100, 149, 150, 175].map(&mut shown).to_vec();
    assert_eq!(
        clock,
        [99, 120, 169, 169, 175],
        "it stands still until it is right again"
    );
    let clock: Vec<u64> = [210, 211, 220, 230, 240, 299, 300].map(&mut shown).to_vec();
    assert_eq!(
        clock,
        [210, 210, 217, 224, 234, 290, 300],
        "three jumps add up"
    );
    let counts = hosted.counts.fault_counts();
    let counts: Vec<_> = counts
        .iter()
        .map(|(_, it)| (it.eligible, it.injected, it.noticed))
        .collect();
    assert_eq!(counts, [(1, 1, 1), (6, 3, 3)]);
}

/// Before its first jump the clock shows what it will show after it: the engine's timers ring when they should.
#[test]
fn a_timer_rings_at_the_jump_that_reaches_it() {
    let plan = Plan::of([HostFault::Jump(JumpPlan {
        window: Window {
            from: Micros(4 * SECOND),
            until: Micros(60 * SECOND),
        },
        frequency: None,
        by_micros: 8 * SECOND as i64,
    })]);
    let (mut hosted, diary) = start(&plan);
    // It wants ten seconds, and has them after four.
    assert_eq!(hosted.engine.poll_timeout(), Some(Micros(4 * SECOND)));
    tell(&mut hosted, 4, Input::Wake);
    assert_eq!(diary.borrow().last().unwrap().1, 12 * SECOND);
}

#[test]
fn two_engines_share_webhooks_and_keep_their_calls_apart() {
    let (mut hosted, diary) = start(&Plan::of([HostFault::SecondEngine(SecondEnginePlan {
        window: Window {
            from: Micros(5 * SECOND),
            until: Micros(100 * SECOND),
        },
    })]));
    assert_eq!(tell(&mut hosted, 1, delivery(1)), ["call 1", "answered 1"]);
    assert_eq!(hosted.engine.poll_timeout(), Some(Micros(5 * SECOND)));
    tell(&mut hosted, 5, Input::Wake);
    let second = 1 << 63 | 1;
    assert_eq!(
        tell(&mut hosted, 6, delivery(2)),
        [format!("call {second}"), "answered 2".to_string()]
    );
    tell(&mut hosted, 7, delivery(3));
    tell(&mut hosted, 8, answer(second));
    tell(&mut hosted, 8, answer(2));
    let told = |number: u32| -> Vec<String> {
        let diary = diary.borrow();
        let own = diary.iter().filter(|(own, ..)| *own == number);
        own.map(|(.., told)| told.clone()).collect()
    };
    assert_eq!(told(0), ["start", "delivery 1", "delivery 3", "answer 2"]);
    assert_eq!(told(1), ["start", "delivery 2", "answer 1"]);
}

#[test]
fn an_engine_that_cannot_be_made_again_is_refused_with_the_way_out() {
    struct Foreign;
    impl Engine for Foreign {
        fn handle(&mut self, _: Micros, _: Input) {}
        fn poll_output(&mut self) -> Option<Output> {
            None
        }
        fn poll_timeout(&self) -> Option<Micros> {
            None
        }
    }
    let plan = crash(1, Moment::BeforeJournal);
    let error = wrap(&plan, Box::new(Foreign), Seed(1)).err().unwrap();
    assert!(error.to_string().contains("Engine::renewed"), "{error}");
    let slow = HostFault::Slow(SlowPlan {
        window: Window::ALWAYS,
        frequency: Frequency::First(1),
        per_input: Distribution::fixed(Micros(1)),
    });
    assert!(wrap(&Plan::of([slow]), Box::new(Foreign), Seed(1)).is_ok());
}
