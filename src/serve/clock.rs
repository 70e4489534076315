//! Where engines of the harness read the platforms' clock, which jumps and changes its pace when somebody says so: every
//! port of a system answers `GET /_oversell/clock`, and holds the answer back while there is nothing new to tell.

use std::sync::Arc;
use std::time::Duration;

use channel_mocks::core::{Epoch, Micros, Request, Response};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use serde_json::json;

use crate::realtime::clock::{Calendar, PlatformClock, calendar_unix_micros};

/// The path. No platform has one like it.
pub const PATH: &str = "/_oversell/clock";
/// Longest time that an answer is held back, in real time.
pub const LONGEST_HELD_BACK: Duration = Duration::from_secs(20);

/// How a session's calendar runs now. `epoch_unix_micros` is the Unix time of its zero.
pub fn calendar(clock: &PlatformClock, epoch_unix_micros: i64) -> Calendar {
    let now = i64::try_from(clock.now().0).unwrap_or(i64::MAX);
    Calendar {
        speed: clock.speed(),
        real: calendar_unix_micros(),
        platform: epoch_unix_micros.saturating_add(now),
    }
}

/// Answers `GET /_oversell/clock`, with `?since=VERSION` as soon as the clock's version is another one, or after
/// [`LONGEST_HELD_BACK`].
pub async fn answer(
    request: &Request,
    clock: Arc<PlatformClock>,
    epoch_unix_micros: i64,
) -> Response {
    if request.method() != Method::GET {
        return respond(
            StatusCode::METHOD_NOT_ALLOWED,
            &json!({"error": "the clock is read with GET"}),
        );
    }
    let since = match request.uri().query().map(|it| it.strip_prefix("since=")) {
        None => None,
        Some(Some(version)) if version.parse::<u64>().is_ok() => version.parse().ok(),
        Some(_) => {
            let error = json!({"error": "the query is since=VERSION, or nothing"});
            return respond(StatusCode::BAD_REQUEST, &error);
        }
    };
    if let Some(since) = since {
        let _ = tokio::time::timeout(LONGEST_HELD_BACK, clock.changed_since(since)).await;
    }
    // Read before the line itself: a change between the two is told by the next answer.
    let version = clock.version();
    let calendar = calendar(&clock, epoch_unix_micros);
    let instant = |unix_micros| Epoch { unix_micros }.millis_utc(Micros::ZERO);
    let told = json!({
        "speed": calendar.speed,
        "real": instant(calendar.real),
        "platform": instant(calendar.platform),
        "real_unix_micros": calendar.real,
        "platform_unix_micros": calendar.platform,
        "version": version,
    });
    respond(StatusCode::OK, &told)
}

fn respond(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = Response::new(body.to_string().into_bytes());
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(clock: &Arc<PlatformClock>, path: &str) -> (StatusCode, serde_json::Value) {
        let request = http::Request::get(path).body(Vec::new()).unwrap();
        let response = answer(&request, clock.clone(), 1_000_000_000).await;
        let body = serde_json::from_slice(response.body()).unwrap();
        (response.status(), body)
    }

    #[tokio::test]
    async fn the_clock_is_told_at_once_and_then_when_it_is_set() {
        let clock = Arc::new(PlatformClock::new(Micros::from_secs(5), 1.0));
        let (_, first) = told(&clock, PATH).await;
        assert_eq!(
            (&first["version"], &first["speed"]),
            (&json!(0), &json!(1.0))
        );
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { told(&clock, "/_oversell/clock?since=0").await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        clock.advance(Micros::from_secs(3_600)).unwrap();
        let (_, then) = waiting.await.unwrap();
        assert_eq!(then["version"], 1);
        let micros = |told: &serde_json::Value| told["platform_unix_micros"].as_i64().unwrap();
        assert!(micros(&then) - micros(&first) >= 3_600_000_000);
        let (status, _) = told(&clock, "/_oversell/clock?from=0").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}
