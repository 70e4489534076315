//! Orders that apps make, their payments, and their deletion.

use serde_json::{Value, json};

use super::{Bench, ideal};
use crate::core::{Cause, Fact, ListingIndex, OrderRef, Storefront};

pub(super) const CREATE: &str = "mutation($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput) { it: orderCreate(order: $order, options: $options) {
  order { id name email displayFinancialStatus displayFulfillmentStatus canMarkAsPaid sourceName paymentGatewayNames discountCodes
    totalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } } totalTaxSet { shopMoney { amount } } totalDiscountsSet { shopMoney { amount } }
    subtotalPriceSet { shopMoney { amount } } totalOutstandingSet { shopMoney { amount } } customer { displayName } shippingAddress { name provinceCode }
    lineItems(first: 5) { nodes { id title sku variant { id } customAttributes { key value } } } transactions { id kind }
    fulfillmentOrders(first: 5) { nodes { id status assignedLocation { location { id } } lineItems(first: 5) { nodes { remainingQuantity variant { id } } } } } }
  userErrors { code field message } } }";
const MUG: &str = "gid://shopify/ProductVariant/4001000000002";

pub(super) fn create(bench: &mut Bench, order: Value, behaviour: &str) -> Value {
    let options = json!({ "inventoryBehaviour": behaviour });
    let answer = bench.graphql(CREATE, json!({ "order": order, "options": options }));
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["it"].clone()
}

pub(super) fn money(amount: &str) -> Value {
    json!({ "shopMoney": { "amount": amount, "currencyCode": "EUR" } })
}

fn mugs(quantity: i64) -> Value {
    json!({ "lineItems": [{ "variantId": MUG, "quantity": quantity }] })
}

pub(super) fn paid(kind: &str, amount: &str, lines: Value) -> Value {
    json!({ "lineItems": lines, "transactions": [{ "kind": kind, "gateway": "manual", "amountSet": money(amount) }] })
}

#[test]
fn stock_is_left_alone_claimed_or_refused_as_the_app_says() {
    let mut bench = Bench::ideal();
    let bypassed = create(&mut bench, mugs(4), "BYPASS");
    assert_eq!(bypassed["userErrors"], json!([]), "{bypassed}");
    assert_eq!(bench.displayed(1), 10, "the count is left alone");
    let made = |order, units, claimed_units| Fact::OrderMade {
        order: OrderRef(order),
        units,
        claimed_units,
    };
    assert!(bench.facts.contains(&made(0, 4, 0)));
    // Neither its shipment nor its cancellation moves a count.
    let on_hand = |bench: &Bench| bench.shop.store.state.stock.level(1, 0).on_hand();
    let before = on_hand(&bench);
    ship(&mut bench, &bypassed);
    assert_eq!((bench.displayed(1), on_hand(&bench)), (10, before));

    let claimed = create(&mut bench, mugs(7), "DECREMENT_OBEYING_POLICY");
    assert_eq!(claimed["userErrors"], json!([]), "{claimed}");
    assert_eq!(bench.displayed(1), 3);
    assert!(bench.facts.contains(&made(1, 7, 7)));
    let taken = (10, 3, Cause::Checkout(OrderRef(1)));
    assert_eq!(bench.displayed_facts().last(), Some(&taken));

    let refused = create(&mut bench, mugs(4), "DECREMENT_OBEYING_POLICY");
    assert_eq!(refused["order"], Value::Null);
    assert_eq!(refused["userErrors"][0]["code"], "INVENTORY_CLAIM_FAILED");
    assert_eq!(bench.displayed(1), 3, "a refused order takes nothing");
    // Where an order names the location that it has left, the units must have been there.
    let from = |location: u64, quantity: i64| {
        let mut order = mugs(quantity);
        let location = format!("gid://shopify/Location/{location}");
        order["fulfillment"] = json!({ "locationId": location });
        order
    };
    let elsewhere = create(
        &mut bench,
        from(1101000000002, 1),
        "DECREMENT_OBEYING_POLICY",
    );
    assert_eq!(elsewhere["userErrors"][0]["code"], "INVENTORY_CLAIM_FAILED");
    assert_eq!(elsewhere["order"], Value::Null);
    assert_eq!(bench.shop.store.state.stock.level(1, 1).available, 0);

    let beyond = create(&mut bench, mugs(4), "DECREMENT_IGNORING_POLICY");
    assert_eq!(beyond["userErrors"], json!([]), "{beyond}");
    assert_eq!(bench.displayed(1), -1);
    let assigned = &beyond["order"]["fulfillmentOrders"]["nodes"];
    assert_eq!(assigned[0]["lineItems"]["nodes"][0]["remainingQuantity"], 4);

    // The claimed units of a cancelled order are on sale again.
    let id = claimed["order"]["id"].clone();
    let cancelled = bench.graphql(
        "mutation($id: ID!) { orderCancel(orderId: $id, reason: OTHER, restock: true) { job { id } userErrors { message } } }",
        json!({ "id": id }),
    );
    let refusals = &cancelled["data"]["orderCancel"]["userErrors"];
    assert_eq!(*refusals, json!([]));
    bench.run_until(bench.now + crate::core::Micros::from_secs(30));
    assert_eq!(bench.displayed(1), 6);
    // A buyer's order goes on from there, under its own number.
    assert_eq!(bench.checkout(&[(1, 2)]), OrderRef(3));
}

