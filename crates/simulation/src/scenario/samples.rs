//! Scenarios that tests of several modules play.

/// Two shops that want more than there is, for two minutes.
pub const SCARCE: &str = r#"
version = 1
name = "scarce"
title = "Two shops, ten units"
start = "2026-11-27T00:00:00Z"
opening = "60s"
duration = "2min"
settle = "30min"
channel = [
    { name = "first", platform = "tiktok_shop", profile = "tiktok-default", share = 0.5 },
    { name = "second", platform = "tiktok_shop", profile = "tiktok-default", share = 0.5 },
]
warehouse = { profile = "warehouse-default", location = [{ code = "east", share = 1.0 }] }
catalogue = { skus = 2 }
stock = { units = 10 }
demand = { phase = [{ shape = "constant", lasts = "2min", rate = "1/s" }] }
strategies = ["mirror", "escrow", "informed-escrow"]
"#;
