//! What may be known of a platform's delays, as its profile has them.

use oversell_kernel::Micros;

/// Bounds that a profile gives; the assumptions of an engine that promises something rest on them.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// A poll of the order feed tells everything that is older than this; `MAX` when there is no bound.
    pub order_visibility_lag: Micros,
    /// A write that has been received is live within this or never; `MAX` when there is no bound.
    pub write_to_live: Micros,
    /// Whether the platform puts the units of a cancelled order back on sale by itself.
    pub restocks_on_cancel: bool,
}
