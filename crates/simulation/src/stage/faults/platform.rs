//! Faults that are values of a platform's profile: what the active ones lay over it together, and where they are counted.

use channel_mocks::core::{FaultCount, FaultCounts, Micros, profile};
use toml::Table;

use crate::scenario::fault_overlay::overlay;
use crate::scenario::model::{Fault, FaultKind};
use crate::scenario::profiles::ProfileOwner;

/// What the faults that are active at a channel, or at the warehouse, lay over its profile together. They are given in the
/// order of the file, each with its window; where two set the same key, the last one wins. A fault that works in another way
/// lays nothing over.
///
/// # Errors
/// Says why the platform cannot have one of them that names its channel; validation has refused such a scenario.
pub fn laid_over<'f>(
    active: impl IntoIterator<Item = (&'f Fault, (Micros, Micros))>,
    owner: ProfileOwner,
    profile: &Table,
) -> Result<Table, String> {
    let mut together = Table::new();
    for (fault, window) in active {
        match overlay(fault, window, owner, profile) {
            Ok(Some(table)) => profile::merge(&mut together, &table),
            Ok(None) => {}
            // A fault that names no channel strikes those that can have it.
            Err(_) if fault.channel.is_none() => {}
            Err(reason) => return Err(reason),
        }
    }
    Ok(together)
}

/// What an emulator has counted of a kind. `None` for kinds that it does not count, because they work in another way.
pub fn counted(counts: &FaultCounts, kind: FaultKind) -> Option<FaultCount> {
    match kind {
        FaultKind::LimitsCut => Some(counts.cut_limit),
        FaultKind::RestockOnCancel => Some(counts.changed_restock),
        FaultKind::WritesLate | FaultKind::WritesUnordered => Some(counts.late_write),
        FaultKind::WritesStuck => Some(counts.stuck_write),
        FaultKind::ReadsStale => Some(counts.lagged_read),
        FaultKind::FeedLate => Some(counts.late_listing),
        FaultKind::BatchFailsInPart => Some(counts.partial_failure),
        FaultKind::OrdersHeld => Some(counts.hold),
        FaultKind::TokenExpired => Some(counts.early_token_expiry),
        FaultKind::SignalLost => Some(counts.dropped_signal),
        FaultKind::SignalLate | FaultKind::SignalBurst => Some(counts.late_signal),
        FaultKind::SignalDuplicated => Some(counts.duplicated_signal),
        FaultKind::SignalReordered => Some(counts.reordered_signal),
        FaultKind::WrongSignature => Some(counts.wrongly_signed_signal),
        FaultKind::QueueRedelivery => Some(counts.redelivered_signal),
        _ => None,
    }
}

/// How often an answer told the engine at once. A cut limit holds for every call; whoever keeps to it is never refused, and need
/// not notice. `None` for kinds that no answer tells.
pub fn told(counts: &FaultCounts, kind: FaultKind) -> Option<u64> {
    (kind == FaultKind::LimitsCut).then_some(counts.cut_throttle.injected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::config::Platform;
    use crate::scenario::model::FaultFamily;

    #[test]
    fn the_last_of_the_file_wins_key_by_key() {
        let fault = |text: &str| -> Fault { toml::from_str(text).unwrap() };
        let faults = [
            fault("kind = \"signal_lost\"\nprobability = 0.5"),
            fault("kind = \"writes_stuck\"\nprobability = 0.1"),
            fault("kind = \"reply_lost\""),
            fault("kind = \"signal_lost\"\nprobability = 0.25"),
        ];
        let window = (Micros::ZERO, Micros::from_secs(60));
        let active = faults.iter().map(|fault| (fault, window));
        let owner = ProfileOwner::Channel(Platform::TiktokShop);
        let table = laid_over(active, owner, &Table::new()).unwrap();
        let expected = "[webhooks]\ndrop_share = 0.25\n[inventory]\nstuck_share = 0.1";
        assert_eq!(table, expected.parse().unwrap());
    }

    #[test]
    fn a_fault_that_names_no_channel_strikes_those_that_can_have_it() {
        let mut fault: Fault = toml::from_str("kind = \"queue_redelivery\"").unwrap();
        let table = |fault: &Fault, platform| {
            let window = (Micros::ZERO, Micros::from_secs(60));
            laid_over(
                [(fault, window)],
                ProfileOwner::Channel(platform),
                &Table::new(),
            )
        };
        assert_eq!(table(&fault, Platform::Shopify), Ok(Table::new()));
        assert!(!table(&fault, Platform::Amazon).unwrap().is_empty());
        fault.channel = Some("web".to_string());
        assert!(table(&fault, Platform::Shopify).is_err());
    }

    #[test]
    fn only_faults_of_platforms_and_signals_are_counted_by_emulators() {
        let counts = FaultCounts::default();
        for kind in FaultKind::ALL {
            let family = kind.describe().family;
            let is_theirs = matches!(family, FaultFamily::Platform | FaultFamily::Signals);
            assert!(is_theirs || counted(&counts, *kind).is_none());
        }
        let all = FaultKind::ALL.iter();
        assert_eq!(
            all.filter(|kind| counted(&counts, **kind).is_some())
                .count(),
            17
        );
    }
}
