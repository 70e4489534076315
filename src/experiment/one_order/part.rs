//! The part of a message that is about one order, as the platform wrote it: in its order of members, indented.

use std::collections::BTreeMap;

/// Bytes of it that are kept.
pub const MOST_BYTES: usize = 8 << 10;

/// What stands where it was cut.
const CUT: &str = "\n... (cut at 8 KB)";

/// A token of JSON text and where it is; blanks, commas and colons are left out.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while bytes
            .get(at)
            .is_some_and(|it| it.is_ascii_whitespace() || matches!(it, b',' | b':'))
        {
            at += 1;
        }
        let from = at;
        match bytes.get(at)? {
            b'{' | b'}' | b'[' | b']' => at += 1,
            b'"' => {
                at += 1;
                while let Some(letter) = bytes.get(at) {
                    match letter {
                        b'\\' => at += 2,
                        b'"' => break,
                        _ => at += 1,
                    }
                }
                at = (at + 1).min(bytes.len());
            }
            _ => {
                while bytes.get(at).is_some_and(|it| {
                    !it.is_ascii_whitespace()
                        && !matches!(it, b',' | b':' | b'{' | b'}' | b'[' | b']' | b'"')
                }) {
                    at += 1;
                }
            }
        }
        Some((from, text.get(from..at)?))
    })
}

/// Whether a token is an order's id: bare, or at the end of a global id.
fn is_id(token: &str, id: &str) -> bool {
    let plain = token.trim_matches('"');
    plain == id
        || plain
            .strip_suffix(id)
            .is_some_and(|it| it.ends_with("/Order/"))
}

/// The smallest object of a text that has the order's id among its own members; the whole text where there is none.
pub fn part_of<'t>(text: &'t str, id: &str) -> &'t str {
    let (mut open, mut found) = (Vec::new(), None);
    for (at, token) in tokens(text) {
        match token {
            "{" | "[" => open.push((at, token)),
            "}" | "]" => {
                let begun = open.pop().map(|(from, _)| from);
                if begun.is_some() && begun == found {
                    return &text[found.unwrap_or(0)..at + 1];
                }
            }
            token if found.is_none() && is_id(token, id) => {
                let inner = open.iter().rev().find(|(_, kind)| *kind == "{");
                found = inner.map(|(from, _)| *from);
            }
            _ => {}
        }
    }
    text
}

/// Bytes of an object or list that still stands on one line.
const ON_ONE_LINE: usize = 80;

/// JSON text with a member a line, small objects and lists on one, cut where it gets long. What is no JSON stays as it is.
pub fn indented(text: &str) -> String {
    let trimmed = text.trim();
    if serde_json::from_str::<serde::de::IgnoredAny>(trimmed).is_err() {
        return cut(trimmed.to_string());
    }
    let ends = ends(trimmed);
    let (mut out, mut depth, mut end) = (String::new(), 0usize, 0);
    for (at, token) in tokens(trimmed) {
        if at < end {
            // Within what stands on one line already.
            continue;
        }
        let before = &trimmed[end..at];
        depth -= usize::from(matches!(token, "}" | "]") && depth > 0);
        if before.contains(':') {
            out.push_str(": ");
        } else {
            out.push_str(if before.contains(',') { "," } else { "" });
            if at > 0 {
                out.push('\n');
                out.push_str(&"  ".repeat(depth));
            }
        }
        let whole = match ends.get(&at) {
            Some(close) if close - at <= ON_ONE_LINE => &trimmed[at..*close],
            _ => token,
        };
        let is_short = whole.len() > token.len() && at > 0 && !whole.contains('\n');
        let written = if is_short { whole } else { token };
        depth += usize::from(!is_short && matches!(token, "{" | "["));
        out.push_str(written);
        end = at + written.len();
        if out.len() > MOST_BYTES {
            break;
        }
    }
    cut(out)
}

/// Where each object and list that begins at a place has its end.
fn ends(text: &str) -> BTreeMap<usize, usize> {
    let (mut open, mut ends) = (Vec::new(), BTreeMap::new());
    for (at, token) in tokens(text) {
        match token {
            "{" | "[" => open.push(at),
            "}" | "]" => {
                if let Some(from) = open.pop() {
                    ends.insert(from, at + 1);
                }
            }
            _ => {}
        }
    }
    ends
}

fn cut(mut text: String) -> String {
    if text.len() > MOST_BYTES {
        text.truncate(text.floor_char_boundary(MOST_BYTES - CUT.len()));
        text.push_str(CUT);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_object_with_the_id_is_the_orders() {
        let text = r#"{"data":{"orders":{"nodes":[{"id":"gid://shopify/Order/12","n":{"id":"x"}},{"a":[{"b":1}],"id":"gid://shopify/Order/123","c":"}"}]}}}"#;
        let second = r#"{"a":[{"b":1}],"id":"gid://shopify/Order/123","c":"}"}"#;
        assert_eq!(part_of(text, "123"), second);
        assert_eq!(
            part_of(r#"{"id":123,"x":{}}"#, "123"),
            r#"{"id":123,"x":{}}"#
        );
        assert_eq!(part_of(text, "7"), text);
        assert_eq!(part_of(r#"{"id":123"#, "123"), r#"{"id":123"#, "broken off");
    }

    #[test]
    fn members_keep_their_order_and_long_texts_are_cut() {
        let text = r#" {"b":[],"a":{"z":[1,{"y":"q\"},"}],"long":"LONG","x":{}},"c":null} "#;
        let text = text.replace("LONG", &"l".repeat(ON_ONE_LINE));
        let expected = r#"{
  "b": [],
  "a": {
    "z": [1,{"y":"q\"},"}],
    "long": "LONG",
    "x": {}
  },
  "c": null
}"#;
        let expected = expected.replace("LONG", &"l".repeat(ON_ONE_LINE));
        assert_eq!(indented(&text), expected);
        let pretty: serde_json::Value = serde_json::from_str(&expected).unwrap();
        let plain: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(pretty, plain);
        let long = format!("{{\"a\":\"{}\"}}", "ö".repeat(MOST_BYTES));
        let told = indented(&long);
        assert!(told.len() <= MOST_BYTES && told.ends_with(CUT));
        assert_eq!(indented("no json, at all"), "no json, at all");
    }
}
