//! Schema drift: payloads that say the same in another shape (docs/platforms/tiktok_shop.md 8). Written over JSON values and
//! meant for struck payloads alone.
//!
//! A text that holds JSON, as the bodies of queue messages do, is altered inside, and the digest beside it made anew.

use channel_mocks::amazon::message_digest;
use serde_json::{Map, Number, Value};

use crate::scenario::model::{Fault, FaultKind};

/// The member that is added where the fault names none.
const ADDED: &str = "added_member";
/// The value that nobody knows where the fault names none.
const UNKNOWN: &str = "UNKNOWN_VALUE";
/// The digest beside the body of a queue message.
const DIGEST: &str = "MD5OfBody";

/// Whether a payload has what the fault alters: a look at its bytes.
pub(super) fn could(fault: &Fault, body: &[u8]) -> bool {
    let is_object = body.first() == Some(&b'{');
    match &fault.field {
        Some(field) if fault.kind != FaultKind::FieldAdded => {
            let name = field.as_bytes();
            is_object
                && !name.is_empty()
                && body
                    .windows(name.len() + 1)
                    .any(|part| part.first() == Some(&b'"') && part.get(1..) == Some(name))
        }
        _ => is_object,
    }
}

/// Alters a payload. Tells whether it is another one now; what is no JSON, or has not the member, stays.
pub(super) fn alter(fault: &Fault, body: &mut Vec<u8>) -> bool {
    let Ok(mut payload) = serde_json::from_slice::<Value>(body) else {
        return false;
    };
    if !alter_value(fault, &mut payload) {
        return false;
    }
    *body = payload.to_string().into_bytes();
    true
}

fn alter_value(fault: &Fault, value: &mut Value) -> bool {
    match value {
        Value::Object(members) => alter_object(fault, members),
        Value::Array(elements) => {
            let mut altered = false;
            for element in elements {
                altered |= alter_value(fault, element);
            }
            altered
        }
        Value::String(text) if text.starts_with('{') => {
            let Ok(mut inside) = serde_json::from_str::<Value>(text) else {
                return false;
            };
            let altered = alter_value(fault, &mut inside);
            if altered {
                *text = inside.to_string();
            }
            altered
        }
        _ => false,
    }
}

fn alter_object(fault: &Fault, members: &mut Map<String, Value>) -> bool {
    let mut altered = false;
    for member in members.values_mut() {
        altered |= alter_value(fault, member);
    }
    if let Some(Value::String(body)) = members.get("Body")
        && members.contains_key(DIGEST)
    {
        // The envelope is the queue's, not the platform's: it keeps its shape.
        let digest = message_digest(body);
        members.insert(DIGEST.to_string(), Value::String(digest));
        return altered;
    }
    let to = fault.to.as_deref();
    let field = fault.field.as_deref().unwrap_or(ADDED);
    if fault.kind == FaultKind::FieldAdded {
        members.insert(field.to_string(), serde_json::json!({ "is_new": true }));
        return true;
    }
    let Some(member) = members.get_mut(field) else {
        return altered;
    };
    match fault.kind {
        FaultKind::FieldRemoved => {
            members.remove(field);
        }
        FaultKind::FieldNull => *member = Value::Null,
        FaultKind::FieldRenamed => {
            let value = members.remove(field).unwrap_or_default();
            members.insert(to.unwrap_or(ADDED).to_string(), value);
        }
        FaultKind::FieldMoved => {
            let value = members.remove(field).unwrap_or_default();
            let into = serde_json::json!({ field: value });
            members.insert(to.unwrap_or(ADDED).to_string(), into);
        }
        FaultKind::NumberAsText => return retyped(member) || altered,
        FaultKind::EnumValueAdded => *member = Value::String(to.unwrap_or(UNKNOWN).to_string()),
        FaultKind::WrappedInList => *member = Value::Array(vec![member.take()]),
        _ => return altered,
    }
    true
}

/// A number as text, or a text of digits as a number; other values stay.
fn retyped(value: &mut Value) -> bool {
    let other = match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::String(text) => match text.parse::<Number>() {
            Ok(number) => Value::Number(number),
            Err(_) => return false,
        },
        _ => return false,
    };
    *value = other;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Fault {
        toml::from_str(text).unwrap()
    }

    fn altered(text: &str, body: &str) -> String {
        let mut bytes = body.as_bytes().to_vec();
        let fault = fault(text);
        assert!(could(&fault, &bytes), "{text}");
        assert!(alter(&fault, &mut bytes), "{text}");
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn each_operator_reaches_every_member_of_the_name() {
        let body = r#"{"id":7,"lines":[{"id":"8","n":1}]}"#;
        for (text, expected) in [
            (
                r#"kind = "field_removed"
                field = "id""#,
                r#"{"lines":[{"n":1}]}"#,
            ),
            (
                r#"kind = "field_null"
                field = "id""#,
                r#"{"id":null,"lines":[{"id":null,"n":1}]}"#,
            ),
            (
                r#"kind = "field_renamed"
                field = "id"
                to = "key""#,
                r#"{"key":7,"lines":[{"key":"8","n":1}]}"#,
            ),
            (
                r#"kind = "field_moved"
                field = "n"
                to = "of""#,
                r#"{"id":7,"lines":[{"id":"8","of":{"n":1}}]}"#,
            ),
            (
                r#"kind = "number_as_text"
                field = "id""#,
                r#"{"id":"7","lines":[{"id":8,"n":1}]}"#,
            ),
            (
                r#"kind = "enum_value_added"
                field = "n""#,
                r#"{"id":7,"lines":[{"id":"8","n":"UNKNOWN_VALUE"}]}"#,
            ),
            (
                r#"kind = "wrapped_in_list"
                field = "n""#,
                r#"{"id":7,"lines":[{"id":"8","n":[1]}]}"#,
            ),
            (
                r#"kind = "field_added"
                field = "x""#,
                r#"{"id":7,"lines":[{"id":"8","n":1,"x":{"is_new":true}}],"x":{"is_new":true}}"#,
            ),
        ] {
            assert_eq!(altered(text, body), expected, "{text}");
        }
    }

    #[test]
    fn a_queue_message_is_altered_inside_and_its_digest_fits() {
        let text = "kind = \"field_null\"\nfield = \"AmazonOrderId\"";
        let body = r#"{"Messages":[{"Body":"{\"AmazonOrderId\":\"1\"}","MD5OfBody":"old","MessageId":"m"}]}"#;
        let after: Value = serde_json::from_str(&altered(text, body)).unwrap();
        let message = &after["Messages"][0];
        assert_eq!(message["Body"], r#"{"AmazonOrderId":null}"#);
        assert_eq!(
            message["MD5OfBody"],
            message_digest(r#"{"AmazonOrderId":null}"#)
        );
        assert_eq!(message["MessageId"], "m");
    }

    #[test]
    fn what_has_not_the_member_and_what_is_no_json_stays() {
        let fault = fault("kind = \"field_null\"\nfield = \"id\"");
        assert!(!could(&fault, br#"{"ids":1}"#) || !alter(&fault, &mut br#"{"ids":1}"#.to_vec()));
        let mut broken = br#"{"id":"#.to_vec();
        assert!(!alter(&fault, &mut broken));
        assert_eq!(broken, br#"{"id":"#);
    }
}
