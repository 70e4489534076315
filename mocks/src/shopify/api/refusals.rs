//! Bodies that refuse a whole GraphQL request (docs/platforms/shopify.md 2.4).

use super::graphql::plan::{Operation, Variables};
use crate::core::random::mix;
use crate::shopify::json::Json;
use crate::shopify::json::{write_int, write_text, write_texts};
use crate::shopify::model::ids::write_uuid;

/// The longest input list (docs/platforms/shopify.md 2.4).
const INPUT_SIZE_MAX: usize = 250;

/// The body that refuses a whole request.
pub(crate) fn request_error(message: &str, code: &str) -> Vec<u8> {
    let mut out = b"{\"errors\":[{\"message\":".to_vec();
    write_text(message, &mut out);
    out.extend_from_slice(b",\"extensions\":{\"code\":");
    write_text(code, &mut out);
    out.extend_from_slice(b"}}]}");
    out
}

/// The body of a request that came to grief inside the platform; `salt` and `number` make its id.
pub(crate) fn internal_error(salt: u64, number: u64) -> Vec<u8> {
    let mut out = b"{\"errors\":[{\"message\":\"Internal error. Looks like something went wrong on our end.\",\"extensions\":{\"code\":\"INTERNAL_SERVER_ERROR\",\"requestId\":\"".to_vec();
    write_uuid(mix(salt, 0xe0), number, &mut out);
    out.extend_from_slice(b"\"}}],\"data\":null}");
    out
}

/// The body that refuses a query for its cost.
pub(crate) fn max_cost(cost: u64, max: u64) -> Vec<u8> {
    let mut out = b"{\"errors\":[{\"message\":".to_vec();
    write_text(
        &format!("Query cost is {cost}, which exceeds the single query max cost limit ({max})."),
        &mut out,
    );
    out.extend_from_slice(b",\"extensions\":{\"code\":\"MAX_COST_EXCEEDED\",\"cost\":");
    write_int(cost, &mut out);
    out.extend_from_slice(b",\"maxCost\":");
    write_int(max, &mut out);
    out.extend_from_slice(b",\"documentation\":\"https://shopify.dev/api/usage/rate-limits\"}}]}");
    out
}

/// The start of the body that refuses an input list of more than 250 elements, up to the cost.
pub(crate) fn too_large_input(operation: &Operation, variables: &Variables<'_>) -> Option<Vec<u8>> {
    fn longest<'j>(json: &'j Json<'_>, path: &mut Vec<&'j str>) -> Option<usize> {
        match json {
            Json::List(elements) if elements.len() > INPUT_SIZE_MAX => Some(elements.len()),
            Json::Object(members) => members.iter().find_map(|(key, member)| {
                path.push(key);
                let found = longest(member, path);
                if found.is_none() {
                    path.pop();
                }
                found
            }),
            _ => None,
        }
    }
    for field in operation
        .root
        .fields
        .iter()
        .filter(|field| field.wanted(variables))
    {
        for (name, value) in &field.arguments {
            let Some(value) = value.resolve(variables) else {
                continue;
            };
            let mut path = vec![&*field.response_key, &**name];
            let Some(size) = longest(&value, &mut path) else {
                continue;
            };
            let mut out = b"{\"errors\":[{\"message\":".to_vec();
            let message = format!(
                "The input array size of {size} is greater than the maximum allowed of {INPUT_SIZE_MAX}."
            );
            write_text(&message, &mut out);
            out.extend_from_slice(b",\"locations\":[{\"line\":");
            write_int(field.location.line, &mut out);
            out.extend_from_slice(b",\"column\":");
            write_int(field.location.column, &mut out);
            out.extend_from_slice(b"}],\"path\":");
            write_texts(&path, &mut out);
            out.extend_from_slice(
                b",\"extensions\":{\"code\":\"MAX_INPUT_SIZE_EXCEEDED\"}}],\"extensions\":{",
            );
            return Some(out);
        }
    }
    None
}