fn ship(bench: &mut Bench, made: &Value) {
    let id = made["order"]["fulfillmentOrders"]["nodes"][0]["id"].clone();
    let shipped = bench.graphql(
        "mutation($id: ID!) { fulfillmentCreate(fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: $id }] }) { userErrors { message } } }",
        json!({ "id": id }),
    );
    let refusals = &shipped["data"]["fulfillmentCreate"]["userErrors"];
    assert_eq!(*refusals, json!([]), "{shipped}");
}

#[test]
fn custom_lines_taxes_discounts_and_two_currencies_add_up() {
    let mut bench = Bench::ideal();
    let two = |shop: &str, shown: &str| json!({ "shopMoney": { "amount": shop, "currencyCode": "EUR" }, "presentmentMoney": { "amount": shown, "currencyCode": "USD" } });
    let order = json!({
        "email": "Ada@Example.com", "name": "EXT-77", "presentmentCurrency": "USD",
        "shippingAddress": { "firstName": "Ada", "lastName": "Byron", "countryCode": "CA", "provinceCode": "ON" },
        "lineItems": [
            { "title": "Engraving", "sku": "ENG", "quantity": 2, "priceSet": two("10.00", "12.50"), "taxLines": [{ "title": "VAT", "rate": 0.2, "priceSet": null }], "properties": [{ "name": "text", "value": "A.B." }] },
            { "variantId": MUG, "quantity": 1, "priceSet": two("20.00", "25.00") }],
        "discountCode": { "itemPercentageDiscountCode": { "code": "TENTH", "percentage": 10 } },
        "shippingLines": [{ "title": "Post", "priceSet": money("3.00") }],
    });
    let made = create(&mut bench, order, "BYPASS");
    assert_eq!(made["userErrors"], json!([]), "{made}");
    let order = &made["order"];
    let shop = |field: &str| order[field]["shopMoney"]["amount"].clone();
    assert_eq!(shop("totalDiscountsSet"), "4.0");
    assert_eq!(shop("subtotalPriceSet"), "36.0");
    assert_eq!(shop("totalTaxSet"), "4.0");
    assert_eq!(shop("totalPriceSet"), "43.0");
    assert_eq!(
        order["totalPriceSet"]["presentmentMoney"],
        json!({ "amount": "53.75", "currencyCode": "USD" })
    );
    assert_eq!(
        (&order["name"], &order["discountCodes"][0]),
        (&json!("EXT-77"), &json!("TENTH"))
    );
    assert_eq!(order["displayFinancialStatus"], Value::Null);
    assert_eq!(order["customer"]["displayName"], "Ada@Example.com");
    assert_eq!(
        order["shippingAddress"],
        json!({ "name": "Ada Byron", "provinceCode": "ON" })
    );
    let lines = &order["lineItems"]["nodes"];
    assert_eq!(
        (&lines[0]["title"], &lines[0]["sku"], &lines[0]["variant"]),
        (&json!("Engraving"), &json!("ENG"), &Value::Null)
    );
    assert_eq!(
        lines[0]["customAttributes"],
        json!([{ "key": "text", "value": "A.B." }])
    );
    assert_eq!(lines[1]["variant"]["id"], MUG);
    // Searches and REST know it by what it says of itself.
    let found = bench.graphql(
        "{ a: orders(first: 9, query: \"email:ada@example.com\") { nodes { name } } b: orders(first: 9, query: \"sku:ENG\") { nodes { name } } c: orders(first: 9, query: \"name:EXT-77\") { nodes { name } } d: orders(first: 9, query: \"financial_status:paid\") { nodes { name } } }",
        json!({}),
    );
    for alias in ["a", "b", "c"] {
        assert_eq!(
            found["data"][alias]["nodes"],
            json!([{ "name": "EXT-77" }]),
            "{alias}"
        );
    }
    assert_eq!(found["data"]["d"]["nodes"], json!([]));
    let rest = bench.rest("GET", "orders/5001000000001.json", Value::Null);
    let rest = super::rest::body(&rest);
    let order = &rest["order"];
    assert_eq!(order["total_price"], "43.00");
    assert_eq!(order["presentment_currency"], "USD");
    assert_eq!(order["billing_address"], Value::Null);
    assert_eq!(order["line_items"][0]["variant_id"], Value::Null);
    assert_eq!(order["line_items"][0]["tax_lines"][0]["price"], "4.00");
    assert_eq!(order["shipping_lines"][0]["price"], "3.00");
}

