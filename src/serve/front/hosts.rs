//! Which systems a host name stands for.

use std::hash::Hash;

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use crate::engine::config::{Credentials, Platform};
use crate::serve::session::Session;
use crate::stage::opening::Access;

/// The name of the merchant's own system behind the front door.
pub const WAREHOUSE: &str = "warehouse.oversell.test";

/// What a host name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// Channels, by their positions; where there are several, what a request brings decides.
    Channels(Vec<usize>),
    /// The merchant's own system.
    Warehouse,
    /// Nothing that is served.
    Nothing,
}

/// What a host stands for in a session. A host that one channel's marketplace is served at is that channel's; any other
/// name of a platform stands for all of its channels, except that each of Shopify's shops, and each custom one, has a name of
/// its own.
pub(super) fn behind(session: &Session, host: &str) -> Behind {
    if host == WAREHOUSE {
        return Behind::Warehouse;
    }
    let channels = || session.channels.iter().enumerate();
    let exactly: Vec<usize> = channels()
        .filter(|(_, it)| {
            let names = own_names(it.platform, &it.terms.credentials);
            names.iter().any(|name| name == host)
        })
        .map(|(index, _)| index)
        .collect();
    if !exactly.is_empty() {
        return Behind::Channels(exactly);
    }
    let of_platform: Vec<usize> = channels()
        .filter(|(_, it)| it.platform.describe().served_names.contains(&host))
        .map(|(index, _)| index)
        .collect();
    match of_platform.is_empty() {
        true => Behind::Nothing,
        false => Behind::Channels(of_platform),
    }
}

/// The names under which a channel's own API, its tokens, its queue and its consents are served.
pub fn own_names(platform: Platform, credentials: &Credentials) -> Vec<String> {
    let hosts = (platform.describe().hosts)(credentials);
    let names = [
        Some(hosts.api),
        Some(hosts.token),
        hosts.queue,
        hosts.consent,
    ];
    let names = names.into_iter().flatten();
    each_once(names.map(|name| name.to_ascii_lowercase()))
}

/// Names without doubles, in the order in which they come first.
pub fn each_once<T: Eq + Hash>(names: impl Iterator<Item = T>) -> Vec<T> {
    let names: IndexSet<T, FxBuildHasher> = names.collect();
    names.into_iter().collect()
}

/// Names that a certificate for these shops must be good for, beside those of the platforms.
pub fn beside_the_platforms(shops: &[Access]) -> Vec<String> {
    let domains = shops
        .iter()
        .flat_map(|it| [&it.shopify.shop_domain, &it.custom.host]);
    let names = domains.cloned().chain([WAREHOUSE.to_string()]);
    names.collect()
}

/// Every name that is served in a session, without doubles, in the order of its channels.
pub(super) fn all(session: &Session) -> Vec<String> {
    let channels = session.channels.iter();
    let names = channels.flat_map(|it| own_names(it.platform, &it.terms.credentials));
    each_once(names.chain([WAREHOUSE.to_string()]))
}
