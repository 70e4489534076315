//! Pages of REST lists: `limit`, `since_id` and opaque `page_info` in an absolute `Link` header (docs/platforms/shopify.md 1.3).
//! Clients split the header at `", "` and each part at `"; "`, so nothing else may stand between.

use super::call::pairs;
use crate::shopify::json::Json;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::call::{Reply, RestCall};
use crate::shopify::api::queries::paging::Cursor;
use crate::shopify::api::queries::search::{Comparison, Term};
use crate::shopify::json::{write_int, write_text};

const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: i64 = 250;

/// Which page of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageRequest {
    /// Objects on the page.
    pub(crate) limit: usize,
    /// Where the page begins, or ends when it is walked backwards.
    pub(crate) cursor: Option<Cursor>,
    /// Whether the page lies before the cursor.
    pub(crate) is_backward: bool,
    /// The list's filters: those of the call, or those that the first page was asked with.
    pub(crate) filters: Vec<(String, String)>,
}

/// The 400 for a parameter that a list does not take.
fn refused_parameter(name: &str, message: &str) -> Reply {
    let reply = Reply::one("errors", |out| {
        out.push(b'{');
        write_text(name, out);
        out.push(b':');
        write_text(message, out);
        out.push(b'}');
    });
    reply.with(StatusCode::BAD_REQUEST)
}

impl PageRequest {
    /// Reads the paging parameters of a call.
    ///
    /// # Errors
    /// The platform's 400 for a limit above 250, a page by its number, a filter beside `page_info`, and a `page_info` it never gave out.
    pub(crate) fn of(call: &RestCall<'_>) -> Result<PageRequest, Reply> {
        let bad = |message: &str| Reply::error(StatusCode::BAD_REQUEST, message);
        let limit = match call.parameter("limit").map(str::parse::<i64>) {
            None => LIMIT_DEFAULT,
            Some(Ok(limit)) if limit > LIMIT_MAX => {
                return Err(bad("Limit exceeds maximum limit of 250"));
            }
            Some(Ok(limit)) if limit >= 1 => limit as usize,
            Some(_) => return Err(bad("Limit must be a positive number")),
        };
        // The pages of versions before 2019-07 had numbers.
        if call.parameter("page").is_some() {
            let message = "page cannot be passed. See https://shopify.dev/api/usage/pagination-rest for more information.";
            return Err(refused_parameter("page", message));
        }
        let is_filter = |name: &str| !matches!(name, "limit" | "fields" | "page_info");
        let filters = call.query.iter().filter(|(name, _)| is_filter(name));
        let Some(page_info) = call.parameter("page_info") else {
            return Ok(PageRequest {
                limit,
                cursor: None,
                is_backward: false,
                filters: filters.cloned().collect(),
            });
        };
        if let Some((name, _)) = filters.clone().next() {
            let message = format!(
                "{name} cannot be passed when page_info is present. See https://shopify.dev/api/usage/pagination-rest for more information."
            );
            return Err(refused_parameter(name, &message));
        }
        let read = || -> Option<PageRequest> {
            let bytes = URL_SAFE_NO_PAD
                .decode(page_info.trim_end_matches('='))
                .ok()?;
            let json: Json = serde_json::from_slice(&bytes).ok()?;
            Some(PageRequest {
                limit,
                cursor: Some(Cursor {
                    last_id: u64::try_from(json.get("last_id")?.int()?).ok()?,
                    last_value: json.get("last_value")?.int()?,
                }),
                is_backward: json.get("direction")?.text()? == "prev",
                filters: pairs(json.get("filters")?.text()?),
            })
        };
        read().ok_or_else(|| {
            Reply::one("errors", |out| {
                out.extend_from_slice(b"{\"page_info\":\"Invalid value.\"}");
            })
            .with(StatusCode::BAD_REQUEST)
        })
    }

    /// The filters of a call about a whole list, such as one that counts it.
    pub(crate) fn whole(call: &RestCall<'_>) -> PageRequest {
        PageRequest {
            limit: 0,
            cursor: None,
            is_backward: false,
            filters: call.query.clone(),
        }
    }

