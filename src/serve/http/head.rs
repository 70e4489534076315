//! Judges a request's line and headers before hyper reads them: what two programs could read differently is refused, and
//! so is what is larger than the documented bounds. hyper itself drops a `Content-Length` that follows a
//! `Transfer-Encoding`, counts whole reads instead of heads, and never looks at `Host`.

use http::StatusCode;
use http::Uri;

use super::Bounds;
use super::authority::{Authority, usual_port};

/// The header that a refused head is replaced by on its way to hyper, so that the refusal is answered in its turn. No
/// client can send it: a head that has it is refused.
pub(super) const REFUSED: &str = "x-oversell-refused-head";

/// Why a head is not served.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is no HTTP/1 head.
    Malformed,
    /// Its line or its headers are longer than the bound.
    TooLarge,
    /// It has more header fields than the bound.
    TooMany,
    /// HTTP/1.1 asks for exactly one `Host`, which names a host.
    Host,
    /// The address in the request line names another host than `Host` does.
    OtherHost,
    /// Where the body ends could be read in two ways.
    Length,
    /// The encoding of the body is another one than `chunked`.
    Encoding,
    /// A tunnel was asked for.
    Tunnel,
}

const ALL: [Refusal; 8] = [
    Refusal::Malformed,
    Refusal::TooLarge,
    Refusal::TooMany,
    Refusal::Host,
    Refusal::OtherHost,
    Refusal::Length,
    Refusal::Encoding,
    Refusal::Tunnel,
];

impl Refusal {
    /// What is answered.
    pub fn status(self) -> StatusCode {
        match self {
            Refusal::TooLarge | Refusal::TooMany => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// For the client.
    pub fn why(self) -> &'static str {
        match self {
            Refusal::Malformed => "the request line or a header is malformed",
            Refusal::TooLarge => "the request line and headers are too long",
            Refusal::TooMany => "there are too many headers",
            Refusal::Host => "there must be exactly one Host, and it must name a host",
            Refusal::OtherHost => "the address and Host name different hosts",
            Refusal::Length => {
                "the length of the body is ambiguous: one Content-Length, or one Transfer-Encoding"
            }
            Refusal::Encoding => "only Transfer-Encoding: chunked is understood",
            Refusal::Tunnel => "there are no tunnels",
        }
    }

    /// The value of [`REFUSED`].
    pub fn number(self) -> usize {
        ALL.iter().position(|it| *it == self).unwrap_or(0)
    }

    /// The refusal that a value of [`REFUSED`] stands for.
    pub fn numbered(text: &[u8]) -> Refusal {
        let number = std::str::from_utf8(text)
            .ok()
            .and_then(|it| it.parse().ok());
        number
            .and_then(|number: usize| ALL.get(number).copied())
            .unwrap_or(Refusal::Malformed)
    }
}

/// Where a request's body ends.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// After so many bytes.
    Bytes(u64),
    /// After the last chunk.
    Chunked,
}

/// Whether bytes can be the beginning of a head. What cannot need not be waited for.
pub(super) fn may_begin(bytes: &[u8], bounds: &Bounds) -> Result<(), Refusal> {
    let mut fields = vec![httparse::EMPTY_HEADER; bounds.headers];
    match httparse::Request::new(&mut fields).parse(bytes) {
        Ok(_) => Ok(()),
        Err(httparse::Error::TooManyHeaders) => Err(Refusal::TooMany),
        Err(_) => Err(Refusal::Malformed),
    }
}

/// Whether no line ends in a bare LF or CR, and so elsewhere for others.
fn has_whole_lines(head: &[u8]) -> bool {
    let is_whole = |at: usize| match head[at] {
        b'\n' => at > 0 && head[at - 1] == b'\r',
        b'\r' => head.get(at + 1) == Some(&b'\n'),
        _ => true,
    };
    (0..head.len()).all(is_whole)
}

/// All values of a header.
fn values<'h>(headers: &[httparse::Header<'h>], name: &str) -> Vec<&'h [u8]> {
    let named = headers.iter();
    named
        .filter(|field| field.name.eq_ignore_ascii_case(name))
        .map(|field| field.value.trim_ascii())
        .collect()
}

