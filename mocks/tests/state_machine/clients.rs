//! How each platform is asked, and what its profile promises.

use channel_mocks::core::{
    Distribution, Epoch, ListingSeed, LocationSeed, Micros, Request, Response, Seed, Shop,
    Storefront, profile,
};
use channel_mocks::{amazon, shopify, tiktok_shop};
use serde_json::{Value, json};

use super::model::Terms;

/// A shop and how to ask it.
pub trait Client {
    /// A shop of three listings at one location.
    fn open() -> Self;
    fn shop(&mut self) -> &mut dyn Storefront;
    /// The request for a token, where one is needed first.
    fn log_in(&self) -> Option<Request> {
        None
    }
    fn logged_in(&mut self, _answer: &Response) {}
    /// What may be laid over the profile.
    fn overlays(&self) -> &'static [&'static str];
    /// What the profile promises with this laid over it.
    fn terms(&self, overrides: &str) -> Terms;
    /// The limit that writes draw on.
    fn write_limit(&self) -> &'static str;
    fn write(&mut self, now: Micros, listing: u32, units: i64) -> Request;
    fn read(&self, now: Micros, listing: u32) -> Request;
    fn quantity(&self, answer: &Response) -> i64;
    /// A page of two orders from a cursor on, in an order that no change of an order alters.
    fn page(&self, now: Micros, cursor: Option<&str>) -> Request;
    /// Native ids, and the cursor of the next page.
    fn orders(&self, answer: &Response) -> (Vec<String>, Option<String>);
}

fn opening(name: &str) -> Shop {
    Shop {
        name: name.to_owned(),
        seed: Seed(11),
        epoch: Epoch {
            unix_micros: Epoch::parse_unix_micros("2026-11-23T10:00:00Z").unwrap(),
        },
        currency: "EUR".to_owned(),
        listings: (1..=3)
            .map(|number| ListingSeed {
                sku: format!("SKU-{number}"),
                title: format!("Mug {number}"),
                price_cents: 1_000,
            })
            .collect(),
        locations: vec![LocationSeed {
            code: "main".to_owned(),
            country: "DE".to_owned(),
        }],
    }
}

