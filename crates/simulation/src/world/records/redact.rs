//! Secrets are left out of what is kept: access tokens, refresh tokens, client secrets and signatures, wherever the three
//! platforms, their queue and the warehouse put them.

use std::borrow::Cow;
use std::ops::Range;

/// What stands in a secret's place.
pub const REDACTED: &str = "REDACTED";

/// Headers whose values are secrets, in lower case.
const HEADERS: [&str; 12] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-shopify-access-token",
    "x-shopify-storefront-access-token",
    "x-shopify-hmac-sha256",
    "x-amz-access-token",
    "x-amz-security-token",
    "x-tts-access-token",
    "x-api-key",
    "x-signature",
];

/// Members of bodies and parameters of queries and forms whose values are secrets, in lower case and without `-` and `_`.
const MEMBERS: [&str; 26] = [
    "accesstoken",
    "refreshtoken",
    "restricteddatatoken",
    "idtoken",
    "subjecttoken",
    "token",
    "clientsecret",
    "appsecret",
    "apisecret",
    "secret",
    "sharedsecret",
    "password",
    "authcode",
    "code",
    "spapioauthcode",
    "hmac",
    "sign",
    "signature",
    "xamzsignature",
    "xamzcredential",
    "xamzsecuritytoken",
    "awsaccesskeyid",
    "googleaccessid",
    "assertion",
    "clientassertion",
    "session",
];

/// Of members of JSON, `code` names errors on every platform; it is a secret as a parameter, and where a token is asked for.
const OF_GRANTS: &str = "code";

/// Where tokens are asked for, with a code among others: the platforms' endpoints of OAuth (RFC 6749 4.1.3), in lower case.
const TOKEN_ENDPOINTS: [&str; 4] = [
    "/admin/oauth/access_token",
    "/auth/o2/token",
    "/api/v2/token/get",
    "/api/v2/token/refresh",
];

/// Whether a path is one at which tokens are asked for.
fn asks_for_tokens(path_and_query: &str) -> bool {
    let path = path_and_query.split(['?', '#']).next().unwrap_or("");
    let path = path.trim_end_matches('/').to_ascii_lowercase();
    let path = path.strip_suffix(".json").unwrap_or(&path);
    TOKEN_ENDPOINTS.contains(&path)
}

/// Whose body it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Side {
    /// Of a request that asks for a token.
    Grant,
    /// Of any other message.
    Other,
}

fn is_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|it| !matches!(it, '-' | '_'))
        .map(|it| it.to_ascii_lowercase())
        .collect();
    MEMBERS.contains(&plain.as_str())
}

/// Whether a header's value is a secret.
pub fn is_secret_header(name: &str) -> bool {
    HEADERS.contains(&name.to_ascii_lowercase().as_str())
}

/// The value of a header, secrets left out: all of it, or what is secret of an address that it holds, as where a browser is
/// sent back to an app with a code.
pub fn header<'t>(name: &str, value: &'t str) -> Cow<'t, str> {
    match is_secret_header(name) {
        true => Cow::Borrowed(REDACTED),
        false => addresses(value).map_or(Cow::Borrowed(value), Cow::Owned),
    }
}

/// Whether the value of a parameter of a query or form is a secret.
pub fn is_secret_parameter(name: &str) -> bool {
    is_secret(name)
}

/// A path with its query, secrets left out.
pub fn path(path_and_query: &str) -> String {
    match path_and_query.split_once('?') {
        None => path_and_query.to_string(),
        Some((path, query)) => format!("{path}?{}", parameters(query)),
    }
}

/// The parameters of a query or form, secrets left out.
fn parameters(text: &str) -> String {
    let one = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if !value.is_empty() && is_secret_parameter(name) => {
            format!("{name}={REDACTED}")
        }
        _ => parameter.to_string(),
    };
    text.split('&').map(one).collect::<Vec<_>>().join("&")
}

