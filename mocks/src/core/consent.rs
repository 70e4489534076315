//! Where a seller's browser is sent back to after the seller has consented to an app.

use form_urlencoded::Serializer;
use http::Uri;

/// The app's own address with what the platform adds to its query; `None` when it is no absolute address of the web.
pub(crate) fn sent_back(address: &str, added: &[(&str, &str)]) -> Option<String> {
    let parsed: Uri = address.parse().ok()?;
    let is_web = matches!(parsed.scheme_str(), Some("http" | "https"));
    if !is_web || parsed.host().is_none_or(str::is_empty) {
        return None;
    }
    let (before, _) = address.split_once('#').unwrap_or((address, ""));
    let joint = if parsed.query().is_some() { '&' } else { '?' };
    Some(format!("{before}{joint}{}", query(added)))
}

/// Names and values as a query string.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_own_query_and_what_is_no_address_of_the_web_is_none() {
        let added = [("code", "a b"), ("state", "x&y")];
        let back = |address: &str| sent_back(address, &added);
        let all = "code=a+b&state=x%26y";
        assert_eq!(
            back("http://127.0.0.1:8/cb").unwrap(),
            format!("http://127.0.0.1:8/cb?{all}")
        );
        assert_eq!(
            back("https://e.org/cb?a=1#f").unwrap(),
            format!("https://e.org/cb?a=1&{all}")
        );
        for none in ["", "/cb", "javascript:alert(1)", "ftp://e.org/", "http://"] {
            assert_eq!(back(none), None, "{none}");
        }
    }
}
