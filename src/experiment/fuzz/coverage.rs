//! What a search has put to the test.

use channel_mocks::core::Micros;

use crate::engine::{Coverage, CoveragePoint};
use crate::scenario::Scenario;
use crate::scenario::model::{FBA, FaultKind};
use crate::stage::faults::Counts;

/// In how many runs something came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwarmCoverage {
    /// By kind of fault, in the order of [`FaultKind::ALL`].
    pub faults: Vec<FaultCoverage>,
    /// Runs by what the engine came through, in the order of [`CoveragePoint::ALL`].
    pub points: Vec<u64>,
    /// Runs whose engine counts what it comes through.
    pub counting_runs: u64,
    /// By what shops have, in the order of [`ShopTrait::ALL`].
    pub shops: Vec<ShopCoverage>,
}

/// What a shop may have beside one product, one channel and one warehouse.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ShopTrait {
    /// More than one SKU.
    SeveralSkus,
    /// More than one channel.
    SeveralChannels,
    /// More than one location of the merchant's own.
    SeveralLocations,
    /// A location of a platform's, from which one channel alone sells.
    PlatformsLocation,
    /// A channel that opens or closes while buyers come.
    OpeningHours,
    /// Buyers who are there when the engine comes.
    WaitingBuyers,
    /// A channel of which the engine has been told that it takes fewer calls than its platform publishes.
    NarrowLimits,
}

/// An engine that has so long before the first buyer has read what is on display.
const TIME_TO_READ: Micros = Micros::from_secs(60);

impl ShopTrait {
    /// All of them.
    pub const ALL: [ShopTrait; 7] = [
        ShopTrait::SeveralSkus,
        ShopTrait::SeveralChannels,
        ShopTrait::SeveralLocations,
        ShopTrait::PlatformsLocation,
        ShopTrait::OpeningHours,
        ShopTrait::WaitingBuyers,
        ShopTrait::NarrowLimits,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            ShopTrait::SeveralSkus => "several_skus",
            ShopTrait::SeveralChannels => "several_channels",
            ShopTrait::SeveralLocations => "several_locations",
            ShopTrait::PlatformsLocation => "platforms_location",
            ShopTrait::OpeningHours => "opening_hours",
            ShopTrait::WaitingBuyers => "waiting_buyers",
            ShopTrait::NarrowLimits => "narrow_limits",
        }
    }

    /// Whether a scenario's shop has it.
    pub fn is_in(self, scenario: &Scenario) -> bool {
        let locations = || scenario.warehouse.locations.iter();
        match self {
            ShopTrait::SeveralSkus => scenario.catalogue.skus > 1,
            ShopTrait::SeveralChannels => scenario.channels.len() > 1,
            ShopTrait::SeveralLocations => locations().filter(|it| it.code != FBA).count() > 1,
            ShopTrait::PlatformsLocation => locations().any(|it| it.code == FBA),
            ShopTrait::WaitingBuyers => scenario.opening < TIME_TO_READ,
            ShopTrait::NarrowLimits => {
                let mut channels = scenario.channels.iter();
                channels.any(|it| !it.known_limits.is_empty())
            }
            ShopTrait::OpeningHours => {
                let mut channels = scenario.channels.iter();
                channels.any(|it| it.opens_at.is_some() || it.closes_at.is_some())
            }
        }
    }
}

/// In how many runs a shop had something.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct ShopCoverage {
    /// Runs of such shops.
    pub runs: u64,
    /// Those of them that failed.
    pub failed: u64,
}

/// In how many runs a kind of fault came about.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultCoverage {
    /// Runs that had one.
    pub drawn: u64,
    /// Runs in which it could have struck.
    pub eligible: u64,
    /// Runs in which it struck.
    pub injected: u64,
    /// Runs in which it showed.
    pub noticed: u64,
}

impl Default for SwarmCoverage {
    fn default() -> SwarmCoverage {
        SwarmCoverage {
            faults: vec![FaultCoverage::default(); FaultKind::ALL.len()],
            points: vec![0; CoveragePoint::ALL.len()],
            counting_runs: 0,
            shops: vec![ShopCoverage::default(); ShopTrait::ALL.len()],
        }
    }
}

impl SwarmCoverage {
    /// What engines come through, with the runs in which they did.
    pub fn points(&self) -> impl Iterator<Item = (CoveragePoint, u64)> {
        let points = CoveragePoint::ALL.iter().copied();
        points.zip(self.points.iter().copied())
    }

    /// Counts a run.
    pub(super) fn add(
        &mut self,
        scenario: &Scenario,
        has_failed: bool,
        counts: &[(FaultKind, Counts)],
        engine: Option<&Coverage>,
    ) {
        for (it, shops) in ShopTrait::ALL.iter().zip(&mut self.shops) {
            let is_in = it.is_in(scenario);
            shops.runs += u64::from(is_in);
            shops.failed += u64::from(is_in && has_failed);
        }
        for (kind, runs) in FaultKind::ALL.iter().zip(&mut self.faults) {
            runs.drawn += u64::from(scenario.faults.iter().any(|fault| fault.kind == *kind));
            let mut all = Counts::default();
            for (_, counted) in counts.iter().filter(|(of, _)| of == kind) {
                all.add(*counted);
            }
            runs.eligible += u64::from(all.eligible > 0);
            runs.injected += u64::from(all.injected > 0);
            runs.noticed += u64::from(all.noticed > 0);
        }
        let Some(engine) = engine else { return };
        self.counting_runs += 1;
        for (&point, runs) in CoveragePoint::ALL.iter().zip(&mut self.points) {
            *runs += u64::from(engine.of(point) > 0);
        }
    }
}
