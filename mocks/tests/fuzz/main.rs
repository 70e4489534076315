//! Hostile and broken requests against every emulator: whatever the bytes, there is no panic, exactly one answer, and the
//! answer is well-formed. Requests are arbitrary, or valid ones of every operation with a few things broken, several to
//! one emulator, so that what one of them leaves behind meets the next.
//!
//! `PROPTEST_CASES=20000 cargo test -p channel-mocks --test fuzz` looks longer.

mod hostile;
mod junk;
mod mutate;
mod seeds;

use std::time::{Duration, Instant};

use channel_mocks::core::{Input, Machine, Micros, Output, Request, RequestId, Response};
use proptest::prelude::*;
use proptest::test_runner::Config;

use mutate::{Mutation, mutation};
use seeds::{Plain, Subject};

/// Requests of one case.
const MOST_REQUESTS: usize = 6;
/// Platform time between two of them.
const GAP: Micros = Micros::from_millis(700);
/// Wakes after which a held request must have been answered.
const MOST_WAKES: usize = 20_000;
/// Far beyond what any answer takes: only something that grows out of bounds gets here.
const LONGEST: Duration = Duration::from_secs(20);

/// How a request of a case is made.
#[derive(Clone, Debug)]
enum Attempt {
    /// A valid one by its number, with something broken.
    Broken(usize, Vec<Mutation>),
    /// Anything at all.
    Arbitrary(Plain),
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let broken = (any::<usize>(), prop::collection::vec(mutation(), 0..4))
        .prop_map(|(seed, mutations)| Attempt::Broken(seed, mutations));
    prop_oneof![8 => broken, 1 => junk::request().prop_map(Attempt::Arbitrary)]
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    prop::collection::vec(attempt(), 1..=MOST_REQUESTS)
}

/// Hands a request over and waits, in platform time, for its answer.
fn answer<M: Machine + ?Sized>(
    machine: &mut M,
    now: &mut Micros,
    id: RequestId,
    request: Request,
) -> Response {
    let sent_at = *now;
    let input = Input::Request {
        id,
        sent_at,
        request,
    };
    machine.handle(*now, input);
    for _ in 0..MOST_WAKES {
        let mut found = None;
        while let Some(output) = machine.poll_output() {
            if let Output::Response {
                id: of,
                at,
                response,
            } = output
            {
                assert_eq!(of, id, "an answer to nobody's request");
                assert!(found.is_none(), "two answers to one request");
                assert!(at >= sent_at, "an answer before its request");
                found = Some(response);
            }
        }
        if let Some(response) = found {
            return response;
        }
        let timer = machine
            .poll_timeout()
            .expect("no answer, and nothing to come");
        *now = timer.at.max(*now);
        machine.handle(*now, Input::Wake);
    }
    panic!("no answer after {MOST_WAKES} wakes");
}

