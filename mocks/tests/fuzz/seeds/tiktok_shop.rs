//! TikTok Shop: orders in every state, a cancellation and a return that wait for the seller, and a webhook.

use channel_mocks::core::{
    Basket, CheckoutOutcome, Coverage, Input, ListingIndex, Machine, Micros, OrderRef, Request,
    RequestId, Response, Storefront,
};
use channel_mocks::tiktok_shop::{Credentials, Profile, ReturnType, Signer, TiktokShop, coverage};
use serde_json::{Value, json};

use super::{EPOCH, OPENED, Plain, Seeds, basket, shop};

const SKU: &str = "1729000000000000001";
const PRODUCT: &str = "1729000000000000000";
const WAREHOUSE: &str = "7000000000000000001";
const PROVIDER: &str = "6610000000000000001";
const DELIVERY_OPTION: &str = "7090000000000000001";

/// The emulator and what to ask it.
pub struct Subject {
    machine: TiktokShop,
    signer: Signer,
    credentials: Credentials,
    seeds: Seeds,
}

impl Subject {
    pub fn open() -> Subject {
        let credentials = Credentials::default();
        let changes = "[orders]\npackages_up_front = true\ncancel_auto_approve = \"2d\""
            .parse()
            .unwrap();
        let profile = Profile::with_overrides("tiktok-ideal", &changes).unwrap();
        let machine = TiktokShop::new(shop("tiktok_shop"), profile, credentials.clone());
        let mut subject = Subject {
            signer: Signer::new(&credentials.app_key, &credentials.app_secret),
            machine,
            credentials,
            seeds: Vec::new(),
        };
        subject.furnish();
        subject.seeds = subject.all_seeds();
        subject
    }

    fn furnish(&mut self) {
        for listing in 0..5 {
            self.machine.open_with(ListingIndex(listing), 50);
        }
        let mut now = Micros::from_secs(10);
        let webhook =
            json!({"event_type": "ORDER_STATUS_CHANGE", "address": "http://127.0.0.1:9/hook"});
        self.ask(&mut now, "PUT", "/event/202309/webhooks", &webhook);
        let bought: Vec<OrderRef> = (0..6)
            .map(|buyer| self.buy(now, &basket(buyer, &[(0, 2), (1, 1)])))
            .collect();
        now = Micros::from_secs(100);
        self.machine.handle(now, Input::Wake);
        // 0 stays open; 1 to 3 ship, 3 with the platform's label; the buyer asks to cancel 4; the seller has cancelled 5.
        for order in &bought[1..3] {
            let id = self.machine.native_order_id(*order);
            let path = format!("/fulfillment/202309/orders/{id}/packages");
            let body = json!({"tracking_number": "T1", "shipping_provider_id": PROVIDER});
            self.ask(&mut now, "POST", &path, &body);
        }
        let body = json!({"order_id": self.machine.native_order_id(bought[3])});
        self.ask(&mut now, "POST", "/fulfillment/202309/packages", &body);
        self.machine.cancel_by_buyer(now, bought[4]);
        self.machine.cancel_by_seller(now, bought[5]);
        self.machine.return_units(now, bought[1], 1, 1, true);
        for order in &bought[2..4] {
            let asked = self
                .machine
                .request_return(now, *order, &[1], ReturnType::ReturnAndRefund);
            assert!(asked.is_ok(), "{asked:?}");
        }
        let body = json!({"orders": [{"id": self.machine.native_order_id(bought[0]), "external_order": external()}]});
        self.ask(
            &mut now,
            "POST",
            "/order/202406/orders/external_orders",
            &body,
        );
        self.machine.handle(OPENED, Input::Wake);
        self.machine.grant_anew(OPENED);
        while self.machine.poll_output().is_some() {}
    }

    fn buy(&mut self, now: Micros, basket: &Basket) -> OrderRef {
        match self.machine.checkout(now, basket) {
            CheckoutOutcome::Accepted { order, .. } => order,
            refused @ CheckoutOutcome::Refused { .. } => panic!("{refused:?}"),
        }
    }

