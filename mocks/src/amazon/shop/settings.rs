//! What a shop was opened with, and the profile in force.

use crate::amazon::profile::Profile;
use crate::core::profile::put_in_force;
use crate::core::{Distribution, Epoch, Micros, Seed};

/// What a client and a seller identify themselves with. The default values are good for tests and for one seller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Client id of the application; default `amzn1.application-oa2-client.sim`.
    pub client_id: String,
    /// Client secret of the application; default `amzn1.oa2-cs.v1.sim-secret`.
    pub client_secret: String,
    /// Refresh token that the seller granted; default `Atzr|sim-refresh`.
    pub refresh_token: String,
    /// The seller's id, part of listing paths; default `A1SIMSELLER`.
    pub seller_id: String,
    /// The application's id in notifications; default `amzn1.sp.solution.sim`.
    pub application_id: String,
}

impl Default for Credentials {
    fn default() -> Credentials {
        Credentials {
            client_id: "amzn1.application-oa2-client.sim".to_owned(),
            client_secret: "amzn1.oa2-cs.v1.sim-secret".to_owned(),
            refresh_token: "Atzr|sim-refresh".to_owned(),
            seller_id: "A1SIMSELLER".to_owned(),
            application_id: "amzn1.sp.solution.sim".to_owned(),
        }
    }
}

/// Keys of the shop's random streams, one for each purpose.
#[derive(Debug)]
pub(crate) struct Draws {
    pub(crate) pending: u64,
    pub(crate) pending_cancel: u64,
    pub(crate) list_lag: u64,
    pub(crate) by_id_lag: u64,
    pub(crate) write_to_live: u64,
    pub(crate) fba_ship: u64,
    pub(crate) fba_summary: u64,
    pub(crate) order_signal: u64,
    pub(crate) quantity_signal: u64,
    pub(crate) feed: u64,
    pub(crate) report: u64,
    pub(crate) job_signal: u64,
    pub(crate) outbound: u64,
    pub(crate) feed_messages: u64,
    pub(crate) reorder: u64,
    pub(crate) redelivery: u64,
    pub(crate) ids: u64,
}

impl Draws {
    /// The keys of the shop with this name.
    pub(crate) fn new(seed: Seed, shop: &str) -> Draws {
        let key = |purpose: &str| seed.key(shop, purpose);
        Draws {
            pending: key("amazon pending"),
            pending_cancel: key("amazon pending cancel"),
            list_lag: key("amazon list lag"),
            by_id_lag: key("amazon by id lag"),
            write_to_live: key("amazon write to live"),
            fba_ship: key("amazon fba ship"),
            fba_summary: key("amazon fba summary"),
            order_signal: key("amazon order signal"),
            quantity_signal: key("amazon quantity signal"),
            feed: key("amazon feed"),
            report: key("amazon report"),
            job_signal: key("amazon job signal"),
            outbound: key("amazon outbound"),
            feed_messages: key("amazon feed messages"),
            reorder: key("amazon reorder"),
            redelivery: key("amazon redelivery"),
            ids: key("amazon ids"),
        }
    }
}

/// What a shop was opened with.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The shop's name.
    pub(crate) name: String,
    /// Currency code.
    pub(crate) currency: String,
    /// The instant of simulated zero.
    pub(crate) epoch: Epoch,
    /// Everything taken from data: the profile in force.
    pub(crate) profile: Profile,
    /// The profile the shop was opened with, while values are laid over it.
    pub(crate) laid_over: Option<Box<Profile>>,
    /// When the profile in force came into force.
    pub(crate) in_force_since: Micros,
    /// Since when which lag of reads by id holds for changes of orders; never empty.
    pub(crate) by_id_lags: Vec<(Micros, Distribution)>,
    /// Who the client and the seller are.
    pub(crate) credentials: Credentials,
    /// Where the draws come from.
    pub(crate) draws: Draws,
    /// Scheme and host under which clients reach the shop, if they were named.
    pub(crate) public_address: Option<String>,
}

impl Settings {
    /// The profile that the shop was opened with.
    pub(crate) fn opened_with(&self) -> &Profile {
        self.laid_over.as_deref().unwrap_or(&self.profile)
    }

    /// Lets a profile come into force in place of the present one.
    pub(crate) fn put_in_force(&mut self, now: Micros, profile: Profile) {
        self.in_force_since = now;
        let lag = profile.orders.by_id_lag;
        self.by_id_lags
            .pop_if(|(since, _)| *since == now && now > Micros::ZERO);
        if self.by_id_lags.last().is_none_or(|(_, last)| *last != lag) {
            self.by_id_lags.push((now, lag));
        }
        put_in_force(profile, &mut self.profile, &mut self.laid_over);
    }

    /// The lag of reads by id that holds for a change of an order made at `at`.
    pub(crate) fn by_id_lag(&self, at: Micros) -> &Distribution {
        let place = self.by_id_lags.partition_point(|(since, _)| *since <= at);
        &self.by_id_lags[place.saturating_sub(1)].1
    }

    /// Whether no read by id has ever lagged.
    pub(crate) fn reads_by_id_at_once(&self) -> bool {
        let mut lags = self.by_id_lags.iter();
        lags.all(|(_, lag)| lag.upper_bound() == Micros::ZERO)
    }
}
