//! Who may sign in where. Every channel is a shop of its own: what tells two shops of a platform apart outside tells two
//! channels of it apart here.

use channel_mocks::{amazon, custom, shopify, tiktok_shop, warehouse};

use super::{SetupError, read_profile};
use crate::engine::config::Platform;
use crate::scenario::Scenario;
use crate::scenario::model::Channel;

/// Who may sign in where. The defaults are those of the emulators, the same in every run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// For the first Shopify channel.
    pub shopify: shopify::Credentials,
    /// For the first Amazon channel.
    pub amazon: amazon::Credentials,
    /// For the first TikTok Shop channel.
    pub tiktok_shop: tiktok_shop::Credentials,
    /// For the first custom channel.
    pub custom: custom::Credentials,
    /// For the merchant's own system.
    pub warehouse: warehouse::Credentials,
    /// Which shop of its platform a channel is, from 0, whose credentials these are.
    pub(super) nth: u32,
}

impl Access {
    /// The credentials of every channel of a scenario, in its order. The first of a platform has these.
    pub fn of_channels(&self, scenario: &Scenario) -> Vec<Access> {
        let mut opened = [0u32; Platform::ALL.len()];
        let places = scenario.channels.iter().map(|it| it.platform as usize);
        places
            .map(|platform| {
                let nth = opened[platform];
                opened[platform] += 1;
                self.of_nth_shop(nth)
            })
            .collect()
    }

    /// The credentials of the n-th shop of each platform, from 0: those of the first with the shop's number, from 2, at
    /// their end. One app of Shopify's and one of TikTok's is installed in every shop. On Amazon every seller has an
    /// application of his own, because destinations of notifications belong to an application.
    fn of_nth_shop(&self, nth: u32) -> Access {
        let mut own = self.clone();
        own.nth = nth;
        if nth == 0 {
            return own;
        }
        let number = nth + 1;
        let append = |texts: &mut [&mut String]| {
            for text in texts {
                text.push_str(&format!("-{number}"));
            }
        };
        let shop = &mut own.shopify;
        shop.shop_domain = numbered_host(&shop.shop_domain, number);
        append(&mut [&mut shop.access_token, &mut shop.authorization_code]);
        let seller = &mut own.amazon;
        seller.seller_id.push_str(&number.to_string());
        append(&mut [
            &mut seller.client_id,
            &mut seller.client_secret,
            &mut seller.refresh_token,
            &mut seller.application_id,
        ]);
        let seller = &mut own.tiktok_shop;
        seller.shop_id = seller.shop_id.wrapping_add(u64::from(nth));
        append(&mut [
            &mut seller.auth_code,
            &mut seller.access_token,
            &mut seller.refresh_token,
            &mut seller.shop_cipher,
        ]);
        let shop = &mut own.custom;
        shop.host = numbered_host(&shop.host, number);
        append(&mut [&mut shop.token, &mut shop.webhook_secret]);
        own
    }

    /// The profile of an Amazon channel whose credentials these are.
    ///
    /// # Errors
    /// When it does not exist or the overrides do not fit it.
    pub fn amazon_profile(&self, channel: &Channel) -> Result<amazon::Profile, SetupError> {
        let mut profile = read_profile(
            &channel.name,
            &channel.profile,
            &channel.overrides,
            amazon::profile::NAMES,
            amazon::profile::text,
        )?;
        set_apart(self.nth, &channel.overrides, &mut profile);
        Ok(profile)
    }
}

/// A host's name with a number at the end of its first label.
fn numbered_host(host: &str, number: u32) -> String {
    match host.split_once('.') {
        Some((label, rest)) => format!("{label}-{number}.{rest}"),
        None => format!("{host}-{number}"),
    }
}

/// Marketplaces of one region, whose API has one address: id, name, country (docs/platforms/amazon.md 2.1). Sellers beyond
/// the first begin with the second.
const MARKETPLACES: [(&str, &str, &str); 4] = [
    ("ATVPDKIKX0DER", "Amazon.com", "US"),
    ("A2EUQ1WTGCTBG2", "Amazon.ca", "CA"),
    ("A1AM78C64UM0Y8", "Amazon.com.mx", "MX"),
    ("A2Q3Y263D00KWC", "Amazon.com.br", "BR"),
];

