//! Every answer of the Amazon emulator against Amazon's own published models, and every notification against its schema.
//!
//! The models (Apache-2.0) are no part of this project: they lie in a folder beside the project. Where that is absent, the
//! tests say so and check nothing, and where the environment variable `CI` is `true` they fail.

mod answers;
mod bench;
mod calls;
mod contract;
mod sandbox;

use serde_json::{Value, json};

const US: &str = "ATVPDKIKX0DER";
const LISTING: &str = "/listings/2021-08-01/items/A1SIMSELLER/SKU-1";
const FEEDS: &str = "/feeds/2021-06-30/feeds";
const REPORTS: &str = "/reports/2021-06-30/reports";
const OUTBOUND: &str = "/fba/outbound/2020-07-01/fulfillmentOrders";

fn quantity(units: i64) -> Value {
    json!({"productType": "PRODUCT", "patches": [{"op": "replace", "path": "/attributes/fulfillment_availability",
        "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": units, "lead_time_to_ship_max_days": 2}]}]})
}
