//! Looking on: counts so far and the last calls, for programs, for Prometheus, and for a person with a browser.

use std::fmt::Write;
use std::ops::RangeInclusive;

use channel_mocks::core::{Request, Response};
use http::StatusCode;
use http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use serde_json::json;

use super::{Control, Outcome, Refusal, json, respond, text};
use crate::world::records::{REMEMBERED, SystemCounts};

/// Calls that an answer has unless another number is asked for.
const CALLS: usize = 100;
/// How many calls an answer may have.
const CALLS_ALLOWED: RangeInclusive<u64> = 1..=1_000;

const PAGE: &str = include_str!("live.html");
/// What the page may do: run what stands in it, and ask this port.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:";
/// The media type of Prometheus' text format.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is asked for of calls.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    channel: Option<String>,
    since: Option<u64>,
    limit: Option<usize>,
}

fn wanted(query: &str) -> Result<Wanted, Refusal> {
    let mut wanted = Wanted::default();
    let mut named: Vec<&str> = Vec::new();
    for parameter in query.split('&').filter(|it| !it.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let plain = value.replace('+', " ");
        let value = percent_encoding::percent_decode_str(&plain).decode_utf8_lossy();
        let number = |fits: RangeInclusive<u64>| match value.parse() {
            Ok(number) if fits.contains(&number) => Ok(number),
            _ => Err(Refusal::bad(format!(
                "`{name}` is {value:?}; write a whole number from {} to {}",
                fits.start(),
                fits.end()
            ))),
        };
        match name {
            "channel" => wanted.channel = Some(value.to_string()),
            "since" => wanted.since = Some(number(0..=u64::MAX)?),
            "limit" => wanted.limit = Some(number(CALLS_ALLOWED)? as usize),
            _ => {
                return Err(Refusal::bad(format!(
                    "there is no `{name}`; there are: channel, since, limit"
                )));
            }
        }
        if named.contains(&name) {
            return Err(Refusal::bad(format!(
                "`{name}` is there twice; say it once"
            )));
        }
        named.push(name);
    }
    Ok(wanted)
}

impl Control {
    pub(super) fn calls(&self, request: &Request) -> Outcome {
        let session = self.session()?;
        let Wanted {
            channel,
            since,
            limit,
        } = wanted(request.uri().query().unwrap_or_default())?;
        let systems = session.live.systems();
        if let Some(name) = &channel
            && !systems.iter().any(|it| it.channel == *name)
        {
            let known: Vec<&str> = systems.iter().map(|it| it.channel.as_str()).collect();
            return Err(Refusal::bad(format!(
                "there is no channel {name:?}; there are: {}",
                known.join(", ")
            )));
        }
        let recent = session
            .live
            .recent(channel.as_deref(), since, limit.unwrap_or(CALLS));
        json(&json!({
            "at_s": session.clock.now().as_secs_f64(),
            "zero_unix_micros": session.epoch_unix_micros,
            "calls": recent.calls,
            "next": recent.next,
            "forgotten": recent.forgotten,
            "remembered": REMEMBERED,
        }))
    }

    pub(super) fn figures(&self) -> Outcome {
        let session = self.session()?;
        json(&json!({
            "at_s": session.clock.now().as_secs_f64(),
            "zero_unix_micros": session.epoch_unix_micros,
            "speed": session.clock.speed(),
            "channels": session.live.systems(),
            "calls": session.live.calls(),
        }))
    }

