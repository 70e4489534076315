//! A sales platform as an engine knows it, in one descriptor: nothing else in the engine asks which platform a channel is on.

use serde::{Deserialize, Serialize};

use super::cancellation::GivenUpUnits;
use super::canonical::{ChannelIndex, OrderKey};
use super::config::{Credentials, EngineConfig};
use super::connectors::{Capabilities, Connector, amazon, custom, shopify, tiktok_shop};

/// The platform behind a channel.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Shopify Admin API.
    Shopify,
    /// Amazon Selling Partner API.
    Amazon,
    /// TikTok Shop Partner API.
    TiktokShop,
    /// The generic channel, which stands for any other platform (docs/custom.md).
    Custom,
}

/// What an engine knows of a platform before it has asked it anything. It stands at the head of the platform's connector.
#[derive(Debug)]
pub struct PlatformDescription {
    /// The name in files.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What the merchant gives an engine to sign in with.
    pub credentials: &'static [CredentialKey],
    /// The rate limits that the engine keeps a budget for, by the names it knows them under.
    pub limit_names: &'static [&'static str],
    /// What its API can do.
    pub capabilities: Capabilities,
    /// What becomes of the units of an order that the seller cancels for lack of stock.
    pub given_up_units: GivenUpUnits,
    /// Its public addresses, for whoever signs in with these.
    pub hosts: fn(&Credentials) -> Hosts,
    /// All names under which it is served, a star for any shop's: what who stands in for it needs a certificate for.
    pub served_names: &'static [&'static str],
    /// Makes the connector of a channel.
    pub connector: fn(&EngineConfig, ChannelIndex) -> Box<dyn Connector>,
    /// Appends an order's native id.
    pub write_order_id: fn(&mut Vec<u8>, OrderKey),
    /// Reads an order's native id.
    pub read_order_id: fn(&str) -> Option<OrderKey>,
}

/// The names of the machines under which a platform is served, as its documentation has them; spoken to over HTTPS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// Of its API.
    pub api: String,
    /// Where tokens are had.
    pub token: String,
    /// Of the queue that its notifications lie in; `None` where it has none.
    pub queue: Option<String>,
    /// Where merchants consent to an application, if not at its API.
    pub consent: Option<String>,
}

/// One of the texts that a merchant gives an engine to sign in with.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct CredentialKey {
    /// Its name, in files and in everything that is printed.
    pub name: &'static str,
    /// What it is when it is left out; most must be given.
    pub default: Option<&'static str>,
    /// Whether it says whose shop it is, rather than who the app is.
    pub names_account: bool,
}

impl CredentialKey {
    /// One that must be given.
    pub const fn required(name: &'static str) -> CredentialKey {
        CredentialKey {
            name,
            default: None,
            names_account: false,
        }
    }

    /// One that must be given and says whose shop it is.
    pub const fn account(name: &'static str) -> CredentialKey {
        CredentialKey {
            names_account: true,
            ..CredentialKey::required(name)
        }
    }
}

impl Platform {
    /// All of them.
    pub const ALL: [Platform; 4] = [
        Platform::Shopify,
        Platform::Amazon,
        Platform::TiktokShop,
        Platform::Custom,
    ];

    /// What an engine knows of it.
    pub const fn describe(self) -> &'static PlatformDescription {
        match self {
            Platform::Shopify => &shopify::DESCRIPTION,
            Platform::Amazon => &amazon::DESCRIPTION,
            Platform::TiktokShop => &tiktok_shop::DESCRIPTION,
            Platform::Custom => &custom::DESCRIPTION,
        }
    }

    /// The name in files.
    pub const fn name(self) -> &'static str {
        self.describe().name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a merchant's account is decides where a platform is spoken to (docs/platforms/amazon.md 2.1).
    #[test]
    fn hosts_follow_the_account() {
        let hosts = |platform: Platform, key: &'static str, text: &str| {
            let credentials =
                Credentials::new(platform, |it| (it == key).then(|| text.to_string()));
            (platform.describe().hosts)(&credentials)
        };
        let shop = hosts(Platform::Shopify, "shop", "pens.myshopify.com");
        assert_eq!(
            (shop.api.as_str(), shop.queue),
            ("pens.myshopify.com", None)
        );
        assert_eq!(shop.api, shop.token);
        for (marketplace, api, queue) in [
            (
                "A2EUQ1WTGCTBG2",
                "sellingpartnerapi-na.amazon.com",
                "sqs.us-east-1.amazonaws.com",
            ),
            (
                "A1PA6795UKMFR9",
                "sellingpartnerapi-eu.amazon.com",
                "sqs.eu-west-1.amazonaws.com",
            ),
            (
                "A1VC38T7YXB528",
                "sellingpartnerapi-fe.amazon.com",
                "sqs.us-west-2.amazonaws.com",
            ),
        ] {
            let found = hosts(Platform::Amazon, "marketplace_id", marketplace);
            assert_eq!(
                (found.api.as_str(), found.queue.as_deref()),
                (api, Some(queue))
            );
            assert_eq!(found.token, "api.amazon.com");
        }
        let tiktok = hosts(Platform::TiktokShop, "app_key", "any");
        assert_eq!(tiktok.api, "open-api.tiktokglobalshop.com");
        assert_eq!(tiktok.token, "auth.tiktok-shops.com");
        // Whoever stands in for a platform can do so under each of them.
        let regions = ["A2EUQ1WTGCTBG2", "A1PA6795UKMFR9", "A1VC38T7YXB528"];
        let amazon = regions.map(|it| hosts(Platform::Amazon, "marketplace_id", it));
        let all = amazon.map(|it| (Platform::Amazon, it));
        for (platform, hosts) in all.into_iter().chain([(Platform::TiktokShop, tiktok)]) {
            let served = platform.describe().served_names;
            for name in [
                Some(hosts.api),
                Some(hosts.token),
                hosts.queue,
                hosts.consent,
            ] {
                assert!(name.is_none_or(|it| served.contains(&it.as_str())));
            }
        }
    }

    /// Files know a platform by one name.
    #[test]
    fn names_are_those_of_files() {
        for platform in Platform::ALL {
            let text = serde_json::to_string(&platform).unwrap();
            assert_eq!(text, format!("\"{}\"", platform.name()));
        }
    }
}
