//! The `If-Match` header (RFC 9110, 13.1.1): a star, or a list of entity tags of which one must be that of what is there.

use http::HeaderMap;
use http::header::IF_MATCH;

/// Whether what is there, with this tag, may be changed: it may where the header is left out, is a star or lists the tag. A
/// weak tag stands for no exact version and never matches (8.8.3.2). `None` for a header that is no list of tags; a tag has
/// quotes (8.8.3), and a list may have empty elements (5.6.1.2).
pub(super) fn names(headers: &HeaderMap, tag: &str) -> Option<bool> {
    let mut lines = headers.get_all(IF_MATCH).iter().peekable();
    if lines.peek().is_none() {
        return Some(true);
    }
    let (mut found, mut tags) = (false, 0);
    for line in lines {
        let mut rest = line.to_str().ok()?.trim_matches([',', ' ', '\t']);
        if rest == "*" {
            return Some(true);
        }
        while !rest.is_empty() {
            let weak = rest.strip_prefix("W/");
            let (text, after) = weak.unwrap_or(rest).strip_prefix('"')?.split_once('"')?;
            found |= weak.is_none() && text == tag;
            tags += 1;
            rest = after.trim_start();
            rest = match rest.strip_prefix(',') {
                Some(next) => next.trim_start_matches([',', ' ', '\t']),
                None if rest.is_empty() => rest,
                None => return None,
            };
        }
    }
    (tags > 0).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> Option<bool> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(IF_MATCH, line.parse().unwrap());
        }
        names(&headers, "9")
    }

    #[test]
    fn one_of_the_listed_tags_is_enough() {
        assert_eq!(of(&[]), Some(true));
        for lines in [
            vec!["*"],
            vec!["\"9\""],
            vec!["\"0\", \"9\""],
            vec!["\"9\",\"0\""],
            vec!["W/\"9\" , \"9\""],
            vec!["\"0\"", "\"9\""],
            vec!["\"a,b\",,\"9\""],
            vec![", \"9\" ,"],
        ] {
            assert_eq!(of(&lines), Some(true), "{lines:?}");
        }
        for lines in [vec!["\"0\""], vec!["W/\"9\""], vec!["\"09\", \"\""]] {
            assert_eq!(of(&lines), Some(false), "{lines:?}");
        }
    }

    #[test]
    fn what_is_no_list_of_tags_is_told_apart() {
        for lines in [
            vec!["9"],
            vec!["\"9"],
            vec![""],
            vec![","],
            vec!["\"9\" \"0\""],
            vec!["w/\"9\""],
        ] {
            assert_eq!(of(&lines), None, "{lines:?}");
        }
    }
}
