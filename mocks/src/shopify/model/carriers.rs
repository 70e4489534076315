//! Where parcels of carriers that the platform knows can be followed (docs/platforms/shopify.md 7).

use super::fulfillment::Tracking;

/// Carriers by the names that the platform publishes, each with the address that the number of a parcel ends.
const ADDRESSES: [(&str, &str); 6] = [
    (
        "Canada Post",
        "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor=",
    ),
    (
        "DHL Express",
        "https://www.dhl.com/en/express/tracking.html?AWB=",
    ),
    ("FedEx", "https://www.fedex.com/fedextrack/?trknbr="),
    (
        "Royal Mail",
        "https://www.royalmail.com/portal/rm/track?trackNumber=",
    ),
    (
        "UPS",
        "https://www.ups.com/WebTracking?loc=en_US&requester=ST&trackNums=",
    ),
    (
        "USPS",
        "https://tools.usps.com/go/TrackConfirmAction_input?qtc_tLabels1=",
    ),
];

impl Tracking {
    /// Tracking as it is kept: where it comes without addresses and its carrier is known, the carrier's addresses are added.
    pub(crate) fn of(
        company: Option<String>,
        numbers: Vec<String>,
        mut urls: Vec<String>,
    ) -> Tracking {
        let known = ADDRESSES
            .iter()
            .find(|(name, _)| company.as_deref() == Some(*name));
        if let Some((_, address)) = known
            && urls.is_empty()
        {
            urls.extend(numbers.iter().map(|number| {
                let number = number.replace(['\n', '\r'], "");
                format!("{address}{number}")
            }));
        }
        Tracking {
            company,
            numbers,
            urls,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(company: &str, numbers: &[&str], urls: &[&str]) -> Vec<String> {
        let owned = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect();
        Tracking::of(Some(company.to_owned()), owned(numbers), owned(urls)).urls
    }

    #[test]
    fn known_carriers_have_addresses_and_others_have_those_that_are_given() {
        assert_eq!(
            urls("UPS", &["1Z41", "1Z\n42"], &[]),
            [
                "https://www.ups.com/WebTracking?loc=en_US&requester=ST&trackNums=1Z41",
                "https://www.ups.com/WebTracking?loc=en_US&requester=ST&trackNums=1Z42",
            ]
        );
        assert_eq!(
            urls("UPS", &["1Z41"], &["https://p.example/1"]),
            ["https://p.example/1"]
        );
        // Capitals count, and a carrier without a parcel has none to follow.
        assert!(urls("ups", &["1Z41"], &[]).is_empty());
        assert!(urls("Courier of the house", &["7"], &[]).is_empty());
        assert!(urls("USPS", &[], &[]).is_empty());
        assert!(ADDRESSES.is_sorted());
    }
}
