//! Marketplaces and their regions (docs/platforms/amazon.md 2.1).

use std::borrow::Cow;

use super::reply::{Reply, WRONG_REGION};
use crate::amazon::model::json;
use crate::amazon::model::marketplaces::{Region, known};
use crate::amazon::shop::Settings;

fn region(marketplace: &str) -> Option<Region> {
    known(marketplace).map(|it| it.region)
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
    let known = known(&marketplace.id);
    let currency = known.map_or(settings.currency.as_str(), |it| it.currency);
    json::string(&mut out, currency);
    json::raw(&mut out, r#","defaultLanguageCode":"#);
    json::string(&mut out, known.map_or("en_US", |it| it.language));
    json::raw(&mut out, r#","domainName":"#);
    // A marketplace of the scenario's own is reached at its name.
    let of_name = || format!("www.{}", marketplace.name.to_ascii_lowercase()).into();
    let domain = known.map_or_else(of_name, |it| Cow::Borrowed(it.domain));
    json::string(&mut out, &domain);
    json::raw(&mut out, r#"},"storeName":"#);
    json::string(&mut out, &settings.name);
    json::raw(
        &mut out,
        r#","participation":{"isParticipating":true,"hasSuspendedListings":false}}]}"#,
    );
    Reply::ok(out)
}
