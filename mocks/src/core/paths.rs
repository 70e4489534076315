//! Paths by the templates of a table of operations.

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
