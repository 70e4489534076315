//! Which SKUs each channel lists.

use channel_mocks::core::Seed;

use crate::scenario::Scenario;
use crate::scenario::model::Assortment;

use super::{ChannelIndex, SkuIndex};

/// The SKUs that each channel lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assortments {
    /// By channel and SKU; nothing for a channel that lists all. Empty when all do.
    listed: Vec<Option<Box<[bool]>>>,
}

impl Assortments {
    /// Those of a scenario under a seed; `skus` counts its SKUs, and `sold` says what a replayed log sells where, by channel and
    /// SKU.
    ///
    /// A share is drawn for each SKU by a stream of the channel's own, so that no other channel, SKU or setting moves it. A channel
    /// for which nothing is drawn lists the most popular SKU, and a SKU that no channel lists for want of luck is listed by the one
    /// with most demand of those that draw.
    pub fn of(scenario: &Scenario, seed: Seed, skus: usize, sold: &[Vec<bool>]) -> Assortments {
        if scenario.channels.iter().all(|it| it.assortment.is_all()) {
            return Assortments::default();
        }
        let named = |ranks: &[u32], is_listed: bool| -> Box<[bool]> {
            let mut listed = vec![!is_listed; skus];
            for rank in ranks {
                if let Some(it) = listed.get_mut((*rank as usize).wrapping_sub(1)) {
                    *it = is_listed;
                }
            }
            listed.into()
        };
        let channels = scenario.channels.iter().enumerate();
        let listed = channels.map(|(index, channel)| match &channel.assortment {
            Assortment::All => None,
            Assortment::Only(ranks) => Some(named(ranks, true)),
            Assortment::Without(ranks) => Some(named(ranks, false)),
            Assortment::Share(share) => {
                let purpose = format!("assortment of {}", channel.name);
                let mut drawn: Box<[bool]> = (0..skus as u64)
                    .map(|sku| seed.stream("catalogue", &purpose, sku).chance(*share))
                    .collect();
                if !drawn.contains(&true)
                    && let Some(first) = drawn.first_mut()
                {
                    *first = true;
                }
                Some(drawn)
            }
            Assortment::Sold => {
                let sold = sold.get(index).map(Vec::as_slice).unwrap_or_default();
                let is_sold = |sku: usize| sold.get(sku).copied().unwrap_or(false);
                Some((0..skus).map(is_sold).collect())
            }
        });
        let mut assortments = Assortments {
            listed: listed.collect(),
        };
        assortments.take_in_the_homeless(scenario, skus);
        assortments
    }

    /// Lists what no channel lists for want of luck.
    fn take_in_the_homeless(&mut self, scenario: &Scenario, skus: usize) {
        let drawing = scenario
            .channels
            .iter()
            .enumerate()
            .filter(|(_, it)| matches!(it.assortment, Assortment::Share(_)))
            .max_by(|(one, a), (other, b)| a.share.total_cmp(&b.share).then(other.cmp(one)));
        let Some((home, _)) = drawing else { return };
        let homeless: Vec<usize> = (0..skus)
            .filter(|sku| !self.anywhere(SkuIndex(*sku as u32)))
            .collect();
        if let Some(Some(listed)) = self.listed.get_mut(home) {
            for sku in homeless {
                listed[sku] = true;
            }
        }
    }

    /// Whether every channel lists every SKU.
    pub fn are_whole(&self) -> bool {
        self.listed.is_empty()
    }

    /// Whether a channel lists a SKU.
    pub fn lists(&self, channel: ChannelIndex, sku: SkuIndex) -> bool {
        match self.listed.get(usize::from(channel.0)) {
            Some(Some(listed)) => listed.get(sku.0 as usize).copied().unwrap_or(false),
            Some(None) | None => true,
        }
    }

    /// Whether any channel lists a SKU.
    pub fn anywhere(&self, sku: SkuIndex) -> bool {
        self.are_whole()
            || (0..self.listed.len() as u16).any(|channel| self.lists(ChannelIndex(channel), sku))
    }

    /// What a channel lists, by SKU; nothing where it lists all.
    pub fn of_channel(&self, channel: ChannelIndex) -> Option<&[bool]> {
        self.listed
            .get(usize::from(channel.0))
            .and_then(Option::as_deref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::samples::SCARCE;

    fn scenario(of_first: Assortment, of_second: Assortment) -> Scenario {
        let mut scenario = Scenario::parse("scarce.toml", SCARCE).unwrap().scenario;
        scenario.channels[0].assortment = of_first;
        scenario.channels[1].assortment = of_second;
        scenario
    }

    fn listed(assortments: &Assortments, channel: u16, skus: u32) -> Vec<u32> {
        let skus = (0..skus).filter(|sku| assortments.lists(ChannelIndex(channel), SkuIndex(*sku)));
        skus.collect()
    }

    #[test]
    fn a_shop_lists_what_is_named_and_whole_shops_need_no_table() {
        let named = scenario(Assortment::Only(vec![2, 4]), Assortment::Without(vec![2]));
        let assortments = Assortments::of(&named, Seed(1), 4, &[]);
        assert_eq!(listed(&assortments, 0, 4), [1, 3]);
        assert_eq!(listed(&assortments, 1, 4), [0, 2, 3]);
        assert!(!assortments.are_whole());
        let whole = scenario(Assortment::All, Assortment::All);
        assert!(Assortments::of(&whole, Seed(1), 4, &[]).are_whole());
        let replayed = scenario(Assortment::Sold, Assortment::All);
        let sold = [vec![false, true, false], vec![true; 3]];
        let assortments = Assortments::of(&replayed, Seed(1), 3, &sold);
        assert_eq!(listed(&assortments, 0, 3), [1]);
        assert_eq!(listed(&assortments, 1, 3), [0, 1, 2]);
    }

    #[test]
    fn a_share_is_drawn_by_the_channels_own_stream_and_leaves_no_sku_without_a_shop() {
        let both = scenario(Assortment::Share(0.3), Assortment::Share(0.2));
        let skus = 10_000;
        let assortments = Assortments::of(&both, Seed(7), skus as usize, &[]);
        let second = listed(&assortments, 1, skus);
        assert!((1_850..2_150).contains(&second.len()), "{}", second.len());
        assert!((0..skus).all(|sku| assortments.anywhere(SkuIndex(sku))));
        // The first takes in what neither drew: 0.7 * 0.8 of all, beside its own three in ten.
        let first = listed(&assortments, 0, skus).len();
        assert!((8_450..8_750).contains(&first), "{first}");
        let alone = scenario(Assortment::All, Assortment::Share(0.2));
        let alone = Assortments::of(&alone, Seed(7), skus as usize, &[]);
        assert_eq!(
            listed(&alone, 1, skus),
            second,
            "the other shop moves nothing"
        );
        assert_ne!(
            listed(
                &Assortments::of(&both, Seed(8), skus as usize, &[]),
                1,
                skus
            ),
            second
        );
    }

    #[test]
    fn a_shop_for_which_nothing_is_drawn_sells_what_is_wanted_most() {
        let tiny = scenario(Assortment::Share(1e-9), Assortment::All);
        let assortments = Assortments::of(&tiny, Seed(3), 50, &[]);
        assert_eq!(listed(&assortments, 0, 50), [0]);
    }
}