fn json_of(answer: &Response) -> Value {
    let body = std::str::from_utf8(answer.body()).unwrap();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

fn request(method: &str, uri: String, body: &Value, header: (&'static str, &str)) -> Request {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let request = http::Request::builder().method(method).uri(uri);
    let request = request.header(header.0, header.1);
    request
        .header("content-type", "application/json")
        .body(body.into_bytes())
        .unwrap()
}

fn bound(delay: Distribution) -> Micros {
    delay.upper_bound()
}

fn merged(base: &str, overrides: &str) -> toml::Table {
    let mut table = base.parse().unwrap();
    profile::merge(&mut table, &overrides.parse().unwrap());
    table
}

/// TikTok Shop.
pub struct TiktokShop {
    shop: tiktok_shop::TiktokShop,
    signer: tiktok_shop::Signer,
}

const TIKTOK: &str = r#"
[limits]
light_read = { rate_per_second = inf, burst = inf }
read = { rate_per_second = inf, burst = inf }
write = { rate_per_second = 0.5, burst = 4.0 }
burst_guard_per_second = inf
[faults]
unavailable = 0.0
upstream_timeout = 0.0
[token]
access_lifetime = "300d"
"#;

impl TiktokShop {
    fn signed(&self, now: Micros, path: &str, query: &str, body: &Value) -> Request {
        let seconds = opening("").epoch.unix_secs(now);
        let query =
            format!("app_key=6demo0key&timestamp={seconds}&shop_cipher=ROW_demoCipher01{query}");
        let sign = self
            .signer
            .request(path, &query, body.to_string().as_bytes());
        let uri = format!("http://127.0.0.1:9{path}?{query}&sign={sign}");
        request("POST", uri, body, ("x-tts-access-token", "ROW_tokA"))
    }
}

impl Client for TiktokShop {
    fn open() -> TiktokShop {
        let credentials = tiktok_shop::Credentials::default();
        let overrides = TIKTOK.parse().unwrap();
        let profile = tiktok_shop::Profile::with_overrides("tiktok-default", &overrides).unwrap();
        TiktokShop {
            signer: tiktok_shop::Signer::new(&credentials.app_key, &credentials.app_secret),
            shop: tiktok_shop::TiktokShop::new(opening("tiktok_shop"), profile, credentials),
        }
    }

    fn shop(&mut self) -> &mut dyn Storefront {
        &mut self.shop
    }

    fn overlays(&self) -> &'static [&'static str] {
        &[
            "[inventory]\npropagation = { uniform = [\"0s\", \"90s\"] }",
            "[inventory]\npropagation = { uniform = [\"0s\", \"90s\"] }\nwrites_in_order = false",
            "[inventory]\nstuck_share = 0.5\nauto_restock = false",
            "[inventory]\nread_lag = { uniform = [\"0s\", \"60s\"] }",
            "[limits]\nwrite = { rate_per_second = 0.1, burst = 2.0 }",
            "[faults]\nearly_throttle_share = 0.3\n[tiers]\norders_search = \"light_read\"",
            "[orders]\nsearch_lag = { uniform = [\"0s\", \"5min\"] }\nunpaid_share = 0.5\nhold = \"2min\"",
            "[limits]\nwrite = { rate_per_second = 2.0, burst = 9.0 }\nsqueeze = []",
        ]
    }

    fn terms(&self, overrides: &str) -> Terms {
        let table = merged(TIKTOK, overrides);
        let profile = tiktok_shop::Profile::with_overrides("tiktok-default", &table).unwrap();
        let inventory = &profile.inventory;
        Terms {
            write_bound: bound(inventory.propagation),
            all_writes_live: inventory.stuck_share == 0.0,
            in_order: inventory.writes_in_order,
            read_lag: bound(inventory.read_lag),
            list_bound: bound(profile.orders.search_lag),
            bucket: (
                profile.limits.write.burst,
                profile.limits.write.rate_per_second,
                1.0,
            ),
            refuses_early: profile.faults.early_throttle_share > 0.0,
        }
    }

    fn write_limit(&self) -> &'static str {
        "write"
    }

    fn write(&mut self, now: Micros, listing: u32, units: i64) -> Request {
        let sku = (1_729_000_000_000_000_001 + u64::from(listing)).to_string();
        let quantity = json!([{"warehouse_id": "7000000000000000001", "quantity": units}]);
        let body = json!({"skus": [{"id": sku, "inventory": quantity}]});
        let path = "/product/202309/products/1729000000000000000/inventory/update";
        self.signed(now, path, "", &body)
    }

    fn read(&self, now: Micros, listing: u32) -> Request {
        let sku = (1_729_000_000_000_000_001 + u64::from(listing)).to_string();
        self.signed(
            now,
            "/product/202309/inventory/search",
            "",
            &json!({"sku_ids": [sku]}),
        )
    }

    fn quantity(&self, answer: &Response) -> i64 {
        let body = json_of(answer);
        body["data"]["inventory"][0]["skus"][0]["total_available_quantity"]
            .as_i64()
            .unwrap()
    }

    fn page(&self, now: Micros, cursor: Option<&str>) -> Request {
        let mut query = "&page_size=2&sort_field=create_time&sort_order=ASC".to_owned();
        if let Some(cursor) = cursor {
            query += "&page_token=";
            query.extend(form_urlencoded::byte_serialize(cursor.as_bytes()));
        }
        self.signed(now, "/order/202309/orders/search", &query, &json!({}))
    }

    fn orders(&self, answer: &Response) -> (Vec<String>, Option<String>) {
        let body = json_of(answer);
        let orders = body["data"]["orders"].as_array().into_iter().flatten();
        let ids = orders.map(|order| order["id"].as_str().unwrap().to_owned());
        let next = body["data"]["next_page_token"].as_str().unwrap_or("");
        (
            ids.collect(),
            Some(next.to_owned()).filter(|next| !next.is_empty()),
        )
    }
}

/// Amazon.
pub struct Amazon {
    shop: amazon::Amazon,
    token: String,
}

const AMAZON: &str = r#"
[authorization]
token_lifetime = "300d"
[limits]
get_orders = { rate = inf, burst = inf }
get_listings_item = { rate = inf, burst = inf }
patch_listings_item = { rate = 0.5, burst = 4.0 }
[limits.application]
patch = { rate = inf, burst = inf }
get = { rate = inf, burst = inf }
[orders]
list_lag = { p50 = "2s", p99 = "30s", max = "60s" }
list_excludes_last = "2min"
[faults]
server_error_share = 0.0
"#;

const ITEM: &str = "/listings/2021-08-01/items/A1SIMSELLER";

impl Amazon {
    fn profile(overrides: &str) -> amazon::Profile {
        let text = amazon::profile::text("amazon-default").unwrap();
        profile::read(text, &merged(AMAZON, overrides)).unwrap()
    }

    fn ask(&self, method: &str, uri: String, body: &Value) -> Request {
        request(method, uri, body, ("x-amz-access-token", &self.token))
    }
}