#[test]
fn what_an_app_may_not_make_is_refused_by_code_and_place() {
    let mut bench = Bench::new(ideal("[graphql]\norders_created_per_minute = 2"));
    bench.shop.open_with(ListingIndex(1), 5);
    let line = |change: Value| {
        let mut line = json!({ "title": "Box", "quantity": 1 });
        let members = change.as_object().unwrap().clone();
        line.as_object_mut().unwrap().extend(members);
        json!({ "lineItems": [line] })
    };
    for (order, code, field) in [
        (json!({ "lineItems": [] }), "INVALID", "order.lineItems"),
        (
            line(json!({ "quantity": 0 })),
            "INVALID",
            "order.lineItems.0.quantity",
        ),
        (
            line(json!({ "title": " " })),
            "INVALID",
            "order.lineItems.0.title",
        ),
        (
            line(
                json!({ "variantId": "gid://shopify/ProductVariant/4001000000099", "title": null }),
            ),
            "INVALID",
            "order.lineItems.0.title",
        ),
        (
            line(json!({ "fulfillmentService": "amazon" })),
            "FULFILLMENT_SERVICE_INVALID",
            "order.lineItems.0.fulfillmentService",
        ),
        (
            json!({ "lineItems": [{ "title": "Box", "quantity": 1 }], "processedAt": "2031-01-01T00:00:00Z" }),
            "PROCESSED_AT_INVALID",
            "order.processedAt",
        ),
        (
            json!({ "lineItems": [{ "title": "Box", "quantity": 1 }], "customerId": "gid://shopify/Customer/7001000000001", "customer": { "toUpsert": { "email": "a@example.com" } } }),
            "REDUNDANT_CUSTOMER_FIELDS",
            "order.customerId",
        ),
        (
            line(json!({ "priceSet": money("-5") })),
            "INVALID",
            "order.lineItems.0.priceSet",
        ),
        (
            line(json!({ "taxLines": [{ "title": "VAT", "rate": 0.2, "priceSet": money("-1") }] })),
            "INVALID",
            "order.lineItems.0.taxLines.0.priceSet",
        ),
        (
            json!({ "lineItems": [{ "title": "Box", "quantity": 1 }], "shippingLines": [{ "title": "Post", "priceSet": money("-9") }] }),
            "INVALID",
            "order.shippingLines.0.priceSet",
        ),
        (
            paid("SALE", "-5", json!([{ "title": "Box", "quantity": 1 }])),
            "INVALID",
            "order.transactions.0.amountSet",
        ),
    ] {
        let refused = create(&mut bench, order, "BYPASS");
        let error = &refused["userErrors"][0];
        let steps: Vec<&str> = error["field"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step.as_str().unwrap())
            .collect();
        assert_eq!(
            (&error["code"], steps.join(".")),
            (&json!(code), field.to_owned())
        );
        assert_eq!(refused["order"], Value::Null);
    }
    // A variant that is gone leaves a custom line, which claims nothing.
    let gone = line(json!({ "variantId": "gid://shopify/ProductVariant/4001000000099" }));
    let made = create(&mut bench, gone, "DECREMENT_OBEYING_POLICY");
    assert_eq!(
        made["order"]["lineItems"]["nodes"][0]["variant"],
        Value::Null
    );
    assert_eq!(made["order"]["lineItems"]["nodes"][0]["title"], "Box");
    // A development store takes so many in a minute; those that were refused do not count.
    for expected in [0, 1] {
        let made = create(&mut bench, mugs(1), "BYPASS");
        assert_eq!(
            made["userErrors"].as_array().unwrap().len(),
            expected,
            "{made}"
        );
    }
    bench.run_until(bench.now + crate::core::Micros::from_secs(61));
    assert_eq!(
        create(&mut bench, mugs(1), "BYPASS")["userErrors"],
        json!([])
    );
}