/// Gives the n-th seller a marketplace and a queue account of his own, where the scenario does not say which.
fn set_apart(nth: u32, overrides: &toml::Table, profile: &mut amazon::Profile) {
    if nth == 0 {
        return;
    }
    if !overrides.contains_key("marketplace") {
        let places = MARKETPLACES.iter();
        let usual = places.clone().position(|it| it.0 == profile.marketplace.id);
        if let Some(usual) = usual {
            let place = (usual + nth as usize) % places.len();
            let (id, name, country) = MARKETPLACES[place];
            profile.marketplace.id = id.to_string();
            profile.marketplace.name = name.to_string();
            profile.marketplace.country = country.to_string();
        }
    }
    let queue = overrides.get("queue").and_then(toml::Value::as_table);
    if queue.is_none_or(|it| !it.contains_key("account"))
        && let Ok(account) = profile.queue.account.parse::<u64>()
    {
        profile.queue.account = format!("{:012}", account + u64::from(nth));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(platforms: &[&str]) -> Scenario {
        let channels: String = (1..)
            .zip(platforms)
            .map(|(n, platform)| {
                let profile = match *platform {
                    "shopify" => "shopify-plus",
                    "amazon" => "amazon-default",
                    _ => "tiktok-default",
                };
                format!(
                    "[[channel]]\nname = \"c{n}\"\nplatform = \"{platform}\"\nprofile = \"{profile}\"\nshare = 0.2\n"
                )
            })
            .collect();
        let text = format!(
            "version = 1\nname = \"several\"\ntitle = \"Several\"\nstart = \"2026-11-27T00:00:00Z\"\n\
             opening = \"1min\"\nduration = \"1h\"\nsettle = \"1h\"\ncatalogue = {{ skus = 2 }}\nstock = {{ units = 5 }}\n{channels}\
             [warehouse]\nprofile = \"warehouse-default\"\n[[warehouse.location]]\ncode = \"main\"\nshare = 1.0\n\
             [[demand.phase]]\nshape = \"constant\"\nlasts = \"1h\"\nrate = \"1/min\"\n"
        );
        Scenario::parse("several.toml", &text).unwrap().scenario
    }

    #[test]
    fn the_first_shop_of_a_platform_keeps_its_credentials_and_no_two_share_what_tells_shops_apart()
    {
        let base = Access::default();
        let mixed = ["shopify", "amazon", "shopify", "tiktok_shop", "amazon"];
        let all = base.of_channels(&scenario(&mixed));
        let numbers: Vec<u32> = all.iter().map(|it| it.nth).collect();
        assert_eq!(numbers, [0, 0, 1, 0, 1]);
        assert_eq!(all[0], base);
        assert_eq!(all[3], base);
        assert_eq!(all[2].shopify.shop_domain, "demo-2.myshopify.com");
        assert_eq!(all[2].shopify.client_secret, base.shopify.client_secret);
        assert_ne!(all[2].shopify.access_token, base.shopify.access_token);
        assert_eq!(all[4].amazon.seller_id, "A1SIMSELLER2");
        assert_ne!(all[4].amazon.refresh_token, base.amazon.refresh_token);
        let third = base.of_nth_shop(2).tiktok_shop;
        assert_eq!(third.app_key, base.tiktok_shop.app_key);
        assert_eq!(third.shop_cipher, "ROW_demoCipher01-3");
        assert_eq!(third.shop_id, base.tiktok_shop.shop_id + 2);
        let third = base.of_nth_shop(2).custom;
        assert_eq!(third.host, "shop-3.custom.example");
        assert_ne!(third.token, base.custom.token);
    }

    #[test]
    fn sellers_have_marketplaces_and_queues_of_their_own_unless_the_scenario_says_so() {
        let profile = || amazon::Profile::named("amazon-default").unwrap();
        let set = |nth, overrides: &str| {
            let mut profile = profile();
            set_apart(nth, &overrides.parse().unwrap(), &mut profile);
            (profile.marketplace.id, profile.queue.account)
        };
        let usual = profile();
        assert_eq!(
            set(0, ""),
            (usual.marketplace.id.clone(), usual.queue.account.clone())
        );
        assert_eq!(set(1, ""), ("A2EUQ1WTGCTBG2".into(), "111122223334".into()));
        let named = "[marketplace]\ncountry = \"US\"\n[queue]\naccount = \"9\"";
        assert_eq!(set(1, named), (usual.marketplace.id, usual.queue.account));
    }
}
