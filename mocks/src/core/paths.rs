//! Paths: by the templates of a table of operations, and however they are written.

use http::Uri;
use http::uri::PathAndQuery;

/// An address whose path has letters, digits, `-`, `.`, `_` and `~` as they are, where this one has some of them percent-encoded:
/// both are the same (RFC 3986 6.2.2.2), and platforms' routers read them alike. `None` where there is nothing to change; the
/// query is read by its parameters, decoded.
pub fn normalised(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if !path.contains('%') {
        return None;
    }
    let mut plain = String::with_capacity(path.len());
    let mut left = path;
    while let Some((before, after)) = left.split_once('%') {
        plain.push_str(before);
        match after.get(..2).and_then(unreserved) {
            Some(letter) => {
                plain.push(letter);
                left = &after[2..];
            }
            None => {
                plain.push('%');
                left = after;
            }
        }
    }
    plain.push_str(left);
    if plain == path {
        return None;
    }
    if let Some(query) = uri.query() {
        plain.push('?');
        plain.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(plain).ok()?);
    Uri::from_parts(parts).ok()
}

/// The character behind two hexadecimal digits, if it is one that need not be encoded.
fn unreserved(digits: &str) -> Option<char> {
    let byte = u8::from_str_radix(digits, 16).ok()?;
    let is_unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    is_unreserved.then_some(char::from(byte))
}

/// The segment of a path that stands where the template has a name in braces, still percent-encoded; an empty text where the
/// template has none; `None` where the path does not fit.
pub(crate) fn parameter<'path>(template: &str, path: &'path str) -> Option<&'path str> {
    let Some((before, rest)) = template.split_once('{') else {
        return (template == path).then_some("");
    };
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    let parameter = path.strip_prefix(before)?.strip_suffix(after)?;
    (!parameter.is_empty() && !parameter.contains('/')).then_some(parameter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_need_not_be_encoded_is_read_as_it_is_and_the_rest_stays() {
        let plain = |address: &str| {
            let uri: Uri = address.parse().unwrap();
            normalised(&uri).map(|it| it.to_string())
        };
        for (written, read) in [
            ("/%61dmin/api", "/admin/api"),
            ("/%76%31/locations?a=%61", "/v1/locations?a=%61"),
            ("/a%2Db%5fc%7e%2e", "/a-b_c~."),
            ("/%2541/%41", "/%2541/A"),
            ("http://h.test:8/%6f", "http://h.test:8/o"),
        ] {
            assert_eq!(plain(written).as_deref(), Some(read), "{written}");
        }
        for same in [
            "/", "/a?b=%61", "/a%2Fb", "/a%20%3f", "/%", "/%4", "/%+1", "/%C3%A4",
        ] {
            assert_eq!(plain(same), None, "{same}");
        }
    }
}
