//! What listings display at simulated zero.

use crate::scenario::Scenario;
use crate::scenario::model::{Channel, OpeningDisplay};
use crate::world::{Catalogue, ChannelIndex, Sku, SkuIndex};

/// What every listing displays at simulated zero, `[channel][sku]`.
pub(super) fn opening_display(
    scenario: &Scenario,
    catalogue: &Catalogue,
    fba: &[bool],
) -> Vec<Vec<i64>> {
    let shares: Vec<f64> = scenario
        .channels
        .iter()
        .map(|channel| match channel.opens_at {
            // A shop that has not opened has nothing on display.
            Some(_) => 0.0,
            None => channel.expected_share.unwrap_or(channel.share),
        })
        .collect();
    let mut display = vec![Vec::with_capacity(catalogue.skus.len()); scenario.channels.len()];
    for (sku, index) in catalogue.skus.iter().zip(0u32..) {
        let is_listed = |channel: usize| {
            let channel = ChannelIndex(channel as u16);
            catalogue.assortments.lists(channel, SkuIndex(index))
        };
        let own = sku.stock.iter().zip(fba).filter(|(_, fba)| !**fba);
        let total: u64 = own.map(|(units, _)| u64::from(*units)).sum();
        let quotas = match scenario.opening_display {
            OpeningDisplay::Share if catalogue.assortments.are_whole() => apportion(total, &shares),
            OpeningDisplay::Share => {
                let here =
                    |(channel, share): (usize, &f64)| if is_listed(channel) { *share } else { 0.0 };
                let listed: Vec<f64> = shares.iter().enumerate().map(here).collect();
                apportion(total, &listed)
            }
            OpeningDisplay::Zero | OpeningDisplay::Stock => Vec::new(),
        };
        for (index, channel) in scenario.channels.iter().enumerate() {
            let units = match scenario.opening_display {
                _ if channel.opens_at.is_some() || !is_listed(index) => 0,
                OpeningDisplay::Zero => 0,
                OpeningDisplay::Stock => reachable(scenario, sku, channel, fba),
                OpeningDisplay::Share => quotas[index].min(reachable(scenario, sku, channel, fba)),
            };
            display[index].push(i64::try_from(units).unwrap_or(i64::MAX));
        }
    }
    display
}

/// Units of the merchant's own locations that may serve a channel.
fn reachable(scenario: &Scenario, sku: &Sku, channel: &Channel, fba: &[bool]) -> u64 {
    let locations = scenario.warehouse.locations.iter().zip(&sku.stock).zip(fba);
    locations
        .filter(|((location, _), fba)| {
            !**fba && (location.channels.is_empty() || location.channels.contains(&channel.name))
        })
        .map(|((_, units), _)| u64::from(*units))
        .sum()
}

/// Splits units by shares; what is left over by rounding down goes to the largest remainders, the first of equals first.
fn apportion(total: u64, shares: &[f64]) -> Vec<u64> {
    let sum: f64 = shares.iter().sum();
    if sum <= 0.0 {
        return vec![0; shares.len()];
    }
    let exact: Vec<f64> = shares
        .iter()
        .map(|share| total as f64 * share / sum)
        .collect();
    let mut quotas: Vec<u64> = exact.iter().map(|quota| *quota as u64).collect();
    let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
    by_remainder.sort_by(|&a, &b| {
        let remainder = |index: usize| exact[index] - quotas[index] as f64;
        remainder(b).total_cmp(&remainder(a))
    });
    let left = total.saturating_sub(quotas.iter().sum());
    for &index in by_remainder.iter().take(usize::try_from(left).unwrap_or(0)) {
        quotas[index] += 1;
    }
    quotas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_the_stock_add_up_to_the_stock() {
        assert_eq!(apportion(10, &[0.5, 0.3, 0.2]), [5, 3, 2]);
        assert_eq!(apportion(2, &[0.4, 0.4, 0.2]), [1, 1, 0]);
        assert_eq!(apportion(1, &[0.2, 0.5, 0.3]), [0, 1, 0]);
        assert_eq!(apportion(7, &[0.0, 0.0]), [0, 0]);
        for total in 0..200 {
            let quotas = apportion(total, &[0.31, 0.29, 0.27, 0.13]);
            assert_eq!(quotas.iter().sum::<u64>(), total);
        }
    }
}
