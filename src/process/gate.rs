//! What comes in at the webhooks' port before anything is written down of it: who signed it, and how much of it there may be.

use std::sync::Mutex;
use std::sync::PoisonError;

use tokio::time::Instant;

use super::clock::real_now;
use crate::engine::config::EngineConfig;
use crate::engine::connectors::{Connector, connector};
use crate::engine::{ChannelIndex, Request};

/// Deliveries of a channel a second, in real time, and in a burst. The built-in flash sale at 240 times its pace stays far
/// below.
const PER_SECOND: f64 = 2_000.0;
/// See [`PER_SECOND`].
const BURST: f64 = 10_000.0;
/// Bytes of bodies of a channel a second, in real time, and in a burst.
const BYTES_PER_SECOND: f64 = (16 << 20) as f64;
/// See [`BYTES_PER_SECOND`].
const BYTES_BURST: f64 = (64 << 20) as f64;

/// Why a delivery is not handed to the engine.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// More comes than is taken: the platform sends it again.
    TooMuch,
    /// Its platform has not signed it.
    NotSigned,
}

/// A bucket that fills with time.
#[derive(Debug)]
struct Bucket {
    level: f64,
    burst: f64,
    per_second: f64,
    at: Instant,
}

impl Bucket {
    fn new(per_second: f64, burst: f64, at: Instant) -> Bucket {
        Bucket {
            level: burst,
            burst,
            per_second,
            at,
        }
    }

    fn holds(&mut self, now: Instant, wanted: f64) -> bool {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.level = (self.level + passed * self.per_second).min(self.burst);
        self.at = now;
        self.level >= wanted
    }
}

/// The gate of one channel.
struct ChannelGate {
    connector: Box<dyn Connector>,
    buckets: Mutex<(Bucket, Bucket)>,
}

/// The gates of all channels.
pub struct Gate {
    channels: Vec<ChannelGate>,
}

impl Gate {
    /// Those of an engine's configuration.
    pub fn new(config: &EngineConfig) -> Gate {
        let now = real_now();
        let channels = (0..config.channels.len()).map(|index| ChannelGate {
            connector: connector(
                config,
                ChannelIndex(u16::try_from(index).unwrap_or(u16::MAX)),
            ),
            buckets: Mutex::new((
                Bucket::new(PER_SECOND, BURST, now),
                Bucket::new(BYTES_PER_SECOND, BYTES_BURST, now),
            )),
        });
        Gate {
            channels: channels.collect(),
        }
    }

    /// Number of channels.
    pub fn channels(&self) -> u16 {
        u16::try_from(self.channels.len()).unwrap_or(u16::MAX)
    }

    /// Lets a delivery of a channel of the configuration pass, or says why not. The rate comes first, so that forgeries do
    /// not cost more than their bound either.
    pub fn admit(&self, channel: ChannelIndex, request: &Request) -> Result<(), Refused> {
        self.admit_at(real_now(), channel, request)
    }

    fn admit_at(
        &self,
        now: Instant,
        channel: ChannelIndex,
        request: &Request,
    ) -> Result<(), Refused> {
        let gate = self
            .channels
            .get(usize::from(channel.0))
            .ok_or(Refused::NotSigned)?;
        let length = request.body().len() as f64;
        {
            let mut buckets = gate.buckets.lock().unwrap_or_else(PoisonError::into_inner);
            let (deliveries, bytes) = &mut *buckets;
            let (one_more, fits) = (deliveries.holds(now, 1.0), bytes.holds(now, length));
            if !(one_more && fits) {
                return Err(Refused::TooMuch);
            }
            deliveries.level -= 1.0;
            bytes.level -= length;
        }
        match gate.connector.is_signed(request) {
            true => Ok(()),
            false => Err(Refused::NotSigned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::config::Platform;
    use crate::process::config::EngineFile;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::Sha256;
    use std::time::Duration;

    fn gate() -> Gate {
        let text = r#"
            strategy = "mirror"
            database = "engine.db"
            skus = ["MUG"]
            [warehouse]
            url = "http://127.0.0.1:1"
            token = "t"
            [[channel]]
            name = "web"
            platform = "shopify"
            url = "http://127.0.0.1:2"
            shop = "demo.myshopify.com"
            api_key = "k"
            api_secret = "hush"
        "#;
        let file = EngineFile::parse("engine.toml", text).unwrap();
        let config = file.engine_config(0, "http://127.0.0.1:3", vec!["MUG".to_string()]);
        assert_eq!(config.channels[0].platform, Platform::Shopify);
        Gate::new(&config)
    }

    fn delivery(body: Vec<u8>, secret: &str) -> Request {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(&body);
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        http::Request::post("/0")
            .header("x-shopify-hmac-sha256", signature)
            .body(body)
            .unwrap()
    }

    #[test]
    fn only_what_the_platform_signed_passes() {
        let gate = gate();
        let first = ChannelIndex(0);
        assert_eq!(gate.admit(first, &delivery(b"{}".to_vec(), "hush")), Ok(()));
        let forged = delivery(b"{}".to_vec(), "hash");
        assert_eq!(gate.admit(first, &forged), Err(Refused::NotSigned));
        let signed = delivery(b"{}".to_vec(), "hush");
        assert_eq!(
            gate.admit(ChannelIndex(1), &signed),
            Err(Refused::NotSigned),
            "there is no second channel"
        );
    }

    #[test]
    fn a_flood_is_taken_up_to_its_bounds_and_again_when_time_has_passed() {
        let gate = gate();
        let (now, first) = (real_now(), ChannelIndex(0));
        let large = delivery(vec![b' '; 1 << 20], "hash");
        let taken = (0..600)
            .filter(|_| gate.admit_at(now, first, &large) == Err(Refused::NotSigned))
            .count();
        assert_eq!(taken, 64, "as many megabytes");
        let later = now + Duration::from_secs(1);
        let again = (0..600)
            .filter(|_| gate.admit_at(later, first, &large) == Err(Refused::NotSigned))
            .count();
        assert_eq!(again, 16);
        let small = delivery(b"{}".to_vec(), "hush");
        let much_later = later + Duration::from_secs(60);
        let taken = (0..20_000)
            .filter(|_| gate.admit_at(much_later, first, &small).is_ok())
            .count();
        assert_eq!(taken, 10_000);
    }
}