impl Client for Amazon {
    fn open() -> Amazon {
        let credentials = amazon::Credentials::default();
        Amazon {
            shop: amazon::Amazon::new(opening("amazon"), Amazon::profile(""), credentials),
            token: String::new(),
        }
    }

    fn shop(&mut self) -> &mut dyn Storefront {
        &mut self.shop
    }

    fn log_in(&self) -> Option<Request> {
        let body = json!({"grant_type": "refresh_token", "refresh_token": "Atzr|sim-refresh",
            "client_id": "amzn1.application-oa2-client.sim", "client_secret": "amzn1.oa2-cs.v1.sim-secret"});
        Some(self.ask("POST", "/auth/o2/token".to_owned(), &body))
    }

    fn logged_in(&mut self, answer: &Response) {
        self.token = json_of(answer)["access_token"].as_str().unwrap().to_owned();
    }

    fn overlays(&self) -> &'static [&'static str] {
        &[
            "[inventory]\nwrite_to_live = { uniform = [\"0s\", \"90s\"] }",
            "[inventory]\nwrite_to_live = { uniform = [\"0s\", \"90s\"] }\nstale_writes_apply = true\nstuck_share = 0.0",
            "[inventory]\nstuck_share = 0.5\nrestore_on_cancel = false",
            "[inventory]\nread_lag = { uniform = [\"0s\", \"60s\"] }",
            "[limits]\npatch_listings_item = { rate = 0.1, burst = 2.0 }",
            "[orders]\npending = [{ share = 1.0, hold = { uniform = [\"0s\", \"5min\"] } }]\npending_cancel_share = 0.5",
            "[orders]\nlist_lag = { uniform = [\"0s\", \"5min\"] }",
            "[limits]\npatch_listings_item = { rate = 2.0, burst = 9.0 }",
        ]
    }

    fn terms(&self, overrides: &str) -> Terms {
        let profile = Amazon::profile(overrides);
        let rate = profile.limits.patch_listings_item;
        Terms {
            write_bound: bound(profile.inventory.write_to_live),
            // An older write that comes after a newer one is dropped, whatever the terms of either.
            all_writes_live: false,
            in_order: false,
            read_lag: bound(profile.inventory.read_lag),
            list_bound: bound(profile.orders.list_lag).max(profile.orders.list_excludes_last),
            bucket: (rate.burst, rate.rate, 1.0),
            refuses_early: false,
        }
    }

    fn write_limit(&self) -> &'static str {
        "patchListingsItem"
    }

    fn write(&mut self, _: Micros, listing: u32, units: i64) -> Request {
        let value = json!([{"fulfillment_channel_code": "DEFAULT", "quantity": units}]);
        let patch = json!([{"op": "replace", "path": "/attributes/fulfillment_availability", "value": value}]);
        let body = json!({"productType": "PRODUCT", "patches": patch});
        let uri = format!("{ITEM}/SKU-{}?marketplaceIds=ATVPDKIKX0DER", listing + 1);
        self.ask("PATCH", uri, &body)
    }

    fn read(&self, _: Micros, listing: u32) -> Request {
        let uri = format!(
            "{ITEM}/SKU-{}?marketplaceIds=ATVPDKIKX0DER&includedData=fulfillmentAvailability",
            listing + 1
        );
        self.ask("GET", uri, &Value::Null)
    }

    fn quantity(&self, answer: &Response) -> i64 {
        json_of(answer)["fulfillmentAvailability"][0]["quantity"]
            .as_i64()
            .unwrap()
    }

    fn page(&self, _: Micros, cursor: Option<&str>) -> Request {
        let mut uri = "/orders/v0/orders?MarketplaceIds=ATVPDKIKX0DER&MaxResultsPerPage=2&CreatedAfter=2026-11-20T00:00:00Z".to_owned();
        if let Some(cursor) = cursor {
            uri += "&NextToken=";
            uri.extend(form_urlencoded::byte_serialize(cursor.as_bytes()));
        }
        self.ask("GET", uri, &Value::Null)
    }

    fn orders(&self, answer: &Response) -> (Vec<String>, Option<String>) {
        let body = json_of(answer);
        let orders = body["payload"]["Orders"].as_array().into_iter().flatten();
        let ids = orders.map(|order| order["AmazonOrderId"].as_str().unwrap().to_owned());
        let next = body["payload"]["NextToken"].as_str();
        (ids.collect(), next.map(str::to_owned))
    }
}

/// Shopify.
pub struct Shopify {
    shop: shopify::Shopify,
}

