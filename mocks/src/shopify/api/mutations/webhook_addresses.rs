//! Addresses that webhook subscriptions may have (docs/platforms/shopify.md 5.4): HTTPS, EventBridge and Pub/Sub.
//!
//! Two checks look at every address one after the other and each has its say: one of addresses in general, by which all
//! but HTTPS is a protocol that is not supported or no address at all, unless it is a well-formed address of one of the
//! two brokers; and one of the broker that the address seems to be for.

use crate::shopify::api::errors::UserError;
use crate::shopify::model::subscriptions::APP_ID;

/// The field that every address error names, whichever argument was used.
pub(super) const ADDRESS: [&str; 2] = ["webhookSubscription", "callbackUrl"];

/// The longest address, in bytes: that there is one is known, its length is assumed.
const BYTES_MAX: usize = 65_535;

/// What an address is for.
enum Broker<'a> {
    /// Pub/Sub, with what is wrong with its project and its topic.
    PubSub(Option<PubSubProblem>),
    /// EventBridge, with the number of the app that the source belongs to.
    EventBridge(Option<&'a str>),
    /// HTTPS, or nothing that is known.
    None,
}

/// What is wrong with an address of Pub/Sub.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum PubSubProblem {
    /// It does not name both.
    Parts,
    /// No project has such a name.
    Project,
    /// No topic has such a name.
    Topic,
}

/// Finds the project and the topic in `pubsub://project:topic`, by the names that Google allows: a project begins with
/// a letter and has at least 6 characters (a domain and a colon may stand before it), a topic begins with a letter and
/// has 3 to 255.
pub(crate) fn project_and_topic(uri: &str) -> Option<(&str, &str)> {
    pub_sub(uri).ok()
}

fn pub_sub(uri: &str) -> Result<(&str, &str), PubSubProblem> {
    let parts = uri.strip_prefix("pubsub://");
    let parts = parts.and_then(|parts| parts.rsplit_once(':'));
    let parts = parts.filter(|(project, topic)| !project.is_empty() && !topic.is_empty());
    let (project, topic) = parts.ok_or(PubSubProblem::Parts)?;
    let is_project = project.starts_with(|first: char| first.is_ascii_alphabetic())
        && project
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte));
    let is_topic = (3..=255).contains(&topic.len())
        && topic.starts_with(|first: char| first.is_ascii_alphabetic())
        && topic
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~+%".contains(&byte));
    match (is_project, is_topic) {
        (true, true) => Ok((project, topic)),
        (false, _) => Err(PubSubProblem::Project),
        (true, false) => Err(PubSubProblem::Topic),
    }
}

/// Finds the app's number in the name of a partner's event source:
/// `arn:aws:events:<region>::event-source/aws.partner/shopify.com/<app>/<source>`, as Shopify's pages of EventBridge
/// have it.
fn app_of_source(arn: &str) -> Option<&str> {
    let (region, source) = arn.strip_prefix("arn:aws:events:")?.split_once("::")?;
    let (app, name) = source
        .strip_prefix("event-source/aws.partner/shopify.com")?
        .trim_start_matches(".test")
        .strip_prefix('/')?
        .split_once('/')?;
    let is_app = !app.is_empty() && app.bytes().all(|byte| byte.is_ascii_digit());
    (!region.is_empty() && is_app && !name.is_empty()).then_some(app)
}

fn broker(uri: &str) -> Broker<'_> {
    if uri.starts_with("pubsub:") {
        Broker::PubSub(pub_sub(uri).err())
    } else if uri.starts_with("arn:") {
        Broker::EventBridge(app_of_source(uri))
    } else {
        Broker::None
    }
}

/// Checks an address; the errors are the platform's own.
pub(super) fn check(uri: &str, allow_http: bool) -> Vec<UserError> {
    let error = |message: String| UserError::plain(ADDRESS, message);
    if uri.trim().is_empty() {
        return vec![error("Address can't be blank".into())];
    }
    if uri.len() > BYTES_MAX {
        return vec![error("Address is too long".into())];
    }
    let own = APP_ID.to_string();
    match broker(uri) {
        Broker::PubSub(None) => Vec::new(),
        Broker::PubSub(Some(PubSubProblem::Project)) => vec![
            error("Address is invalid".into()),
            error("Address is not a valid GCP project id.".into()),
        ],
        Broker::PubSub(Some(PubSubProblem::Topic)) => vec![
            error("Address is invalid".into()),
            error("Address is not a valid GCP topic id.".into()),
        ],
        Broker::PubSub(Some(PubSubProblem::Parts)) => vec![
            error(in_general(uri, allow_http).unwrap_or_else(|| "Address is invalid".into())),
            error("Address is not a valid GCP pub/sub format. Format should be pubsub://project:topic".into()),
        ],
        Broker::EventBridge(Some(app)) if app == own => Vec::new(),
        Broker::EventBridge(Some(app)) => vec![
            error("Address is invalid".into()),
            error(format!("Address is an AWS ARN and includes api_client_id '{app}' instead of '{own}'")),
        ],
        Broker::EventBridge(None) => vec![
            error("Address is invalid".into()),
            error("Address is not a valid AWS ARN".into()),
        ],
        Broker::None => in_general(uri, allow_http).map(error).into_iter().collect(),
    }
}