/// Judges the whole head of a request for a tunnel: the host and the port that it shall lead to.
///
/// # Errors
/// What is wrong with it: it must name one host and a port, bring no body, and `Host`, if it is there, the same host.
pub(in crate::serve) fn tunnel_of(
    head: &[u8],
    bounds: &Bounds,
) -> Result<(String, u16), (StatusCode, &'static str)> {
    let refused = |refusal: Refusal| (refusal.status(), refusal.why());
    if !has_whole_lines(head) {
        return Err(refused(Refusal::Malformed));
    }
    let mut fields = vec![httparse::EMPTY_HEADER; bounds.headers];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(head) {
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        Err(httparse::Error::TooManyHeaders) => return Err(refused(Refusal::TooMany)),
        _ => return Err(refused(Refusal::Malformed)),
    }
    let target = Authority::of(request.path.unwrap_or(""));
    let host = target.name();
    let is_host = !host.is_empty() && is_host(host.as_bytes());
    let Some(port) = target.port().filter(|port| is_host && *port > 0) else {
        let why = "a tunnel leads to a host and a port, as in CONNECT demo.myshopify.com:443";
        return Err((StatusCode::BAD_REQUEST, why));
    };
    let lengths = values(request.headers, "content-length");
    if !values(request.headers, "transfer-encoding").is_empty()
        || lengths.iter().any(|it| *it != b"0")
    {
        return Err(refused(Refusal::Length));
    }
    match values(request.headers, "host").as_slice() {
        [] => {}
        // Many leave the port out here.
        [named] if is_same(named, &target, Some(port)) => {}
        [_] => return Err(refused(Refusal::OtherHost)),
        _ => return Err(refused(Refusal::Host)),
    }
    Ok((host, port))
}

/// Judges a whole head, its empty line included, and tells where its body ends.
pub(super) fn judge(head: &[u8], bounds: &Bounds) -> Result<Length, Refusal> {
    if !has_whole_lines(head) {
        return Err(Refusal::Malformed);
    }
    let mut fields = vec![httparse::EMPTY_HEADER; bounds.headers];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(head) {
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::TooMany),
        _ => return Err(Refusal::Malformed),
    }
    let is_1_1 = request.version == Some(1);
    let values = |name: &str| values(request.headers, name);
    if !values(REFUSED).is_empty() {
        return Err(Refusal::Malformed);
    }
    if request.method == Some("CONNECT") {
        return Err(Refusal::Tunnel);
    }
    let hosts = values("host");
    if hosts.len() > 1 || (is_1_1 && hosts.is_empty()) || !hosts.iter().all(|it| is_host(it)) {
        return Err(Refusal::Host);
    }
    let target = request.path.and_then(|path| path.parse::<Uri>().ok());
    let named = target.as_ref().and_then(Uri::authority);
    let usual = target.as_ref().and_then(Uri::scheme_str);
    let usual = usual.and_then(usual_port);
    if let (Some(named), Some(host)) = (named, hosts.first())
        && !is_same(host, &Authority::of(named.as_str()), usual)
    {
        return Err(Refusal::OtherHost);
    }
    match (
        values("content-length").as_slice(),
        values("transfer-encoding").as_slice(),
    ) {
        ([], []) => Ok(Length::Bytes(0)),
        ([length], []) if length.iter().all(u8::is_ascii_digit) => std::str::from_utf8(length)
            .ok()
            .and_then(|text| text.parse().ok())
            .map(Length::Bytes)
            .ok_or(Refusal::Length),
        ([], [encoding]) if is_1_1 && encoding.eq_ignore_ascii_case(b"chunked") => {
            Ok(Length::Chunked)
        }
        ([], [_]) => Err(Refusal::Encoding),
        _ => Err(Refusal::Length),
    }
}

/// Whether a value of `Host` names the same as something else.
fn is_same(host: &[u8], other: &Authority<'_>, usual: Option<u16>) -> bool {
    std::str::from_utf8(host).is_ok_and(|host| Authority::of(host).is_same(other, usual))
}

