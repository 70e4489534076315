//! The carriers of the shop's one delivery option (docs/platforms/tiktok_shop.md 7).

/// A shipment must name one of them; there is no "other".
pub(crate) const PROVIDERS: [&str; 4] = ["Royal Mail", "Evri", "DPD", "DHL"];

/// The carrier of the platform's own labels.
pub(crate) const LABEL_PROVIDER: usize = 0;
