//! A sales channel that is signed in to: an emulator with the profile that has no limits and no delays, and the engine's
//! own connector that writes its requests and reads its answers.

use channel_mocks::core::{
    Basket, BasketLine, CheckoutOutcome, DeliveryOutcome, Epoch, Input, ListingIndex, ListingSeed,
    LocationSeed, Micros, Output, Request, RequestId, Response, Seed, Shop, Storefront, profile,
};
use channel_mocks::{amazon, custom, shopify, tiktok_shop};
use oversell::engine::config::{
    ChannelConfig, Credentials, EngineConfig, Platform, PlatformBounds, Strategy,
};
use oversell::engine::connectors::{Connector, Event, Operation, connector};
use oversell::engine::{self, ChannelIndex};

/// Listings of every shop.
pub const LISTINGS: u32 = 500;
/// Units that every listing opens with: never sold out.
const UNITS: i64 = 1_000_000_000;
/// Orders after which a bench opens a new shop, so that memory stays flat.
pub const ORDERS_OF_A_SHOP: u64 = 50_000;
/// 2026-11-27T00:00:00Z
const EPOCH_UNIX_SECONDS: i64 = 1_795_737_600;
const CHANNEL: ChannelIndex = ChannelIndex(0);

pub fn epoch() -> Epoch {
    Epoch::from_unix_secs(EPOCH_UNIX_SECONDS)
}

pub fn sku(listing: u32) -> String {
    format!("SKU-{listing:05}")
}

/// What the engine knows of a merchant with one channel.
pub fn config(platform: Platform, credentials: Credentials, token: String) -> EngineConfig {
    EngineConfig {
        seed: 1,
        epoch_unix_micros: epoch().unix_micros,
        skus: (0..LISTINGS).map(sku).collect(),
        channels: vec![ChannelConfig {
            name: "bench".to_string(),
            platform,
            credentials,
            callback_url: "https://engine.invalid/webhooks/bench".to_string(),
            demand_share: 1.0,
            was_selling: false,
            poll_orders_every: engine::Micros::from_secs(60),
            bounds: PlatformBounds {
                order_visibility_lag: engine::Micros::ZERO,
                write_lifetime: engine::Micros::ZERO,
                request_lifetime: engine::Micros::ZERO,
                restocks_on_cancel: true,
            },
            known_limits: Default::default(),
            opens_at: engine::Micros::ZERO,
            closes_at: engine::Micros::MAX,
            assortment: None,
        }],
        warehouse_token: token,
        strategy: Strategy::Mirror,
        settings: Default::default(),
        history: None,
    }
}

fn shop() -> Shop {
    let listing = |n| ListingSeed {
        sku: sku(n),
        title: format!("Product {n}"),
        price_cents: 1_999,
    };
    Shop {
        name: "bench".to_string(),
        seed: Seed(1),
        epoch: epoch(),
        currency: "USD".to_string(),
        listings: (0..LISTINGS).map(listing).collect(),
        locations: vec![LocationSeed {
            code: "main".to_string(),
            country: "US".to_string(),
        }],
    }
}

/// Reads a profile of the emulators as it stands in its file.
pub fn read_profile<P: serde::de::DeserializeOwned>(text: Option<&str>) -> P {
    profile::read(text.expect("a profile"), &toml::Table::new()).expect("a profile that reads")
}

/// What an engine is given to sign in with, from the emulator's own.
fn credentials<const N: usize>(platform: Platform, texts: [(&str, &String); N]) -> Credentials {
    Credentials::new(platform, |wanted| {
        let found = texts.iter().find(|(key, _)| *key == wanted);
        found.map(|(_, text)| (*text).clone())
    })
}

fn open(platform: Platform) -> (Box<dyn Storefront>, Credentials) {
    match platform {
        Platform::Shopify => {
            let own = shopify::Credentials::default();
            let given = credentials(
                platform,
                [
                    ("shop", &own.shop_domain),
                    ("api_key", &own.client_id),
                    ("api_secret", &own.client_secret),
                ],
            );
            let profile = read_profile(shopify::text("shopify-ideal"));
            (Box::new(shopify::Shopify::new(shop(), profile, own)), given)
        }
        Platform::Amazon => {
            let own = amazon::Credentials::default();
            let profile: amazon::Profile = read_profile(amazon::profile::text("amazon-ideal"));
            let given = credentials(
                platform,
                [
                    ("lwa_client_id", &own.client_id),
                    ("lwa_client_secret", &own.client_secret),
                    ("refresh_token", &own.refresh_token),
                    ("seller_id", &own.seller_id),
                    ("marketplace_id", &profile.marketplace.id),
                    ("aws_account_id", &profile.queue.account),
                ],
            );
            (Box::new(amazon::Amazon::new(shop(), profile, own)), given)
        }
        Platform::TiktokShop => {
            let own = tiktok_shop::Credentials::default();
            let given = credentials(
                platform,
                [
                    ("app_key", &own.app_key),
                    ("app_secret", &own.app_secret),
                    ("refresh_token", &own.refresh_token),
                    ("shop_cipher", &own.shop_cipher),
                ],
            );
            let profile = read_profile(tiktok_shop::profile::text("tiktok-ideal"));
            let shop = tiktok_shop::TiktokShop::new(shop(), profile, own);
            (Box::new(shop), given)
        }
        Platform::Custom => {
            let own = custom::Credentials::default();
            let given = credentials(
                platform,
                [
                    ("host", &own.host),
                    ("token", &own.token),
                    ("webhook_secret", &own.webhook_secret),
                ],
            );
            let profile = read_profile(custom::profile::text("custom-ideal"));
            (Box::new(custom::Custom::new(shop(), profile, own)), given)
        }
    }
}