/// The text of a request's body, secrets left out, as [`body`] does; where it asks for a token, its code too.
pub fn request_body<'t>(path_and_query: &str, media: &str, text: &'t str) -> Cow<'t, str> {
    let side = match asks_for_tokens(path_and_query) {
        true => Side::Grant,
        false => Side::Other,
    };
    // Platforms tell form from JSON by the text there, and take either whatever it is said to be.
    let is_form = side == Side::Grant && !text.trim_start().starts_with('{');
    match is_form {
        true => Cow::Owned(parameters(text)),
        false => told(media, text, side),
    }
}

/// A body's text, secrets left out: values of members of JSON, parameters of a form, and of addresses that stand in texts.
pub fn body<'t>(media: &str, text: &'t str) -> Cow<'t, str> {
    told(media, text, Side::Other)
}

fn told<'t>(media: &str, text: &'t str, side: Side) -> Cow<'t, str> {
    if side == Side::Other && media.starts_with("application/x-www-form-urlencoded") {
        return Cow::Owned(parameters(text));
    }
    let members = members(text, side);
    match addresses(&members) {
        Some(text) => Cow::Owned(text),
        None => members,
    }
}

/// Texts that are values of secret members of JSON, also of JSON that stands as a text within JSON.
fn members(text: &str, side: Side) -> Cow<'_, str> {
    let mut secrets = Vec::new();
    find_members(text, 0..text.len(), (Quote::Plain, side), &mut secrets);
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut out, mut copied) = (String::with_capacity(text.len()), 0);
    for secret in secrets {
        out.push_str(&text[copied..secret.start]);
        out.push_str(REDACTED);
        copied = secret.end;
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// How quotation marks are written.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Quote {
    /// As they are.
    Plain,
    /// Behind a backslash, within a text.
    Escaped,
}

impl Quote {
    fn length(self) -> usize {
        match self {
            Quote::Plain => 1,
            Quote::Escaped => 2,
        }
    }

    /// Where the next one begins.
    fn next(self, bytes: &[u8], within: Range<usize>) -> Option<usize> {
        let mut at = within.start;
        while at < within.end {
            match (bytes[at], bytes.get(at + 1)) {
                (b'"', _) if self == Quote::Plain => return Some(at),
                (b'\\', Some(b'"')) if self == Quote::Escaped => return Some(at),
                // Of a text within a text within a text.
                (b'\\', Some(b'\\')) if self == Quote::Escaped => at += 4,
                (b'\\', _) => at += 2,
                _ => at += 1,
            }
        }
        None
    }
}

/// Finds the values of secret members, in their order.
fn find_members(
    text: &str,
    within: Range<usize>,
    (quote, side): (Quote, Side),
    found: &mut Vec<Range<usize>>,
) {
    let (bytes, length) = (text.as_bytes(), quote.length());
    let next = |from: usize| {
        let open = quote.next(bytes, from..within.end)?;
        let start = open + length;
        let close = quote.next(bytes, start..within.end)?;
        Some(start..close)
    };
    let mut at = within.start;
    while let Some(name) = next(at) {
        at = name.end + length;
        let rest = text.get(at..within.end).unwrap_or_default();
        let colon = rest.trim_start();
        let value = match colon.strip_prefix(':').map(str::trim_start) {
            Some(value) if quote.next(value.as_bytes(), 0..value.len()) == Some(0) => {
                next(within.end - value.len())
            }
            _ => None,
        };
        let is_member = value.is_some();
        let inside = value.unwrap_or(name.clone());
        at = inside.end + length;
        let name = &text[name];
        if is_member && (name != OF_GRANTS || side == Side::Grant) && is_secret(name) {
            if !inside.is_empty() {
                found.push(inside);
            }
        } else if quote == Quote::Plain {
            find_members(text, inside, (Quote::Escaped, side), found);
        }
    }
}

