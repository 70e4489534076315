//! What products, items, customers and orders have that follows from other things, or that apps wrote beside the catalogue.

use serde_json::{Value, json};

use super::Bench;
use super::made_orders::{create, money};

fn run(bench: &mut Bench, text: &str) -> Value {
    let answer = bench.graphql(text, json!({}));
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"].clone()
}

#[test]
fn a_product_has_the_range_of_its_prices_and_what_search_engines_are_told() {
    let mut bench = Bench::ideal();
    run(
        &mut bench,
        "mutation { productUpdate(product: { id: \"gid://shopify/Product/2001000000002\", descriptionHtml: \"<p>Holds <b>tea</b></p>\", seo: { title: \"Mugs\" }, templateSuffix: \"wide\" }) { userErrors { message } } }",
    );
    let read = "{ product(id: \"gid://shopify/Product/2001000000002\") { description cut: description(truncateAt: 8) seo { title description } templateSuffix totalVariants hasOutOfStockVariants priceRangeV2 { minVariantPrice { amount currencyCode } maxVariantPrice { amount } } compareAtPriceRange { maxVariantCompareAtPrice { amount } } } }";
    let product = run(&mut bench, read)["product"].clone();
    assert_eq!(
        product,
        json!({
            "description": "Holds tea",
            "cut": "Holds...",
            "seo": { "title": "Mugs", "description": null },
            "templateSuffix": "wide",
            "totalVariants": 1,
            "hasOutOfStockVariants": false,
            "priceRangeV2": { "minVariantPrice": { "amount": "10.0", "currencyCode": "EUR" }, "maxVariantPrice": { "amount": "10.0" } },
            "compareAtPriceRange": null,
        })
    );
    run(
        &mut bench,
        "mutation { productVariantsBulkUpdate(productId: \"gid://shopify/Product/2001000000002\", variants: [{ id: \"gid://shopify/ProductVariant/4001000000002\", compareAtPrice: \"12.5\" }]) { userErrors { message } } }",
    );
    let product = &run(&mut bench, read)["product"];
    assert_eq!(
        product["compareAtPriceRange"]["maxVariantCompareAtPrice"]["amount"],
        "12.5"
    );
    assert_eq!(product["seo"]["title"], "Mugs");
}

#[test]
fn an_item_keeps_its_cost_origin_code_and_weight() {
    let mut bench = Bench::ideal();
    let read = "inventoryItem { unitCost { amount currencyCode } countryCodeOfOrigin provinceCodeOfOrigin harmonizedSystemCode measurement { weight { unit value } } }";
    let update = |bench: &mut Bench, input: &str| {
        run(
            bench,
            &format!("mutation {{ it: inventoryItemUpdate(id: \"gid://shopify/InventoryItem/3001000000002\", input: {{ {input} }}) {{ {read} userErrors {{ field message }} }} }}"),
        )["it"]
            .clone()
    };
    let first = update(&mut bench, "sku: \"MUG\"");
    assert_eq!(
        first["inventoryItem"],
        json!({ "unitCost": null, "countryCodeOfOrigin": null, "provinceCodeOfOrigin": null, "harmonizedSystemCode": null, "measurement": { "weight": { "unit": "KILOGRAMS", "value": 0.0 } } })
    );
    let kept = update(
        &mut bench,
        "cost: \"4.2\", countryCodeOfOrigin: CA, provinceCodeOfOrigin: \"NB\", harmonizedSystemCode: \"691200\", measurement: { weight: { unit: GRAMS, value: 350 } }",
    );
    let expected = json!({ "unitCost": { "amount": "4.2", "currencyCode": "EUR" }, "countryCodeOfOrigin": "CA", "provinceCodeOfOrigin": "NB", "harmonizedSystemCode": "691200", "measurement": { "weight": { "unit": "GRAMS", "value": 350.0 } } });
    assert_eq!(kept["inventoryItem"], expected);
    let refused = update(&mut bench, "cost: \"-1\"");
    assert_eq!(refused["userErrors"][0]["field"], json!(["input", "cost"]));
    assert_eq!(refused["inventoryItem"], expected);
    let light = "cost: \"9\", measurement: { weight: { unit: POUNDS, value: -0.5 } }";
    let refused = update(&mut bench, light);
    assert_eq!(
        refused["userErrors"][0]["field"],
        json!(["input", "measurement"])
    );
    assert_eq!(refused["inventoryItem"], expected);
    let cleared = update(&mut bench, "cost: null, provinceCodeOfOrigin: null");
    assert_eq!(
        (
            &cleared["inventoryItem"]["unitCost"],
            &cleared["inventoryItem"]["provinceCodeOfOrigin"],
            &cleared["inventoryItem"]["countryCodeOfOrigin"]
        ),
        (&Value::Null, &Value::Null, &json!("CA"))
    );
    // REST shows and writes the same.
    let told = bench.rest(
        "PUT",
        "inventory_items/3001000000002.json",
        json!({ "inventory_item": { "id": 1, "cost": "7.50" } }),
    );
    let told: Value = serde_json::from_slice(told.body()).unwrap();
    assert_eq!(
        (
            &told["inventory_item"]["cost"],
            &told["inventory_item"]["harmonized_system_code"]
        ),
        (&json!("7.50"), &json!("691200"))
    );
    let variant = bench.rest("GET", "variants/4001000000002.json", Value::Null);
    let variant: Value = serde_json::from_slice(variant.body()).unwrap();
    assert_eq!(
        (
            &variant["variant"]["grams"],
            &variant["variant"]["weight"],
            &variant["variant"]["weight_unit"]
        ),
        (&json!(350), &json!(350.0), &json!("g"))
    );
}

