//! Amounts of orders that apps make: those that are none, and those beyond all bounds.

use serde_json::{Value, json};

use super::Bench;
use super::made_orders::{CREATE, create, money, paid};

#[test]
fn an_amount_that_is_no_number_is_none_of_its_scalar() {
    let mut bench = Bench::ideal();
    let lines = json!([{ "title": "Box", "quantity": 1 }]);
    let answer = bench.graphql(
        CREATE,
        json!({ "order": paid("SALE", "abc", lines.clone()) }),
    );
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "INVALID_VARIABLE", "{answer}");
    assert_eq!(
        error["extensions"]["problems"][0],
        json!({ "path": ["transactions", 0, "amountSet", "shopMoney", "amount"], "explanation": "Could not coerce value \"abc\" to Decimal" })
    );
    let written = |rate: &str| {
        format!(
            "mutation {{ orderCreate(order: {{ lineItems: [{{ title: \"Box\", quantity: 1, taxLines: [{{ title: \"VAT\", rate: {rate} }}] }}] }}) {{ order {{ id }} userErrors {{ message }} }} }}"
        )
    };
    for wrong in ["\"abc\"", "\"NaN\"", "true", "{}"] {
        let answer = bench.graphql(&written(wrong), json!({}));
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code, "argumentLiteralsIncompatible", "{wrong}: {answer}");
    }
    // What a receipt holds is the app's own business.
    let mut order = paid("SALE", "5.00", lines);
    order["transactions"][0]["receiptJson"] = json!({ "shopMoney": { "amount": "abc" } });
    assert_eq!(create(&mut bench, order, "BYPASS")["userErrors"], json!([]));
    for right in ["0.2", "\"0.2\"", "0"] {
        let answer = bench.graphql(&written(right), json!({}));
        let made = &answer["data"]["orderCreate"];
        assert_eq!(made["userErrors"], json!([]), "{right}: {answer}");
    }
    assert_eq!(bench.shop.store.state.orders.len(), 4);
}

/// Whatever an app writes down as a price, sums stay numbers.
#[test]
fn amounts_beyond_all_bounds_are_refused_or_cut() {
    let mut bench = Bench::ideal();
    let boxes = |quantity: i64, price: &str, rate: &str| {
        let taxes = json!([{ "title": "VAT", "rate": rate }]);
        json!({ "lineItems": [{ "title": "Box", "quantity": quantity, "priceSet": money(price), "taxLines": taxes }] })
    };
    let dear = create(&mut bench, boxes(1_000_000, "922337203685", "0"), "BYPASS");
    assert_eq!(dear["order"], Value::Null, "{dear}");
    assert_eq!(dear["userErrors"][0]["code"], "INVALID");
    assert_eq!(
        dear["userErrors"][0]["field"],
        json!(["order", "lineItems", "0", "priceSet"])
    );
    for rate in ["1e40", "-3"] {
        let taxed = create(&mut bench, boxes(2, "7.50", rate), "BYPASS");
        assert_eq!(taxed["userErrors"], json!([]), "{rate}: {taxed}");
    }
}