    fn ask(&mut self, now: &mut Micros, method: &str, path: &str, body: &Value) {
        use super::Subject as _;
        let plain = self.signed(&Plain::json(method, path, body), *now);
        let request = plain.into_request().unwrap();
        let response = self.answer(now, RequestId(1_000_000), request);
        let text = String::from_utf8_lossy(response.body());
        assert!(text.contains("\"code\":0"), "{method} {path}: {text}");
    }

    fn all_seeds(&self) -> Seeds {
        let orders: Vec<String> = (0..6)
            .map(|order| self.machine.native_order_id(OrderRef(order)))
            .collect();
        let mut seeds = Seeds::new();
        for served in coverage() {
            if served.coverage == Coverage::NotServed {
                continue;
            }
            let (method, template) = served.path.split_once(' ').unwrap();
            let shapes = shapes(served.name, &orders);
            for path in dated(template) {
                for (id, query, body) in &shapes {
                    let mut path = in_braces(&path, id);
                    if !query.is_empty() {
                        path = format!("{path}?{query}");
                    }
                    seeds.push((served.name, Plain::json(method, path, body)));
                }
            }
        }
        seeds
    }
}

/// The path of an operation in each of its versions, which it names in braces after the first segment; token calls have none.
fn dated(template: &str) -> Vec<String> {
    let (group, rest) = template[1..].split_once('/').unwrap();
    match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((versions, rest)) => versions
            .split(',')
            .map(|version| format!("/{group}/{version}{rest}"))
            .collect(),
        None => vec![template.to_owned()],
    }
}

/// A path with an id in place of what stands in braces.
fn in_braces(path: &str, id: &str) -> String {
    match path.split_once('{') {
        Some((before, after)) => format!("{before}{id}{}", after.split_once('}').unwrap().1),
        None => path.to_owned(),
    }
}

fn external() -> Value {
    json!({"id": "X-1", "platform": "SHOPIFY", "line_items": [{"id": "1", "origin_id": "577000000000000000"}]})
}

fn package(order: u64) -> String {
    (1_150_000_000_000_000_000 + order * 1_000 + 1).to_string()
}

