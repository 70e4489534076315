//! What a program with the platforms' hosts built in needs to come in by the front door: lines for a hosts file, or for an
//! environment.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};

use super::connection::Urls;
use crate::engine::config::Platform;
use crate::serve::front::hosts::{WAREHOUSE, each_once, own_names};
use crate::serve::session::{ChannelTerms, ServePlan};

/// One more address for engines of runs in real time, at which host names tell the systems apart.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct FrontPlan {
    /// Its port; the system chooses when it is 0.
    pub port: u16,
    /// Whether TLS is spoken there.
    pub tls: bool,
}

/// The door as clients write it down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontDoor {
    /// The address to connect to, with the scheme that is spoken there.
    pub url: String,
    /// The address as a proxy.
    pub proxy: String,
    /// The machine's address alone, for a hosts file.
    ip: String,
    /// Names of every channel's own API, tokens and queue, in the scenario's order; the first is that of its API.
    pub channels: Vec<Vec<String>>,
}

impl FrontDoor {
    /// The door at an address, for channels with these terms.
    pub fn new(
        address: SocketAddr,
        plan: &ServePlan,
        terms: &[(String, ChannelTerms)],
        tls: bool,
    ) -> FrontDoor {
        let scheme = if tls { "https" } else { "http" };
        // Where everything listens, programs of this machine reach it at its own address.
        let ip = match address.ip().is_unspecified() {
            true => [127, 0, 0, 1].into(),
            false => address.ip(),
        };
        let address = SocketAddr::new(ip, address.port());
        let channels = plan.scenario.channels.iter().zip(terms);
        FrontDoor {
            url: format!("{scheme}://{address}"),
            proxy: format!("http://{address}"),
            ip: ip.to_string(),
            channels: channels
                .map(|(channel, (_, terms))| own_names(channel.platform, &terms.credentials))
                .collect(),
        }
    }

    /// All names that are served, each once.
    pub fn hosts(&self) -> Vec<&str> {
        let names = self.channels.iter().flatten().map(String::as_str);
        each_once(names.chain([WAREHOUSE]))
    }

    /// As a member of the one line of JSON.
    pub fn described(&self) -> Value {
        json!({"url": self.url, "proxy": self.proxy, "hosts": self.hosts()})
    }

    /// Variables that lead a program through the proxy and let it trust the authority.
    fn environment(&self, authority: Option<&Path>) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for (name, value) in [
            ("HTTPS_PROXY", self.proxy.as_str()),
            ("HTTP_PROXY", self.proxy.as_str()),
            ("NO_PROXY", "localhost,127.0.0.1"),
        ] {
            all.push((name.to_string(), value.to_string()));
            // Some programs know the one spelling, some the other.
            all.push((name.to_ascii_lowercase(), value.to_string()));
        }
        all.push(("NODE_USE_ENV_PROXY".to_string(), "1".to_string()));
        all.extend(trust(authority));
        all
    }

    /// The lines to paste, for people.
    pub fn lines(&self, authority: Option<&Path>) -> String {
        let mut text = String::from(
            "in the environment of a program that has the platforms' hosts built in:\n",
        );
        for (name, value) in self.environment(authority) {
            // One spelling is enough to read.
            if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
                text.push_str(&format!("  {name}={value}\n"));
            }
        }
        if authority.is_none() {
            text.push_str("  (http only: add --tls for https)\n");
        }
        text.push_str(
            "or, without a proxy, in its hosts file, with port 443 led to the front door:\n",
        );
        for host in self.hosts() {
            text.push_str(&format!("  {} {host}\n", self.ip));
        }
        text
    }
}

/// Variables that let a program trust the authority.
fn trust(authority: Option<&Path>) -> Vec<(String, String)> {
    let path = authority.map(|path| path.display().to_string());
    let names = [
        "NODE_EXTRA_CA_CERTS",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "CURL_CA_BUNDLE",
        "AWS_CA_BUNDLE",
    ];
    let named = names
        .into_iter()
        .filter_map(|name| Some((name.to_string(), path.clone()?)));
    named.collect()
}