fn run(bench: &mut Bench, mutation: &str, variables: Value) -> Value {
    let answer = bench.graphql(mutation, variables);
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["it"].clone()
}

const CAPTURE: &str = "mutation($input: OrderCaptureInput!) { it: orderCapture(input: $input) { transaction { id kind amountSet { shopMoney { amount } } parentTransaction { id } } userErrors { field message } } }";
const VOID: &str = "mutation($id: ID!) { it: transactionVoid(parentTransactionId: $id) { transaction { kind amountSet { shopMoney { amount } } } userErrors { code field message } } }";
const STATE: &str = "query($id: ID!) { it: order(id: $id) { displayFinancialStatus capturable totalCapturable totalOutstandingSet { shopMoney { amount } } totalReceivedSet { shopMoney { amount } } netPaymentSet { shopMoney { amount } } transactions { kind } } }";

#[test]
fn authorizations_are_captured_or_voided_once() {
    let mut bench = Bench::ideal();
    let box_of =
        |amount: &str| json!([{ "title": "Box", "quantity": 1, "priceSet": money(amount) }]);
    let made = create(
        &mut bench,
        paid("AUTHORIZATION", "40.00", box_of("40.00")),
        "BYPASS",
    );
    let order = &made["order"];
    assert_eq!(order["displayFinancialStatus"], "AUTHORIZED");
    assert_eq!(order["totalOutstandingSet"]["shopMoney"]["amount"], "0.0");
    let (id, parent) = (order["id"].clone(), order["transactions"][0]["id"].clone());
    let capture = |bench: &mut Bench, amount: &str| {
        let input = json!({ "id": id, "parentTransactionId": parent, "amount": amount });
        run(bench, CAPTURE, json!({ "input": input }))
    };
    let too_much = capture(&mut bench, "40.01");
    assert_eq!(
        too_much["userErrors"][0]["message"],
        "Cannot capture more than the authorized 40.00 for this payment."
    );
    let captured = capture(&mut bench, "15.00");
    assert_eq!(captured["userErrors"], json!([]), "{captured}");
    assert_eq!(captured["transaction"]["parentTransaction"]["id"], parent);
    assert_eq!(
        capture(&mut bench, "1.00")["userErrors"][0]["message"],
        "Can only capture successful authorizations"
    );
    let state = run(&mut bench, STATE, json!({ "id": id }));
    assert_eq!(state["displayFinancialStatus"], "PARTIALLY_PAID");
    assert_eq!(
        (&state["capturable"], &state["totalCapturable"]),
        (&json!(false), &json!("0.00"))
    );
    assert_eq!(state["totalOutstandingSet"]["shopMoney"]["amount"], "25.0");
    // The rest comes in by hand, in two parts.
    let by_hand = "mutation($id: ID!, $amount: MoneyInput) { it: orderCreateManualPayment(id: $id, amount: $amount) { order { displayFinancialStatus } userErrors { code } } }";
    let part = json!({ "amount": "5.00", "currencyCode": "EUR" });
    let first = run(&mut bench, by_hand, json!({ "id": id, "amount": part }));
    assert_eq!(first["order"]["displayFinancialStatus"], "PARTIALLY_PAID");
    let beyond = json!({ "amount": "20.01", "currencyCode": "EUR" });
    let beyond = run(&mut bench, by_hand, json!({ "id": id, "amount": beyond }));
    assert_eq!(beyond["userErrors"][0]["code"], "AMOUNT_EXCEEDS_BALANCE");
    let last = run(&mut bench, by_hand, json!({ "id": id, "amount": null }));
    assert_eq!(last["order"]["displayFinancialStatus"], "PAID");

    let other = create(
        &mut bench,
        paid("AUTHORIZATION", "9.00", box_of("9.00")),
        "BYPASS",
    );
    let (id, parent) = (
        &other["order"]["id"],
        &other["order"]["transactions"][0]["id"],
    );
    let voided = run(&mut bench, VOID, json!({ "id": parent }));
    assert_eq!(
        voided["transaction"],
        json!({ "kind": "VOID", "amountSet": { "shopMoney": { "amount": "0.0" } } })
    );
    let again = run(&mut bench, VOID, json!({ "id": parent }));
    assert_eq!(again["userErrors"][0]["code"], "AUTH_NOT_VOIDABLE");
    let state = run(&mut bench, STATE, json!({ "id": id }));
    assert_eq!(state["displayFinancialStatus"], "VOIDED");
    assert_eq!(state["totalOutstandingSet"]["shopMoney"]["amount"], "9.0");
    // A checkout was paid by a sale, which is no authorization.
    bench.checkout(&[(0, 1)]);
    let sale = json!({ "id": "gid://shopify/OrderTransaction/1401000000003" });
    let refused = run(&mut bench, VOID, sale);
    assert_eq!(refused["userErrors"][0]["code"], "AUTH_NOT_SUCCESSFUL");
}