/// Ids, queries and bodies of valid requests of an operation.
fn shapes(name: &str, orders: &[String]) -> Vec<(String, String, Value)> {
    let order = orders[0].as_str();
    let shipped = orders[1].as_str();
    let flat = json!({"tracking_number": "T2", "shipping_provider_id": PROVIDER});
    let nested = json!({"shipping_info_list": [flat]});
    let lined = json!({"order_line_list": [{"order_line_id": "577000000000000001"}], "shipping_info_list": [flat]});
    let none = Value::Null;
    let of = |id: &str, query: &str, body: &Value| (id.to_owned(), query.to_owned(), body.clone());
    let plain = |body: Value| vec![of("", "", &body)];
    let paged = |bodies: &[Value]| {
        let mut all = vec![
            of("", "page_size=2", &none),
            of("", "page_size=2&page_token=b2Zmc2V0PTI%3D", &none),
        ];
        all.extend(bodies.iter().map(|body| {
            of(
                "",
                "page_size=50&sort_field=update_time&sort_order=ASC",
                body,
            )
        }));
        all
    };
    match name {
        "TokenGet" => vec![of(
            "",
            "app_key=6demo0key&app_secret=0123456789abcdef&auth_code=ROW_demoAuthCode01&grant_type=authorized_code",
            &none,
        )],
        "TokenRefresh" => vec![of(
            "",
            "app_key=6demo0key&app_secret=0123456789abcdef&refresh_token=ROW_refA&grant_type=refresh_token",
            &none,
        )],
        "OrdersSearch" => paged(&[
            json!({"order_status": "AWAITING_SHIPMENT", "create_time_ge": 1_795_400_000, "update_time_lt": 1_895_400_000_u64}),
        ]),
        "OrderDetail" => vec![of("", &format!("ids={order},{shipped}"), &none)],
        "InventoryUpdate" => vec![
            of(
                PRODUCT,
                "",
                &json!({"skus": [{"id": SKU, "inventory": [{"warehouse_id": WAREHOUSE, "quantity": 7}]}]}),
            ),
            of(
                PRODUCT,
                "",
                &json!({"skus": [{"id": SKU, "inventory": [{"warehouse_id": WAREHOUSE, "quantity": 99_999}, {"warehouse_id": "7000000000000000002", "quantity": 0}]}]}),
            ),
        ],
        "InventorySearch" => vec![
            of("", "", &json!({"sku_ids": [SKU]})),
            of("", "", &json!({"product_ids": [PRODUCT]})),
        ],
        "MarkShipped" => vec![
            of(order, "", &flat),
            of(order, "", &nested),
            of(order, "", &lined),
        ],
        "ProductsSearch" => paged(&[
            json!({"seller_skus": ["SKU-1"], "status": "ALL"}),
            json!({"sku_ids": [SKU]}),
        ]),
        "PackagesSearch" => paged(&[json!({"create_time_ge": 1, "package_status": "PROCESSING"})]),
        "CancelOrder" => vec![
            of(
                "",
                "",
                &json!({"order_id": order, "cancel_reason": "out_of_stock"}),
            ),
            of(
                "",
                "",
                &json!({"order_id": order, "cancel_reason": "out_of_stock", "skus": [{"sku_id": SKU, "quantity": 1}]}),
            ),
        ],
        "CancellationsSearch" => paged(&[
            json!({"order_ids": [orders[4]], "cancel_status": ["CANCELLATION_REQUEST_PENDING"]}),
        ]),
        "WebhooksPut" => plain(
            json!({"event_type": "RETURN_STATUS_CHANGE", "address": "https://example.com/hook"}),
        ),
        "WebhooksDelete" => plain(json!({"event_type": "ORDER_STATUS_CHANGE"})),
        "AddExternalOrders" => plain(
            json!({"orders": [{"id": order, "external_order": external()}, {"id": shipped, "external_order": {"id": "X-2", "platform": "AMAZON"}}]}),
        ),
        "ExternalOrderSearch" => vec![of("", "platform=SHOPIFY&external_order_id=X-1", &none)],
        "BatchShipPackages" => plain(
            json!({"packages": [{"id": package(0), "self_shipment": flat, "handover_method": "DROP_OFF"}]}),
        ),
        "CreatePackages" => vec![
            of("", "", &json!({"order_id": order})),
            of("", "", &json!({"ship_type": "1", "order_id": order})),
            of(
                "",
                "",
                &json!({"ship_type": "2", "order_id": order, "order_line_item": [{"order_line_id": "577000000000000001"}]}),
            ),
        ],
        "CreateReturn" => vec![
            of(
                "",
                "",
                &json!({"order_id": shipped, "return_reason": "damaged", "return_type": "REFUND"}),
            ),
            of(
                "",
                "",
                &json!({"order_id": shipped, "return_reason": "damaged", "return_type": "RETURN_AND_REFUND", "skus": [{"sku_id": SKU, "quantity": 1}]}),
            ),
            of(
                "",
                "",
                &json!({"order_id": shipped, "return_reason": "damaged", "return_type": "REFUND", "order_line_list": [{"order_line_item_id": "577000000001000000"}]}),
            ),
        ],
        "ReturnsSearch" => paged(&[
            json!({"order_ids": [orders[2]], "return_types": ["RETURN_AND_REFUND"], "return_status": ["RETURN_OR_REFUND_REQUEST_PENDING"]}),
        ]),
        "ActivateProducts" | "DeactivateProducts" => plain(json!({"product_ids": [PRODUCT, "17"]})),
        "StockSettings" => plain(
            json!({"seller_id": "1", "sku_ids": [SKU], "stock_operation_setting": {"enable_auto_restock": true}}),
        ),
        "ProductDetail" => vec![of(PRODUCT, "", &none)],
        "ShipPackage" => vec![
            of(&package(0), "", &json!({"self_shipment": flat})),
            of(&package(0), "", &json!({"handover_method": "DROP_OFF"})),
        ],
        "PackageDetail" => vec![of(&package(1), "", &none), of(&package(0), "", &none)],
        "DeliveryOptions" => vec![of(WAREHOUSE, "", &none)],
        "ShippingProviders" => vec![of(DELIVERY_OPTION, "", &none)],
        "ApproveCancellation" => vec![of("4030000000000000001", "", &json!({}))],
        "RejectCancellation" => vec![of(
            "4030000000000000001",
            "",
            &json!({"reject_reason": "seller_reject_apply_package_already_shipped"}),
        )],
        "PriceDetail" | "ExternalOrders" | "OrderTracking" => {
            vec![of(order, "", &none), of(shipped, "", &none)]
        }
        "UpdateOrderShippingInfo" => vec![of(shipped, "", &flat)],
        "UpdatePackageShippingInfo" => {
            vec![of(&package(1), "", &flat), of(&package(1), "", &nested)]
        }
        "ShippingDocuments" => [1, 3]
            .map(|order| of(&package(order), "document_type=SHIPPING_LABEL", &none))
            .to_vec(),
        "ApproveReturn" => vec![of(
            "4035000000000000002",
            "",
            &json!({"decision": "APPROVE_RETURN"}),
        )],
        "RejectReturn" => vec![of(
            "4035000000000000003",
            "",
            &json!({"decision": "REJECT_RETURN", "reject_reason": "seller_reject_apply_reason_invalid"}),
        )],
        "ReturnRecords" => vec![of("4035000000000000002", "", &none)],
        "RejectReasons" => ["4030000000000000001", "4035000000000000002"]
            .map(|id| of("", &format!("return_or_cancel_id={id}"), &none))
            .to_vec(),
        _ => vec![of("1", "page_size=10", &none)],
    }
}