const SHOPIFY: &str = r#"
[graphql]
bucket_points = 1000000.0
restore_points_per_second = 100.0
[rest]
bucket_calls = 4.0
leak_calls_per_second = 0.5
"#;

impl Shopify {
    fn profile(overrides: &str) -> shopify::Profile {
        let text = shopify::text("shopify-standard").unwrap();
        profile::read(text, &merged(SHOPIFY, overrides)).unwrap()
    }

    fn graphql(&self, query: &str, variables: &Value) -> Request {
        let body = json!({"query": query, "variables": variables});
        let uri = "/admin/api/2026-07/graphql.json".to_owned();
        request(
            "POST",
            uri,
            &body,
            ("x-shopify-access-token", "shpat_oversell"),
        )
    }
}

impl Client for Shopify {
    fn open() -> Shopify {
        let credentials = shopify::Credentials::default();
        Shopify {
            shop: shopify::Shopify::new(opening("shopify"), Shopify::profile(""), credentials),
        }
    }

    fn shop(&mut self) -> &mut dyn Storefront {
        &mut self.shop
    }

    fn overlays(&self) -> &'static [&'static str] {
        &[
            "[delay]\nwrite_to_live = { uniform = [\"0s\", \"90s\"] }",
            "[delay]\nwrite_to_live = { uniform = [\"0s\", \"90s\"] }\nwrites_in_order = false",
            "[faults]\nstuck_write = 0.5",
            "[delay]\nread_lag = { uniform = [\"0s\", \"60s\"] }",
            "[rest]\nbucket_calls = 2.0\nleak_calls_per_second = 0.1",
            "[delay]\ncancel_job = { fixed = \"5min\" }\norder_routing = { fixed = \"2min\" }",
            "[delay]\nsearch_index = { uniform = [\"0s\", \"5min\"] }",
            "[rest]\nbucket_calls = 9.0\nleak_calls_per_second = 2.0",
        ]
    }

    fn terms(&self, overrides: &str) -> Terms {
        let profile = Shopify::profile(overrides);
        Terms {
            write_bound: bound(profile.delay.write_to_live),
            all_writes_live: profile.faults.stuck_write == 0.0,
            in_order: profile.delay.writes_in_order,
            read_lag: bound(profile.delay.read_lag),
            list_bound: bound(profile.delay.search_index),
            bucket: (
                profile.rest.bucket_calls,
                profile.rest.leak_calls_per_second,
                1.0,
            ),
            refuses_early: profile.faults.early_throttle > 0.0,
        }
    }

    fn write_limit(&self) -> &'static str {
        "rest calls"
    }

    /// By REST, whose bucket no read here draws on.
    fn write(&mut self, _: Micros, listing: u32, units: i64) -> Request {
        let body = json!({"inventory_item_id": 3_001_000_000_001u64 + u64::from(listing),
            "location_id": 1_101_000_000_001u64, "available": units});
        let uri = "/admin/api/2026-07/inventory_levels/set.json".to_owned();
        request(
            "POST",
            uri,
            &body,
            ("x-shopify-access-token", "shpat_oversell"),
        )
    }

    fn read(&self, _: Micros, listing: u32) -> Request {
        let id = format!(
            "gid://shopify/InventoryItem/{}",
            3_001_000_000_001u64 + u64::from(listing)
        );
        self.graphql(
            "query($id: ID!) { inventoryItem(id: $id) { variant { inventoryQuantity } } }",
            &json!({ "id": id }),
        )
    }

    fn quantity(&self, answer: &Response) -> i64 {
        let body = json_of(answer);
        body["data"]["inventoryItem"]["variant"]["inventoryQuantity"]
            .as_i64()
            .unwrap()
    }

    fn page(&self, _: Micros, cursor: Option<&str>) -> Request {
        self.graphql(
            "query($after: String) { orders(first: 2, after: $after, sortKey: ID, query: \"status:any\") { nodes { legacyResourceId } pageInfo { endCursor hasNextPage } } }",
            &json!({ "after": cursor }),
        )
    }

    fn orders(&self, answer: &Response) -> (Vec<String>, Option<String>) {
        let body = json_of(answer);
        let orders = &body["data"]["orders"];
        let nodes = orders["nodes"].as_array().into_iter().flatten();
        let ids = nodes.map(|order| order["legacyResourceId"].as_str().unwrap().to_owned());
        let page = &orders["pageInfo"];
        let next = page["endCursor"]
            .as_str()
            .filter(|_| page["hasNextPage"] == true);
        (ids.collect(), next.map(str::to_owned))
    }
}