/// The names that programs know a platform's credentials by, with the member of the connection document that has them.
fn variables(platform: Platform) -> &'static [(&'static str, &'static str)] {
    match platform {
        Platform::Shopify => &[
            ("SHOPIFY_SHOP", "shop"),
            ("SHOPIFY_SHOP_DOMAIN", "shop"),
            ("SHOPIFY_STORE_DOMAIN", "shop"),
            ("SHOPIFY_ACCESS_TOKEN", "access_token"),
            ("SHOPIFY_ADMIN_ACCESS_TOKEN", "access_token"),
            ("SHOPIFY_API_KEY", "api_key"),
            ("SHOPIFY_CLIENT_ID", "api_key"),
            ("SHOPIFY_API_SECRET", "api_secret"),
            ("SHOPIFY_API_SECRET_KEY", "api_secret"),
            ("SHOPIFY_CLIENT_SECRET", "api_secret"),
            ("SHOPIFY_URL", "url"),
        ],
        Platform::Amazon => &[
            ("SP_API_APPLICATION_ID", "application_id"),
            ("LWA_APP_ID", "lwa_client_id"),
            ("LWA_CLIENT_ID", "lwa_client_id"),
            ("SELLING_PARTNER_APP_CLIENT_ID", "lwa_client_id"),
            ("LWA_CLIENT_SECRET", "lwa_client_secret"),
            ("SELLING_PARTNER_APP_CLIENT_SECRET", "lwa_client_secret"),
            ("SP_API_REFRESH_TOKEN", "refresh_token"),
            ("LWA_REFRESH_TOKEN", "refresh_token"),
            ("SP_API_SELLER_ID", "seller_id"),
            ("SP_API_MARKETPLACE_ID", "marketplace_id"),
            ("AMAZON_URL", "url"),
            ("AMAZON_SQS_URL", "sqs_url"),
        ],
        Platform::TiktokShop => &[
            ("TIKTOK_APP_KEY", "app_key"),
            ("TIKTOK_SHOP_APP_KEY", "app_key"),
            ("TIKTOK_APP_SECRET", "app_secret"),
            ("TIKTOK_SHOP_APP_SECRET", "app_secret"),
            ("TIKTOK_ACCESS_TOKEN", "access_token"),
            ("TIKTOK_SHOP_ACCESS_TOKEN", "access_token"),
            ("TIKTOK_REFRESH_TOKEN", "refresh_token"),
            ("TIKTOK_SHOP_REFRESH_TOKEN", "refresh_token"),
            ("TIKTOK_SHOP_CIPHER", "shop_cipher"),
            ("TIKTOK_SHOP_ID", "shop_id"),
            ("TIKTOK_SHOP_URL", "url"),
        ],
        Platform::Custom => &[
            ("CUSTOM_HOST", "host"),
            ("CUSTOM_TOKEN", "token"),
            ("CUSTOM_WEBHOOK_SECRET", "webhook_secret"),
            ("CUSTOM_URL", "url"),
        ],
    }
}

/// The environment of a program that works against what is served. The first channel of a platform has the usual names, the
/// n-th the same with `_n`. `described` is the connection document.
pub fn environment(
    urls: &Urls,
    described: &Value,
    front: Option<&FrontDoor>,
    authority: Option<&Path>,
) -> Vec<(String, String)> {
    let mut all = match front {
        Some(front) => front.environment(authority),
        None => trust(authority),
    };
    let mut set = |name: String, value: &str| all.push((name, value.to_string()));
    let none = Vec::new();
    let channels = described["channels"].as_array().unwrap_or(&none);
    let mut seen = [0usize; Platform::ALL.len()];
    for ((_, platform, _), channel) in urls.channels.iter().zip(channels) {
        let number = &mut seen[*platform as usize];
        *number += 1;
        let ending = match *number {
            1 => String::new(),
            number => format!("_{number}"),
        };
        for (name, member) in variables(*platform) {
            if let Some(value) = channel[*member].as_str() {
                set(format!("{name}{ending}"), value);
            }
        }
        if *platform == Platform::Amazon {
            // The queue takes any credentials; by its key two sellers behind one host are told apart.
            let seller = channel["seller_id"].as_str().unwrap_or_default();
            set(
                format!("AWS_ACCESS_KEY_ID{ending}"),
                &format!("AKIA{seller}"),
            );
            set(format!("AWS_SECRET_ACCESS_KEY{ending}"), "oversell");
        }
    }
    set("WAREHOUSE_URL".to_string(), &urls.warehouse);
    if let Some(token) = described["warehouse"]["token"].as_str() {
        set("WAREHOUSE_TOKEN".to_string(), token);
    }
    if let Some(control) = &urls.control {
        set("OVERSELL_CONTROL_URL".to_string(), control);
    }
    set("OVERSELL_CLOCK_URL".to_string(), &urls.clock);
    all
}

/// An environment in the form of a `.env` file, which a shell reads alike.
pub fn environment_file(environment: &[(String, String)]) -> String {
    let line = |(name, value): &(String, String)| {
        // Whoever writes a quote into a secret must not get a file that says something else.
        format!("{name}='{}'\n", value.replace('\'', "'\\''"))
    };
    environment.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::super::connection::credentials;
    use super::*;
    use crate::scenario::Scenario;
    use crate::stage::opening::Access;

    /// A variable whose member the document lacks would be left out without a word.
    #[test]
    fn every_variable_of_a_channel_has_its_value_in_the_document() {
        let mut scenario = Scenario::load("storefronts").unwrap().scenario;
        let mut own = scenario.channels[0].clone();
        own.platform = Platform::Custom;
        scenario.channels.push(own);
        let all = Access::default().of_channels(&scenario);
        let mut platforms = Vec::new();
        for (channel, own) in scenario.channels.iter().zip(&all) {
            let known = credentials(channel.platform, own, channel);
            for (name, member) in variables(channel.platform) {
                let is_address = ["url", "sqs_url"].contains(member);
                let value = known.get(*member).and_then(Value::as_str).unwrap_or("");
                assert!(is_address || !value.is_empty(), "{name} from {member}");
            }
            platforms.push(channel.platform);
        }
        assert!(Platform::ALL.iter().all(|it| platforms.contains(it)));
    }
}