#[test]
fn an_order_is_marked_as_paid_refunded_and_deleted() {
    let mut bench = Bench::ideal();
    bench.graphql(
        "mutation { a: webhookSubscriptionCreate(topic: ORDERS_DELETE, webhookSubscription: { uri: \"https://example.com/d\" }) { userErrors { message } } b: webhookSubscriptionCreate(topic: ORDERS_PAID, webhookSubscription: { uri: \"https://example.com/p\" }) { userErrors { message } } }",
        json!({}),
    );
    let order =
        json!({ "lineItems": [{ "variantId": MUG, "quantity": 3 }], "financialStatus": "PENDING" });
    let made = create(&mut bench, order, "DECREMENT_OBEYING_POLICY");
    let (id, line) = (
        made["order"]["id"].clone(),
        made["order"]["lineItems"]["nodes"][0]["id"].clone(),
    );
    assert_eq!(made["order"]["displayFinancialStatus"], "PENDING");
    assert_eq!(made["order"]["canMarkAsPaid"], true);
    let mark = "mutation($id: ID!) { it: orderMarkAsPaid(input: { id: $id }) { order { displayFinancialStatus transactions { kind gateway } } userErrors { field message } } }";
    let marked = run(&mut bench, mark, json!({ "id": id }));
    assert_eq!(
        marked["order"],
        json!({ "displayFinancialStatus": "PAID", "transactions": [{ "kind": "SALE", "gateway": "manual" }] })
    );
    let again = run(&mut bench, mark, json!({ "id": id }));
    assert_eq!(again["userErrors"][0]["field"], json!(["id"]));
    // No more can be paid back than came in, and a unit that goes back leaves the claim.
    let refund = |bench: &mut Bench, key: &str, amount: &str| {
        let input = json!({ "orderId": id, "refundLineItems": [{ "lineItemId": line, "quantity": 1, "restockType": "CANCEL" }],
            "transactions": [{ "orderId": id, "kind": "REFUND", "gateway": "manual", "amount": amount }] });
        run(
            bench,
            "mutation($input: RefundInput!, $key: String!) { it: refundCreate(input: $input) @idempotent(key: $key) { order { displayFinancialStatus } userErrors { message } } }",
            json!({ "input": input, "key": key }),
        )
    };
    let refused = refund(&mut bench, "a", "30.01");
    assert_eq!(
        refused["userErrors"][0]["message"],
        "Refund amount €30.01 is greater than net payment received €30.00"
    );
    let refunded = refund(&mut bench, "b", "10.00");
    assert_eq!(
        refunded["order"]["displayFinancialStatus"],
        "PARTIALLY_REFUNDED"
    );
    assert_eq!(bench.displayed(1), 8);
    // Deleted, it is gone for everybody, and what it still claimed is on sale.
    let delete = "mutation($id: ID!) { it: orderDelete(orderId: $id) { deletedId userErrors { code field message } } }";
    let deleted = run(&mut bench, delete, json!({ "id": id }));
    assert_eq!(deleted, json!({ "deletedId": id, "userErrors": [] }));
    assert_eq!(bench.displayed(1), 10);
    let again = run(&mut bench, delete, json!({ "id": id }));
    assert_eq!(again["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(run(&mut bench, STATE, json!({ "id": id })), Value::Null);
    let count = bench.graphql("{ ordersCount { count } }", json!({}));
    assert_eq!(count["data"]["ordersCount"]["count"], 0);
    bench.run_until(bench.now + crate::core::Micros::from_secs(30));
    let told: Vec<(String, Value)> = bench
        .deliveries
        .iter()
        .map(|(_, _, request)| {
            let topic = request.headers()["x-shopify-topic"].to_str().unwrap();
            (
                topic.to_owned(),
                serde_json::from_slice(request.body()).unwrap(),
            )
        })
        .collect();
    let deletion = told.iter().find(|(topic, _)| topic == "orders/delete");
    assert_eq!(deletion.unwrap().1, json!({ "id": 5_001_000_000_001_u64 }));
    assert!(
        told.iter().any(|(topic, _)| topic == "orders/paid"),
        "{told:?}"
    );
    // What a buyer paid online stays.
    bench.checkout(&[(0, 1)]);
    let kept = run(
        &mut bench,
        delete,
        json!({ "id": "gid://shopify/Order/5001000000002" }),
    );
    assert_eq!(kept["userErrors"][0]["code"], "INVALID");
}

#[test]
fn addresses_of_orders_are_checked_when_they_are_changed() {
    let mut bench = Bench::ideal();
    let made = create(&mut bench, mugs(1), "BYPASS");
    let id = made["order"]["id"].clone();
    let update = |bench: &mut Bench, address: Value| {
        run(
            bench,
            "mutation($input: OrderInput!) { it: orderUpdate(input: $input) { order { shippingAddress { lastName zip countryCodeV2 } } userErrors { field message } } }",
            json!({ "input": { "id": id, "shippingAddress": address } }),
        )
    };
    let refused = update(
        &mut bench,
        json!({ "countryCode": "US", "provinceCode": "BC", "zip": " " }),
    );
    let errors = |member: &str, message: &str| json!({ "field": ["shippingAddress", member], "message": message });
    assert_eq!(
        refused["userErrors"],
        json!([
            errors("lastName", "Enter a last name"),
            errors("zip", "Enter a ZIP code"),
            errors("province", "State is not a valid state in United States"),
        ])
    );
    assert_eq!(refused["order"]["shippingAddress"], Value::Null);
    let kept = update(
        &mut bench,
        json!({ "countryCode": "CA", "provinceCode": "BC", "zip": "V5K 0A1", "lastName": "Carr" }),
    );
    assert_eq!(
        kept,
        json!({ "order": { "shippingAddress": { "lastName": "Carr", "zip": "V5K 0A1", "countryCodeV2": "CA" } }, "userErrors": [] })
    );
}

#[test]
fn customers_are_made_set_taken_off_and_deleted() {
    let mut bench = Bench::ideal();
    let create_one = "mutation($input: CustomerInput!) { it: customerCreate(input: $input) { customer { id displayName email tags } userErrors { field message } } }";
    let nobody = run(&mut bench, create_one, json!({ "input": { "note": "?" } }));
    assert_eq!(nobody["userErrors"][0]["field"], Value::Null);
    let input = json!({ "firstName": "Mary", "lastName": "Shelley", "email": "mary@example.com", "tags": ["vip"] });
    let made = run(&mut bench, create_one, json!({ "input": input }));
    assert_eq!(made["userErrors"], json!([]), "{made}");
    assert_eq!(made["customer"]["displayName"], "Mary Shelley");
    let twice = json!({ "input": { "email": "Mary@Example.com" } });
    let twice = run(&mut bench, create_one, twice);
    assert_eq!(
        twice["userErrors"][0]["message"],
        "Email has already been taken"
    );
    let id = made["customer"]["id"].clone();
    // An order that is made for her is hers, and has her address.
    let order = json!({ "customerId": id, "lineItems": [{ "title": "Box", "quantity": 1 }] });
    let hers = create(&mut bench, order, "BYPASS");
    assert_eq!(hers["order"]["email"], "mary@example.com");
    assert_eq!(hers["order"]["customer"]["displayName"], "Mary Shelley");
    let rest = bench.rest("GET", "orders/5001000000001.json", Value::Null);
    let rest = super::rest::body(&rest);
    assert_eq!(rest["order"]["customer"]["last_name"], "Shelley");
    // So is a buyer's, once it is set, until she is taken off it.
    bench.checkout(&[(0, 1)]);
    let bought = json!("gid://shopify/Order/5001000000002");
    let set = "mutation($order: ID!, $customer: ID!) { it: orderCustomerSet(orderId: $order, customerId: $customer) { order { customer { id } } userErrors { code field } } }";
    let done = run(&mut bench, set, json!({ "order": bought, "customer": id }));
    assert_eq!(done["order"]["customer"]["id"], id);
    let unknown = json!("gid://shopify/Customer/7004000000099");
    let refused = run(
        &mut bench,
        set,
        json!({ "order": bought, "customer": unknown }),
    );
    assert_eq!(
        refused,
        json!({ "order": null, "userErrors": [{ "code": "NOT_FOUND", "field": ["customerId"] }] })
    );
    let delete = "mutation($id: ID!) { it: customerDelete(input: { id: $id }) { deletedCustomerId shop { id } userErrors { field } } }";
    let kept = run(&mut bench, delete, json!({ "id": id }));
    assert_eq!(kept["userErrors"][0]["field"], json!(["id"]));
    let remove = "mutation($order: ID!) { it: orderCustomerRemove(orderId: $order) { order { customer { id } } userErrors { code } } }";
    for order in [&hers["order"]["id"], &bought] {
        let removed = run(&mut bench, remove, json!({ "order": order }));
        assert_eq!(
            removed,
            json!({ "order": { "customer": null }, "userErrors": [] })
        );
    }
    let deleted = run(&mut bench, delete, json!({ "id": id }));
    assert_eq!(deleted["deletedCustomerId"], id);
    let gone = bench.graphql(
        "query($id: ID!) { customer(id: $id) { id } }",
        json!({ "id": id }),
    );
    assert_eq!(gone["data"]["customer"], Value::Null);
}