/// Whether a value of `Host` names a host, with a port or without. It is empty for a target without a host.
fn is_host(value: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%:[]".contains(byte);
    value.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(head: &str) -> Result<Length, Refusal> {
        let bounds = Bounds {
            headers: 4,
            ..Bounds::default()
        };
        judge(head.as_bytes(), &bounds)
    }

    #[test]
    fn what_can_be_read_in_one_way_only_is_taken() {
        for (head, length) in [
            ("GET / HTTP/1.1\r\nHost: a:1\r\n\r\n", Length::Bytes(0)),
            ("GET / HTTP/1.1\r\nhost:\r\n\r\n", Length::Bytes(0)),
            ("GET / HTTP/1.0\r\n\r\n", Length::Bytes(0)),
            (
                "GET http://A.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n",
                Length::Bytes(0),
            ),
            (
                "GET http://a.example:80/x HTTP/1.1\r\nHost: A.example.\r\n\r\n",
                Length::Bytes(0),
            ),
            (
                "GET https://a.example/x HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
                Length::Bytes(0),
            ),
            (
                "PUT /x HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 12\r\n\r\n",
                Length::Bytes(12),
            ),
            (
                "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n",
                Length::Chunked,
            ),
        ] {
            assert_eq!(judged(head), Ok(length), "{head:?}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused_with_its_reason() {
        let host = "Host: a\r\n";
        for (lines, refusal) in [
            (
                "Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
                Refusal::Length,
            ),
            (
                "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n",
                Refusal::Length,
            ),
            (
                "Host: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
                Refusal::Length,
            ),
            ("Host: a\r\nContent-Length: 1, 1\r\n", Refusal::Length),
            ("Host: a\r\nContent-Length: +1\r\n", Refusal::Length),
            ("Host: a\r\nContent-Length:\r\n", Refusal::Length),
            ("Host: a\r\nTransfer-Encoding: gzip\r\n", Refusal::Encoding),
            ("", Refusal::Host),
            ("Host: a\r\nHost: a\r\n", Refusal::Host),
            ("Host: a b\r\n", Refusal::Host),
            ("Host: a/b\r\n", Refusal::Host),
            ("Host: u@a\r\n", Refusal::Host),
            ("Host: a\r\nX: 1\r\n folded\r\n", Refusal::Malformed),
            ("Host: a\r\nX : 1\r\n", Refusal::Malformed),
            ("Host: a\r\nX: \u{1}\r\n", Refusal::Malformed),
            ("Host: a\r\nX: 1\n", Refusal::Malformed),
            ("Host: a\r\nX: 1\rY: 2\r\n", Refusal::Malformed),
            (
                "Host: a\r\nX-Oversell-Refused-Head: 0\r\n",
                Refusal::Malformed,
            ),
            (
                "Host: a\r\nA: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n",
                Refusal::TooMany,
            ),
        ] {
            let head = format!("POST / HTTP/1.1\r\n{lines}\r\n");
            assert_eq!(judged(&head), Err(refusal), "{head:?}");
        }
        let elsewhere = format!("GET http://b/ HTTP/1.1\r\n{host}\r\n");
        assert_eq!(judged(&elsewhere), Err(Refusal::OtherHost));
        for address in [
            "http://a:443/",
            "https://a:80/",
            "http://u@a/",
            "http://a:8080/",
        ] {
            let elsewhere = format!("GET {address} HTTP/1.1\r\n{host}\r\n");
            assert_eq!(judged(&elsewhere), Err(Refusal::OtherHost), "{address}");
        }
        let tunnel = format!("CONNECT a:443 HTTP/1.1\r\n{host}\r\n");
        assert_eq!(judged(&tunnel), Err(Refusal::Tunnel));
        let old = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(judged(old), Err(Refusal::Encoding));
    }

    #[test]
    fn a_tunnel_leads_to_one_host_however_it_is_written() {
        let asked = |target: &str, lines: &str| {
            let head = format!("CONNECT {target} HTTP/1.1\r\n{lines}\r\n");
            tunnel_of(head.as_bytes(), &Bounds::default()).map_err(|(_, why)| why)
        };
        let shop = || Ok(("shop.test".to_string(), 8443));
        for (target, lines) in [
            ("shop.test:8443", ""),
            ("Shop.Test.:8443", ""),
            ("shop.test.:8443", "Host: shop.test\r\n"),
            ("shop.test:8443", "Host: SHOP.test.:8443\r\n"),
        ] {
            assert_eq!(asked(target, lines), shop(), "{target} {lines}");
        }
        for (target, lines) in [
            ("shop.test:8443", "Host: other.test\r\n"),
            ("shop.test:8443", "Host: shop.test:443\r\n"),
            ("shop.test", ""),
            ("shop.test:0", ""),
            ("u@shop.test:8443", ""),
            (":8443", ""),
            (".:8443", ""),
        ] {
            assert!(asked(target, lines).is_err(), "{target} {lines}");
        }
    }

    #[test]
    fn refusals_find_back_from_their_numbers() {
        for refusal in ALL {
            let text = refusal.number().to_string();
            assert_eq!(Refusal::numbered(text.as_bytes()), refusal);
        }
    }
}
