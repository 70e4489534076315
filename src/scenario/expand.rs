//! A scenario with nothing left unsaid.

use channel_mocks::core::profile;

use super::model::Scenario;
use super::profiles::{self, ProfileOwner};

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
}

fn over_profile(owner: ProfileOwner, name: &str, overrides: &toml::Table) -> toml::Table {
    let mut table: toml::Table = profiles::text(owner, name)
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    profile::merge(&mut table, overrides);
    table
}
