//! A channel whose tokens are refused for a while is blind: it is asked again with growing waits, others go on selling, and
//! everything catches up after.

use std::cell::Cell;
use std::rc::Rc;

use channel_mocks::core::Micros;
use http::HeaderValue;
use oversell::engine::config::Strategy;
use oversell::engine::{self, ChannelIndex, Engine, Input, Output, Target};
use oversell::measure::Verdict;
use oversell::sim::Setup;

use crate::common::{parsed, play_with};

/// The calendar's instants are counted from the end of an opening of so long.
const OPENING: Micros = Micros::from_secs(30 * 60);

/// Twenty units; thirty more come in while the first channel is blind, of which its share reaches it afterwards.
const SCENARIO: &str = r#"
extends = "last-unit"
name = "revoked"
title = "Tokens that are refused"
description = "The web shop refuses every token for forty minutes."
duration = "4h"

[stock]
units = 20

[[happening]]
kind = "receive"
at = "30min"
sku = 1
location = "main"
units = 30

[[happening]]
kind = "checkout"
at = "20min"
channel = "tiktok"
sku = 1
units = 2

[[happening]]
kind = "checkout"
at = "3h"
channel = "web"
sku = 1
units = 20
"#;

/// An engine of which the first channel's tokens are spoilt on their way for a while.
struct Revoked {
    engine: Box<dyn Engine>,
    now: Micros,
    sign_ins: Rc<Cell<u32>>,
    refused: Rc<Cell<u32>>,
}

impl Engine for Revoked {
    fn handle(&mut self, now: Micros, input: Input) {
        self.now = now;
        self.engine.handle(now, input);
    }

    fn poll_output(&mut self) -> Option<Output> {
        let mut output = self.engine.poll_output()?;
        let since_opening = self.now.since(OPENING);
        let is_revoked = self.now > OPENING
            && (Micros::from_secs(180)..Micros::from_secs(2_580)).contains(&since_opening);
        if let Output::Call {
            target: Target::Channel(ChannelIndex(0)),
            request,
            ..
        } = &mut output
            && is_revoked
        {
            if request.uri().path().ends_with("/access_token") {
                self.sign_ins.set(self.sign_ins.get() + 1);
            } else if let Some(token) = request.headers_mut().get_mut("x-shopify-access-token") {
                *token = HeaderValue::from_static("revoked");
                self.refused.set(self.refused.get() + 1);
            }
        }
        Some(output)
    }

    fn poll_timeout(&self) -> Option<Micros> {
        self.engine.poll_timeout()
    }
}

#[test]
fn a_channel_that_refuses_every_token_is_asked_ever_less_often_and_catches_up() {
    let scenario = parsed(SCENARIO);
    for seed in 1..=4 {
        let (sign_ins, refused) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let run = play_with(
            &Setup::new(&scenario, seed, Strategy::Escrow),
            |config| {
                Box::new(Revoked {
                    engine: engine::build(config),
                    now: Micros::ZERO,
                    sign_ins: Rc::clone(&sign_ins),
                    refused: Rc::clone(&refused),
                })
            },
            |_, _| {},
        );
        let what = format!(
            "seed {seed}: {} calls refused, {} sign-ins",
            refused.get(),
            sign_ins.get()
        );
        assert!(refused.get() >= 3, "{what}");
        assert!((3..=12).contains(&sign_ins.get()), "{what}");
        assert_eq!(run.total().accepted_units, 22, "{what}");
        for promise in ["no_oversell", "every_order_ingested", "converged"] {
            assert_ne!(
                run.verdict(promise).0,
                Verdict::Violated,
                "{what}: {promise}"
            );
        }
    }
}