/// What is wrong with an address as one of HTTPS.
fn in_general(uri: &str, allow_http: bool) -> Option<String> {
    let parts = uri.split_once("://");
    let Some((scheme, rest)) = parts.filter(|(scheme, _)| is_scheme(scheme)) else {
        return Some("Address is invalid".into());
    };
    // Schemes are the same whatever their capitals.
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "https" && !(scheme == "http" && allow_http) {
        return Some(format!("Address protocol {scheme}:// is not supported"));
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name,
        _ => host,
    };
    if is_of_shopify(host) || (is_internal(host) && !allow_http) {
        return Some("Address cannot be a Shopify or an internal domain".into());
    }
    (host.is_empty() || uri.parse::<http::Uri>().is_err()).then(|| "Address is invalid".into())
}

/// Whether a text can be the scheme of an address at all (RFC 3986).
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Whether a host is the platform's own.
fn is_of_shopify(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    ["myshopify.com", "shopify.com"].iter().any(|own| {
        let sub = host.strip_suffix(own);
        sub.is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
    })
}

/// Whether a host cannot be reached from the platform: this machine, or an address of a private network.
fn is_internal(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(ip)) => {
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
        }
        Ok(std::net::IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Err(_) => {
            let host = host.to_ascii_lowercase();
            host == "localhost"
                || [".localhost", ".local", ".internal"]
                    .iter()
                    .any(|end| host.ends_with(end))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(uri: &str) -> Vec<String> {
        let errors = check(uri, false).into_iter();
        errors.map(|error| error.message.into_owned()).collect()
    }

    #[test]
    fn only_https_and_well_formed_brokers_are_addresses() {
        for good in [
            "https://hooks.shop.example/orders?from=oversell",
            "https://hooks.shop.example:8443/",
            "HTTPS://hooks.shop.example/orders",
            "pubsub://stock-sync-prod:orders_created",
            "pubsub://shop.example:stock-sync:orders",
            "arn:aws:events:eu-west-1::event-source/aws.partner/shopify.com/580111/stock",
        ] {
            assert!(told(good).is_empty(), "{good}: {:?}", told(good));
        }
        for (bad, messages) in [
            ("  ", &["Address can't be blank"][..]),
            ("hooks.shop.example", &["Address is invalid"]),
            ("https:///orders", &["Address is invalid"]),
            (" https://hooks.shop.example", &["Address is invalid"]),
            (
                "FTP://hooks.shop.example",
                &["Address protocol ftp:// is not supported"],
            ),
            (
                "kafka://broker-7:9092/stock",
                &["Address protocol kafka:// is not supported"],
            ),
            (
                "http://hooks.shop.example",
                &["Address protocol http:// is not supported"],
            ),
            (
                "https://Stock.MyShopify.com/hook",
                &["Address cannot be a Shopify or an internal domain"],
            ),
            (
                "https://10.4.0.9:8080/hook",
                &["Address cannot be a Shopify or an internal domain"],
            ),
            (
                "pubsub://:orders",
                &[
                    "Address protocol pubsub:// is not supported",
                    "Address is not a valid GCP pub/sub format. Format should be pubsub://project:topic",
                ],
            ),
            (
                "pubsub://-stock:orders",
                &[
                    "Address is invalid",
                    "Address is not a valid GCP project id.",
                ],
            ),
            (
                "pubsub://stock-sync-prod:7",
                &["Address is invalid", "Address is not a valid GCP topic id."],
            ),
            (
                "arn:aws:sqs:eu-west-1:111122223333:stock",
                &["Address is invalid", "Address is not a valid AWS ARN"],
            ),
            (
                "arn:aws:events:eu-west-1::event-source/aws.partner/shopify.com/7/stock",
                &[
                    "Address is invalid",
                    "Address is an AWS ARN and includes api_client_id '7' instead of '580111'",
                ],
            ),
        ] {
            assert_eq!(told(bad), messages, "{bad}");
        }
    }
}