    /// The value of a filter, unless absent or empty.
    pub(crate) fn filter(&self, name: &str) -> Option<&str> {
        self.filters
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The filters that are given of those that a search has too: the parameter, the key and how it compares.
    pub(crate) fn terms(&self, searched: &[(&str, &str, Comparison)]) -> Vec<Term> {
        let given = searched.iter().filter_map(|(parameter, key, comparison)| {
            Some(Term::new(key, *comparison, self.filter(parameter)?))
        });
        given.collect()
    }

    /// The numbers of a filter that is a list; `None` when it is absent.
    pub(crate) fn numbers(&self, name: &str) -> Option<Vec<u64>> {
        let mut given = self
            .filters
            .iter()
            .filter(|(key, _)| key == name)
            .peekable();
        given.peek()?;
        Some(
            given
                .flat_map(|(_, value)| value.split(','))
                .filter_map(|number| number.trim().parse().ok())
                .collect(),
        )
    }

    /// The `Link` header's value: the page before `first` and the page after `last`, as far as there are any.
    pub(crate) fn link(
        &self,
        call: &RestCall<'_>,
        previous: Option<Cursor>,
        next: Option<Cursor>,
    ) -> Option<String> {
        let entry = |direction: &str, relation: &str, cursor: Cursor| {
            let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let filters: Vec<String> = self
                .filters
                .iter()
                .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
                .collect();
            let mut text = b"{\"direction\":".to_vec();
            write_text(direction, &mut text);
            text.extend_from_slice(b",\"last_id\":");
            write_int(cursor.last_id, &mut text);
            text.extend_from_slice(b",\"last_value\":");
            write_int(cursor.last_value, &mut text);
            text.extend_from_slice(b",\"filters\":");
            write_text(&filters.join("&"), &mut text);
            text.push(b'}');
            let fields = call
                .parameter("fields")
                .map(|fields| format!("&fields={}", encode(fields)))
                .unwrap_or_default();
            format!(
                "<{}/admin/api/{}/{}?limit={}{fields}&page_info={}>; rel=\"{relation}\"",
                call.origin,
                call.version,
                call.path,
                self.limit,
                URL_SAFE_NO_PAD.encode(&text)
            )
        };
        let entries: Vec<String> = [
            previous.map(|cursor| entry("prev", "previous", cursor)),
            next.map(|cursor| entry("next", "next", cursor)),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!entries.is_empty()).then(|| entries.join(", "))
    }

    /// Cuts the page out of objects that are sorted ascending by their number, and gives the `Link` for it.
    pub(crate) fn cut<N: Copy>(
        &self,
        call: &RestCall<'_>,
        objects: &[(u64, N)],
    ) -> (Vec<N>, Option<String>) {
        self.cut_from(call, objects.len(), |at| objects[at])
    }

    /// The same for `len` objects of which each can be made when it is asked for: a page of a whole catalogue touches only
    /// what is on it.
    pub fn cut_from<N>(
        &self,
        call: &RestCall<'_>,
        len: usize,
        object: impl Fn(usize) -> (u64, N),
    ) -> (Vec<N>, Option<String>) {
        // The first object with a number of at least this, by bisection.
        let first_from = |wanted: u64| {
            let (mut low, mut high) = (0, len);
            while low < high {
                let middle = (low + high) / 2;
                if object(middle).0 < wanted {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            low
        };
        let since = self
            .filter("since_id")
            .and_then(|id| id.parse::<u64>().ok());
        let first = since.map_or(0, |since| first_from(since.saturating_add(1)));
        let (start, end) = match self.cursor {
            None => (first, len.min(first + self.limit)),
            Some(cursor) if self.is_backward => {
                let end = first_from(cursor.last_id).max(first);
                (end.saturating_sub(self.limit).max(first), end)
            }
            Some(cursor) => {
                let start = first_from(cursor.last_id.saturating_add(1)).max(first);
                (start, len.min(start + self.limit))
            }
        };
        let cursor = |at: usize| Cursor {
            last_id: object(at).0,
            last_value: object(at).0 as i64,
        };
        let previous = (start > first && start < end).then(|| cursor(start));
        let next = (end < len && end > first).then(|| cursor(end - 1));
        let link = self.link(call, previous, next);
        ((start..end).map(|at| object(at).1).collect(), link)
    }
}