impl super::Subject for Subject {
    fn valid(&self) -> Vec<Plain> {
        super::requests(&self.seeds)
    }

    fn served(&self) -> Vec<(&'static str, usize)> {
        super::counts(&coverage(), &self.seeds)
    }

    fn signed(&self, plain: &Plain, now: Micros) -> Plain {
        let mut plain = plain.clone();
        if plain.path.starts_with("/api/v2/token") {
            return plain;
        }
        plain.set_parameter("app_key", &self.credentials.app_key);
        plain.set_parameter("timestamp", &EPOCH.unix_secs(now).to_string());
        if !plain.path.starts_with("/authorization") && !plain.path.starts_with("/seller") {
            plain.set_parameter("shop_cipher", &self.credentials.shop_cipher);
        }
        plain.set_header(
            "x-tts-access-token",
            self.credentials.access_token.as_bytes(),
        );
        let (path, query) = plain.path.split_once('?').unwrap_or((&plain.path, ""));
        let sign = self.signer.request(path, query, &plain.body);
        plain.path = format!("{path}?{query}&sign={sign}");
        plain
    }

    fn answer(&mut self, now: &mut Micros, id: RequestId, request: Request) -> Response {
        crate::answer(&mut self.machine, now, id, request)
    }
}

/// An operation whose requests are only ever refused is not looked at: a new one may need requests of its own in `shapes`.
#[test]
fn every_operation_is_served_by_one_of_its_seeds() {
    use super::Subject as _;
    for operation in coverage() {
        if operation.coverage == Coverage::NotServed {
            continue;
        }
        // Each operation is asked of a shop that no other has changed.
        let mut subject = Subject::open();
        let seeds = std::mem::take(&mut subject.seeds);
        let mut now = Micros::from_secs(3_600);
        let mut answers = Vec::new();
        for (_, plain) in seeds.iter().filter(|(name, _)| *name == operation.name) {
            let request = subject.signed(plain, now).into_request().unwrap();
            let response = subject.answer(&mut now, RequestId(1), request);
            answers.push(String::from_utf8_lossy(response.body()).into_owned());
        }
        let served = answers.iter().any(|body| body.starts_with("{\"code\":0,"));
        assert!(served, "{}: {answers:#?}", operation.name);
    }
}