    pub(super) fn metrics(&self) -> Outcome {
        let session = self.session()?;
        let mut out = String::new();
        let systems = session.live.systems();
        let shops = &systems[..session.channels.len()];
        let of = |count: fn(&SystemCounts) -> u64, systems: &[SystemCounts]| -> Vec<Sample> {
            let own = systems.iter().map(|it| {
                let labels = vec![("channel", it.channel.clone())];
                (labels, count(it) as f64)
            });
            own.collect()
        };
        let counters: [(&str, &str, Vec<Sample>); 8] = [
            (
                "oversell_orders_total",
                "Orders that the channel accepted.",
                of(|it| it.orders, shops),
            ),
            (
                "oversell_sold_units_total",
                "Units of accepted orders.",
                of(|it| it.units, shops),
            ),
            (
                "oversell_oversold_units_total",
                "Units accepted when none was left for them.",
                of(|it| it.oversold_units, shops),
            ),
            (
                "oversell_refused_units_total",
                "Units that buyers were refused.",
                of(|it| it.refused_units, shops),
            ),
            (
                "oversell_refused_in_stock_units_total",
                "Units refused although there were as many.",
                of(|it| it.refused_in_stock_units, shops),
            ),
            (
                "oversell_throttled_calls_total",
                "Calls that a rate limit refused.",
                of(|it| it.throttled_calls, &systems),
            ),
            (
                "oversell_refused_calls_total",
                "Calls refused for another reason than a rate limit.",
                of(|it| it.refused_calls, &systems),
            ),
            (
                "oversell_calls_total",
                "Calls by operation and HTTP status, 0 without an answer.",
                session
                    .live
                    .calls()
                    .into_iter()
                    .map(|it| {
                        let labels = vec![
                            ("channel", it.channel),
                            ("operation", it.operation),
                            ("status", it.status.to_string()),
                        ];
                        (labels, it.calls as f64)
                    })
                    .collect(),
            ),
        ];
        for (name, help, samples) in counters {
            family(&mut out, name, "counter", help, &samples);
        }
        let gauges = [
            (
                "oversell_platform_time_seconds",
                "Platform time since the first instant served.",
                session.clock.now().as_secs_f64(),
            ),
            (
                "oversell_speed_ratio",
                "Platform seconds in a real second.",
                session.clock.speed(),
            ),
        ];
        for (name, help, value) in gauges {
            family(&mut out, name, "gauge", help, &[(Vec::new(), value)]);
        }
        text(PROMETHEUS, out.into_bytes())
    }
}

/// The page.
pub(super) fn page() -> Response {
    let mut response = respond(
        StatusCode::OK,
        "text/html; charset=utf-8",
        PAGE.as_bytes().to_vec(),
    );
    let policy = HeaderValue::from_static(PAGE_POLICY);
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, policy);
    response
}

/// Labels and a value.
type Sample = (Vec<(&'static str, String)>, f64);

/// A metric with its samples, in Prometheus' text format.
fn family(out: &mut String, name: &str, kind: &str, help: &str, samples: &[Sample]) {
    // Into memory: it cannot fail.
    let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    for (labels, value) in samples {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        let _ = writeln!(out, "{name}{labels} {value}");
    }
}

fn escaped(value: &str) -> String {
    let backslash = value.replace('\\', "\\\\");
    backslash.replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_or_explained() {
        let all = wanted("channel=M%20%26+co&since=7&limit=9").unwrap();
        let channel = Some("M & co".to_string());
        let (since, limit) = (Some(7), Some(9));
        assert_eq!(
            all,
            Wanted {
                channel,
                since,
                limit
            }
        );
        assert_eq!(wanted("").unwrap(), Wanted::default());
        for (query, told) in [
            ("limit=1001", "from 1 to 1000"),
            ("limit=0", "from 1 to 1000"),
            ("limit=", "from 1 to 1000"),
            ("since=-1", "whole number from 0"),
            ("since=3&limit=2&since=3", "`since` is there twice"),
            ("channel=a&channel=b", "`channel` is there twice"),
            ("chanel=x", "there are: channel, since, limit"),
        ] {
            let refusal = wanted(query).unwrap_err();
            assert_eq!(refusal.status, StatusCode::BAD_REQUEST);
            assert!(refusal.message.contains(told), "{}", refusal.message);
        }
    }

    #[test]
    fn labels_are_escaped() {
        let mut out = String::new();
        let sample = (vec![("channel", "a\"b\\c\nd".to_string())], 2.0);
        family(&mut out, "x_total", "counter", "What.", &[sample]);
        assert_eq!(
            out,
            "# HELP x_total What.\n# TYPE x_total counter\nx_total{channel=\"a\\\"b\\\\c\\nd\"} 2\n"
        );
    }
}