/// An emulator and the connector that speaks to it.
pub struct Channel {
    shop: Box<dyn Storefront>,
    connector: Box<dyn Connector>,
    now: Micros,
    requests: u64,
    /// Checkouts so far.
    pub orders: u64,
    /// Webhooks sent so far.
    pub webhooks: u64,
}

impl Channel {
    /// Opens a shop and takes the engine's own way to sign in: token, set-up steps, catalogue.
    pub fn open(platform: Platform) -> Channel {
        let (shop, credentials) = open(platform);
        let config = config(platform, credentials, String::new());
        let mut channel = Channel {
            shop,
            connector: connector(&config, CHANNEL),
            now: Micros::from_secs(1),
            requests: 0,
            orders: 0,
            webhooks: 0,
        };
        for listing in 0..LISTINGS {
            channel.shop.open_with(ListingIndex(listing), UNITS);
        }
        channel.ask(&Operation::Authenticate);
        for step in 0..channel.connector.set_up_steps() {
            channel.ask(&Operation::SetUp { step });
        }
        let mut cursor = None;
        loop {
            let read = channel.ask(&Operation::ReadCatalogue { cursor });
            cursor = read.into_iter().find_map(|event| match event {
                Event::CatalogueRead { next, .. } => next,
                _ => None,
            });
            if cursor.is_none() {
                break;
            }
        }
        for n in 0..LISTINGS {
            assert!(channel.connector.knows(engine::SkuIndex(n)), "listing {n}");
        }
        channel
    }

    /// The request of an operation, at the present time.
    pub fn build(&mut self, operation: &Operation) -> Request {
        self.connector.build(engine::Micros(self.now.0), operation)
    }

    /// What the engine reads out of an answer.
    pub fn read(&mut self, operation: &Operation, response: &Response) -> Vec<Event> {
        let mut events = Vec::new();
        let now = engine::Micros(self.now.0);
        self.connector.parse(now, operation, response, &mut events);
        events
    }

    /// Asks and reads the answer, which must be a good one.
    pub fn ask(&mut self, operation: &Operation) -> Vec<Event> {
        let request = self.build(operation);
        let response = self.serve(request);
        let events = self.read(operation, &response);
        let bad = events.iter().find(|event| {
            matches!(
                event,
                Event::Failed { .. }
                    | Event::Throttled { .. }
                    | Event::Unauthorized
                    | Event::Quarantined { .. }
            )
        });
        assert!(bad.is_none(), "{operation:?}: {bad:?}");
        events
    }

    /// What is measured: the emulator takes a request and answers it. Webhooks that it sets off are sent as well.
    pub fn serve(&mut self, request: Request) -> Response {
        self.requests += 1;
        let id = RequestId(self.requests);
        let input = Input::Request {
            id,
            sent_at: self.now,
            request,
        };
        self.shop.handle(self.now, input);
        self.carry(&mut |_| {}).expect("an answer to the request")
    }

    /// A buyer checks out one unit; everything that the platform does at this moment is done, and its webhooks are
    /// rendered, signed, handed over and answered with 200.
    pub fn checkout(&mut self, seen: &mut dyn FnMut(&Request)) {
        let basket = Basket {
            buyer: self.orders,
            lines: vec![BasketLine {
                listing: ListingIndex((self.orders % u64::from(LISTINGS)) as u32),
                units: 1,
            }],
            country: "US",
            postal_code: 10_001,
        };
        self.orders += 1;
        // A hundredth of a second from order to order, so that the feeds have times to sort by.
        self.now += Micros(10_000);
        let outcome = self.shop.checkout(self.now, &basket);
        assert!(matches!(outcome, CheckoutOutcome::Accepted { .. }));
        self.carry(seen);
    }

    /// Takes all outputs and lets everything happen that is due now.
    fn carry(&mut self, seen: &mut dyn FnMut(&Request)) -> Option<Response> {
        let mut answer = None;
        loop {
            while let Some(output) = self.shop.poll_output() {
                match output {
                    Output::Response { response, .. } => answer = Some(response),
                    Output::Delivery { id, request, .. } => {
                        self.webhooks += 1;
                        seen(&request);
                        let input = Input::Delivered {
                            delivery: id,
                            outcome: DeliveryOutcome::Answered(200),
                        };
                        self.shop.handle(self.now, input);
                    }
                    Output::Fact(_) => {}
                }
            }
            match self.shop.poll_timeout() {
                Some(timer) if timer.at <= self.now => self.shop.handle(self.now, Input::Wake),
                _ => return answer,
            }
        }
    }

    /// Places so many orders, and checks with the connector that every webhook has a good signature.
    pub fn fill(&mut self, orders: u64) {
        let mut webhooks = Vec::new();
        for _ in 0..orders {
            self.checkout(&mut |request| webhooks.push(request.clone()));
        }
        for webhook in &webhooks {
            let mut events = Vec::new();
            let now = engine::Micros(self.now.0);
            let answer = self.connector.receive(now, webhook, &mut events);
            assert_eq!(answer.status(), 200, "{events:?}");
        }
    }
}