/// An answer any HTTP client can read.
fn check(response: &Response, asked: &Plain) {
    let status = response.status().as_u16();
    assert!((200..600).contains(&status), "{status} to {asked:?}");
    let is_json = response
        .headers()
        .get(http::header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    if status == 204 {
        assert!(response.body().is_empty(), "a body of nothing to {asked:?}");
    } else if is_json {
        let read = serde_json::from_slice::<serde::de::IgnoredAny>(response.body());
        let text = String::from_utf8_lossy(response.body());
        assert!(read.is_ok(), "{asked:?}\nwas answered with {text}");
    }
    for (name, value) in response.headers() {
        assert!(
            !value.as_bytes().contains(&b'\n') && !value.as_bytes().contains(&b'\r'),
            "{name} of the answer to {asked:?}"
        );
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "only an answer that takes minutes fails, whatever the machine"
)]
fn put_to(subject: &mut dyn Subject, attempts: Vec<Attempt>) {
    let valid = subject.valid();
    let mut now = Micros::from_secs(3_600);
    for (number, attempt) in (1..).zip(attempts) {
        let plain = match attempt {
            Attempt::Arbitrary(plain) => plain,
            Attempt::Broken(seed, mutations) => {
                let mut plain = valid[seed % valid.len()].clone();
                for mutation in &mutations {
                    mutation.apply(&mut plain);
                }
                plain
            }
        };
        // What cannot be written as HTTP never gets past the server's own parser.
        let Some(request) = subject.signed(&plain, now).into_request() else {
            continue;
        };
        let started = Instant::now();
        let response = subject.answer(&mut now, RequestId(number), request);
        assert!(started.elapsed() < LONGEST, "{plain:?}");
        check(&response, &plain);
        now += GAP;
    }
}

proptest! {
    #![proptest_config(Config { max_shrink_iters: 2_000, ..Config::default() })]

    #[test]
    fn shopify_answers_everything(attempts in attempts()) {
        put_to(&mut seeds::shopify(), attempts);
    }

    #[test]
    fn amazon_answers_everything(attempts in attempts()) {
        put_to(&mut seeds::amazon(), attempts);
    }

    #[test]
    fn tiktok_shop_answers_everything(attempts in attempts()) {
        put_to(&mut seeds::tiktok_shop(), attempts);
    }

    #[test]
    fn a_custom_channel_answers_everything(attempts in attempts()) {
        put_to(&mut seeds::custom(), attempts);
    }

    #[test]
    fn the_warehouse_answers_everything(attempts in attempts()) {
        put_to(&mut seeds::warehouse(), attempts);
    }
}

/// Between requests of the tests below: the access that the emulators were opened with must outlast them all.
const SHORT_GAP: Micros = Micros::from_millis(1);

#[expect(
    clippy::disallowed_methods,
    reason = "only an answer that takes minutes fails, whatever the machine"
)]
fn answers(subject: &mut dyn Subject, now: &mut Micros, plain: &Plain) -> Option<Response> {
    let request = subject.signed(plain, *now).into_request()?;
    let started = Instant::now();
    let response = subject.answer(now, RequestId(now.0), request);
    let start = String::from_utf8_lossy(&plain.body[..plain.body.len().min(200)]);
    assert!(started.elapsed() < LONGEST, "{} {start}", plain.path);
    check(&response, plain);
    let status = response.status().as_u16();
    assert!(status != 500, "500 to {} {start}", plain.path);
    *now += SHORT_GAP;
    Some(response)
}

/// Every value of every valid request, one after the other, becomes what it should not be.
#[test]
fn one_broken_value_is_answered() {
    for (_, mut subject) in seeds::all() {
        let mut now = Micros::from_secs(3_600);
        for plain in subject.valid() {
            for variant in hostile::variants(&plain) {
                answers(&mut *subject, &mut now, &variant);
            }
        }
    }
}

#[test]
fn hostile_bodies_are_answered() {
    let bodies = hostile::bodies();
    for (_, mut subject) in seeds::all() {
        let mut now = Micros::from_secs(3_600);
        let mut asked: Vec<String> = Vec::new();
        for plain in subject.valid() {
            let place = format!(
                "{} {:?}",
                plain.path.split('?').next().unwrap_or(""),
                plain.headers
            );
            // A path that reads no body, and one that has been tried, say nothing new.
            if plain.method == "GET" || asked.contains(&place) {
                continue;
            }
            asked.push(place);
            for body in &bodies {
                let mut plain = plain.clone();
                plain.body.clone_from(body);
                answers(&mut *subject, &mut now, &plain);
            }
        }
    }
}

#[test]
fn hostile_documents_are_answered() {
    let mut shopify = seeds::shopify();
    let graphql = |plain: &Plain| plain.path.ends_with("/graphql.json");
    let mut plain = shopify.valid().into_iter().find(graphql).unwrap();
    let mut now = Micros::from_secs(3_600);
    for document in hostile::documents() {
        plain.body = serde_json::json!({ "query": document })
            .to_string()
            .into_bytes();
        let response = answers(&mut shopify, &mut now, &plain).unwrap();
        assert!(response.body().len() < 32 << 20, "{:.200}", document);
    }
}

/// The seeds are what they are called: each is served, or refused for what it names, and none for its form.
#[test]
fn the_valid_requests_get_past_the_door() {
    for (name, mut subject) in seeds::all() {
        let valid = subject.valid();
        let (mut now, mut served) = (Micros::from_secs(3_600), 0);
        for (number, plain) in (1..).zip(&valid) {
            let request = subject.signed(plain, now).into_request().unwrap();
            let response = subject.answer(&mut now, RequestId(number), request);
            check(&response, plain);
            let status = response.status().as_u16();
            assert!(
                status < 500 && status != 401,
                "{name}: {status} to {plain:?}"
            );
            served += u32::from(status < 300);
            now += GAP;
        }
        for (operation, count) in subject.served() {
            assert!(count > 0, "{name}: {operation} is never asked for");
        }
        let part = f64::from(served) / valid.len() as f64;
        assert!(
            part > 0.3,
            "{name}: only {served} of {} are served",
            valid.len()
        );
    }
}