#[test]
fn a_customer_has_contacts_a_note_and_orders() {
    let mut bench = Bench::ideal();
    let read = "id phone note locale numberOfOrders defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber }";
    let made = run(
        &mut bench,
        &format!(
            "mutation {{ customerCreate(input: {{ email: \"ida@example.com\", note: \"calls\", locale: \"fr\" }}) {{ customer {{ {read} }} }} }}"
        ),
    );
    let customer = &made["customerCreate"]["customer"];
    assert_eq!(
        customer,
        &json!({ "id": customer["id"], "phone": null, "note": "calls", "locale": "fr", "numberOfOrders": "0", "defaultEmailAddress": { "emailAddress": "ida@example.com" }, "defaultPhoneNumber": null })
    );
    create(
        &mut bench,
        json!({ "customerId": customer["id"], "lineItems": [{ "title": "Bowl", "quantity": 1, "priceSet": money("3.00") }] }),
        "BYPASS",
    );
    let again = run(
        &mut bench,
        &format!(
            "{{ customer(id: {}) {{ numberOfOrders }} }}",
            customer["id"]
        ),
    );
    assert_eq!(again["customer"]["numberOfOrders"], "1");
}

#[test]
fn an_order_tells_its_sums_in_the_older_form_and_counts_its_payments() {
    let mut bench = Bench::ideal();
    bench.checkout(&[(1, 2)]);
    let order = run(
        &mut bench,
        "{ order(id: \"gid://shopify/Order/5001000000001\") { totalPrice subtotalPrice totalReceived totalRefunded totalTax netPayment refundable discountCode billingAddressMatchesShippingAddress transactionsCount { count } originalTotalPriceSet { shopMoney { amount } } currentShippingPriceSet { shopMoney { amount } } } }",
    );
    assert_eq!(
        order["order"],
        json!({
            "totalPrice": "20.00", "subtotalPrice": "20.00", "totalReceived": "20.00", "totalRefunded": "0.00", "totalTax": "0.00", "netPayment": "20.00",
            "refundable": true, "discountCode": null, "billingAddressMatchesShippingAddress": true,
            "transactionsCount": { "count": 1 },
            "originalTotalPriceSet": { "shopMoney": { "amount": "20.0" } },
            "currentShippingPriceSet": { "shopMoney": { "amount": "0.0" } },
        })
    );
}

#[test]
fn what_is_not_tracked_counts_nothing_in_all_of_a_product() {
    let mut bench = Bench::ideal();
    let made = run(
        &mut bench,
        "mutation { productSet(input: { title: \"Jug\", productOptions: [{ name: \"Title\", values: [{ name: \"Default Title\" }] }], variants: [{ optionValues: [{ optionName: \"Title\", name: \"Default Title\" }], inventoryItem: { tracked: true }, inventoryQuantities: [{ locationId: \"gid://shopify/Location/1101000000001\", name: \"available\", quantity: 9 }] }] }) { product { totalInventory variants(first: 1) { nodes { inventoryItem { id } } } } userErrors { message } } }",
    );
    let product = &made["productSet"]["product"];
    assert_eq!(product["totalInventory"], 9, "{made}");
    let item = &product["variants"]["nodes"][0]["inventoryItem"]["id"];
    let read = run(
        &mut bench,
        &format!(
            "mutation {{ inventoryItemUpdate(id: {item}, input: {{ tracked: false }}) {{ inventoryItem {{ variant {{ inventoryQuantity product {{ totalInventory hasOutOfStockVariants tracksInventory }} }} }} }} }}"
        ),
    );
    assert_eq!(
        read["inventoryItemUpdate"]["inventoryItem"]["variant"],
        json!({ "inventoryQuantity": 9, "product": { "totalInventory": 0, "hasOutOfStockVariants": false, "tracksInventory": false } })
    );
}
