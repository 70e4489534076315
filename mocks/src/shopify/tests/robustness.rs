//! Whatever arrives, the emulator answers once and goes on.

use proptest::prelude::*;

use super::Bench;
use crate::core::Request;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_requests_are_answered(
        method in "(GET|POST|PUT|DELETE|PATCH)",
        path in "(/admin/api/2026-07/graphql\\.json|/admin/oauth/access_token|/admin/[a-z0-9/.-]{0,20}|/[!-~&&[^#]]{0,20})",
        header in proptest::collection::vec(any::<u8>(), 0..20),
        with_token in any::<bool>(),
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut bench = Bench::ideal();
        let mut request = Request::new(body);
        *request.method_mut() = method.parse().unwrap();
        let Ok(uri) = path.parse() else { return Ok(()) };
        *request.uri_mut() = uri;
        let token = if with_token { bench.token.clone().into_bytes() } else { header };
        if let Ok(token) = http::HeaderValue::from_bytes(&token) {
            request.headers_mut().insert("x-shopify-access-token", token);
        }
        let (_, response) = bench.send(request);
        prop_assert!(serde_json::from_slice::<serde_json::Value>(response.body()).is_ok());
    }

    #[test]
    fn arbitrary_queries_and_variables_are_answered(
        query in "[{}a-z(): $!\"@\\[\\]0-9]{0,60}",
        variables in "(\\{\"a\":[0-9\\[\\]\"{}]{0,10}\\}|[0-9]{1,4}|null|\\[\\])",
        input in "(null|\\{\\}|\\[1\\]|\"x\"|\\{\"name\":\"available\",\"reason\":\"correction\",\"quantities\":[\\[\\]{}0-9]{0,6}\\})",
    ) {
        let mut bench = Bench::ideal();
        let text = serde_json::to_string(&query).unwrap();
        bench.post("/admin/api/2026-07/graphql.json", format!("{{\"query\":{text},\"variables\":{variables}}}"));
        let set = "mutation($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input) @idempotent(key: \\\"k\\\") { userErrors { code } } }";
        let (_, response) = bench.post(
            "/admin/api/2026-07/graphql.json",
            format!("{{\"query\":\"{set}\",\"variables\":{{\"input\":{input}}}}}"),
        );
        prop_assert!(serde_json::from_slice::<serde_json::Value>(response.body()).is_ok());
    }
}
