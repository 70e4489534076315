//! Marketplaces and their regions (docs/platforms/amazon.md 2.1).

use super::reply::{Reply, WRONG_REGION};
use crate::amazon::model::json;
use crate::amazon::shop::Settings;

const NORTH_AMERICA: &[&str] = &[
    "ATVPDKIKX0DER",
    "A2EUQ1WTGCTBG2",
    "A1AM78C64UM0Y8",
    "A2Q3Y263D00KWC",
];
const EUROPE: &[&str] = &[
    "A1F83G8C2ARO7P",
    "A1PA6795UKMFR9",
    "A13V1IB3VIYZZH",
    "APJ6JRA9NG5V4",
    "A1RKKUPIHCS9HS",
];
const FAR_EAST: &[&str] = &["A1VC38T7YXB528"];

fn region(marketplace: &str) -> Option<usize> {
    [NORTH_AMERICA, EUROPE, FAR_EAST]
        .iter()
        .position(|region| region.contains(&marketplace))
}

/// Whether a list of marketplace ids includes this shop's.
///
/// # Errors
/// 400 for an id that exists nowhere, for more than 50, and for none where one is required; 403 for another region.
pub(crate) fn covers_marketplace<'q>(
    settings: &Settings,
    ids: impl Iterator<Item = &'q str>,
    required: bool,
) -> Result<bool, Reply> {
    let own = settings.profile.marketplace.id.as_str();
    let (mut count, mut covered) = (0, false);
    for id in ids {
        count += 1;
        if id == own {
            covered = true;
        } else if region(id).is_none() {
            return Err(invalid_marketplace(id));
        } else if region(id) != region(own) {
            return Err(Reply::denied(WRONG_REGION));
        }
    }
    match count {
        0 if required => Err(Reply::invalid_input(
            "At least one marketplace id is required.",
        )),
        0 => Ok(true),
        1..=50 => Ok(covered),
        _ => Err(Reply::invalid_input(
            "At most 50 marketplace ids are allowed.",
        )),
    }
}

/// Checks that a marketplace that a call is about is the one in which this shop sells.
///
/// # Errors
/// 400 for any other of the region and for an id that exists nowhere, 403 for another region.
pub(crate) fn check_own_marketplace(settings: &Settings, id: &str) -> Result<(), Reply> {
    if covers_marketplace(settings, std::iter::once(id), true)? {
        return Ok(());
    }
    Err(invalid_marketplace(id))
}

fn invalid_marketplace(id: &str) -> Reply {
    Reply::invalid_input(format!("Invalid marketplace id: {id}."))
}

/// `GET /sellers/v1/marketplaceParticipations`.
pub(crate) fn participations(settings: &Settings) -> Reply {
    let marketplace = &settings.profile.marketplace;
    let mut out = Vec::with_capacity(320);
    json::raw(&mut out, r#"{"payload":[{"marketplace":{"id":"#);
    json::string(&mut out, &marketplace.id);
    json::raw(&mut out, r#","name":"#);
    json::string(&mut out, &marketplace.name);
    json::raw(&mut out, r#","countryCode":"#);
    json::string(&mut out, &marketplace.country);
    json::raw(&mut out, r#","defaultCurrencyCode":"#);
    json::string(&mut out, &settings.currency);
    json::raw(&mut out, r#","defaultLanguageCode":"en_US","domainName":"#);
    json::string(
        &mut out,
        &format!("www.{}", marketplace.name.to_ascii_lowercase()),
    );
    json::raw(&mut out, r#"},"storeName":"#);
    json::string(&mut out, &settings.name);
    json::raw(
        &mut out,
        r#","participation":{"isParticipating":true,"hasSuspendedListings":false}}]}"#,
    );
    Reply::ok(out)
}