/// Secret parameters of addresses within a text; nothing where there are none.
fn addresses(text: &str) -> Option<String> {
    let (mut out, mut copied) = (String::new(), 0);
    let breaks = |it: char| it.is_whitespace() || matches!(it, '"' | '\\' | '<' | '>' | '&' | '#');
    for (at, _) in text.match_indices(['?', '&']) {
        let rest = &text[at + 1..];
        // JSON may write `&` as `\u0026`, whose text then begins with a backslash.
        let Some(equals) = rest.find('=') else { break };
        let name = &rest[..equals];
        if name.len() > 40 || name.contains(breaks) || !is_secret(name) {
            continue;
        }
        let value = at + 1 + equals + 1;
        let length = text[value..].find(breaks).unwrap_or(text.len() - value);
        if length > 0 && value >= copied {
            out.push_str(&text[copied..value]);
            out.push_str(REDACTED);
            copied = value + length;
        }
    }
    (copied > 0).then(|| out + &text[copied..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_request_for_a_token_is_a_secret_however_it_is_written() {
        let json = r#"{"client_id":"me","client_secret":"s","code":"c-77","state":"on"}"#;
        let told =
            r#"{"client_id":"me","client_secret":"REDACTED","code":"REDACTED","state":"on"}"#;
        for path in [
            "/admin/oauth/access_token",
            "/admin/oauth/access_token.json",
            "/auth/O2/token",
            "/auth/o2/token/?x=1",
        ] {
            for media in [
                "application/json",
                "text/plain",
                "application/x-www-form-urlencoded",
            ] {
                assert_eq!(request_body(path, media, json), told, "{path} {media}");
                let form = request_body(path, media, "grant_type=authorization_code&code=c-77");
                assert_eq!(form, "grant_type=authorization_code&code=REDACTED");
            }
        }
        // Elsewhere, and in answers, a code says what went wrong.
        let other = r#"{"code":"c-77"}"#;
        assert_eq!(request_body("/orders", "application/json", other), other);
        assert_eq!(body("application/json", other), other);
    }

    #[test]
    fn secrets_go_and_the_rest_stays_byte_for_byte() {
        assert_eq!(
            path("/order/202309/orders?app_key=k1&sign=ab12&timestamp=7&code=c"),
            "/order/202309/orders?app_key=k1&sign=REDACTED&timestamp=7&code=REDACTED"
        );
        let form = "grant_type=refresh_token&refresh_token=Atzr|x&client_id=me";
        assert_eq!(
            body("application/x-www-form-urlencoded;charset=UTF-8", form),
            "grant_type=refresh_token&refresh_token=REDACTED&client_id=me"
        );
        let json = r#"{"access_token" : "a\"b", "code":"40001","expires_in":3600,"sign":"", "n":{"refreshToken":"z"}}"#;
        assert_eq!(
            body("application/json", json),
            r#"{"access_token" : "REDACTED", "code":"40001","expires_in":3600,"sign":"", "n":{"refreshToken":"REDACTED"}}"#
        );
        let within = r#"{"body":"{\"token\":\"abc\",\"x\":1}"}"#;
        assert_eq!(
            body("application/json", within),
            r#"{"body":"{\"token\":\"REDACTED\",\"x\":1}"}"#
        );
        let array = r#"{"a":["q\"r"],"token":"s","b":[1]}"#;
        assert_eq!(
            body("application/json", array),
            r#"{"a":["q\"r"],"token":"REDACTED","b":[1]}"#
        );
        let address = r#"{"url":"http://h/d?X-Amz-Date=1&X-Amz-Signature=ff00&y=2"}"#;
        assert_eq!(
            body("application/json", address),
            r#"{"url":"http://h/d?X-Amz-Date=1&X-Amz-Signature=REDACTED&y=2"}"#
        );
        for same in [
            "",
            "{}",
            r#"{"a":"#,
            r#"{"token":"#,
            r#""token":"x\"#,
            "?",
            "a?b=c",
        ] {
            assert_eq!(body("application/json", same), same);
        }
        let back = "http://h/cb?code=c1&hmac=ff&shop=s&spapi_oauth_code=ANx#f";
        assert_eq!(
            header("location", back),
            "http://h/cb?code=REDACTED&hmac=REDACTED&shop=s&spapi_oauth_code=REDACTED#f"
        );
        assert_eq!(header("X-Amz-Access-Token", "Atza|x"), REDACTED);
        assert!(is_secret_header("X-Shopify-Access-Token") && !is_secret_header("host"));
    }
}
