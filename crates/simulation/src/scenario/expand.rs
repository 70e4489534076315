//! A scenario with nothing left unsaid.

use channel_mocks::core::profile;
use channel_mocks::shopify;

use super::model::Scenario;
use super::profiles::{self, ProfileOwner};
use crate::engine::config::Platform;

impl Scenario {
    /// The scenario as TOML that depends on no base, no default and no built-in profile: every value is written out,
    /// the profiles' values as overrides of themselves. Reading it gives the same scenario.
    pub fn expanded(&self) -> String {
        let mut whole = self.clone();
        for channel in &mut whole.channels {
            channel.expected_share.get_or_insert(channel.share);
            let owner = ProfileOwner::Channel(channel.platform);
            channel.overrides = over_profile(owner, &channel.profile, &channel.overrides);
        }
        whole.warehouse.overrides = over_profile(
            ProfileOwner::Warehouse,
            &whole.warehouse.profile,
            &whole.warehouse.overrides,
        );
        // Serializing a scenario cannot fail: all its keys are texts and all its values have a place in TOML.
        toml::to_string(&whole).unwrap_or_default()
    }

    /// Lets every Shopify channel serve these versions of the API, whatever its profile has.
    pub fn lay_over_versions(&mut self, versions: &shopify::Versions) {
        let channels = self.channels.iter_mut();
        for channel in channels.filter(|channel| channel.platform == Platform::Shopify) {
            let mut over = toml::Table::new();
            over.insert("accessible".into(), versions.accessible.clone().into());
            over.insert("latest".into(), versions.latest.clone().into());
            channel.overrides.insert("versions".into(), over.into());
        }
    }
}

fn over_profile(owner: ProfileOwner, name: &str, overrides: &toml::Table) -> toml::Table {
    let mut table: toml::Table = profiles::text(owner, name)
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    profile::merge(&mut table, overrides);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_laid_over_the_profiles_of_shops_alone() {
        let mut scenario = Scenario::load("storefronts").unwrap().scenario;
        let versions = shopify::Versions::as_of("2025-05-06").unwrap();
        scenario.lay_over_versions(&versions);
        for channel in &scenario.channels {
            let over = channel.overrides.get("versions");
            assert_eq!(over.is_some(), channel.platform == Platform::Shopify);
            if over.is_some() {
                let text = shopify::text(&channel.profile).unwrap();
                let profile: shopify::Profile = profile::read(text, &channel.overrides).unwrap();
                assert_eq!(profile.versions, versions);
            }
        }
    }
}
