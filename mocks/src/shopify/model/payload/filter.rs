//! `includeFields` of a webhook subscription (docs/platforms/shopify.md 5.4): whole top-level members, or parts of them
//! named with dots.

use crate::shopify::json::{Json, write_text};

/// What is wanted of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted<'a> {
    /// Nothing.
    Nothing,
    /// All of it.
    Everything,
    /// What the filter lets through of it.
    Parts(&'a PayloadFilter),
}

/// The fields of a subscription as a tree, so that a writer can follow it member by member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PayloadFilter {
    /// Members with what is wanted below them; a filter without members wants everything.
    members: Vec<(String, PayloadFilter)>,
    /// The [`trait_of`] all members: a payload has a hundred names, and most are told apart by it.
    traits: u64,
}

/// One bit for a name, equal for equal names. Names that payloads write are constants, so it is computed when compiled.
#[inline(always)]
fn trait_of(name: &str) -> u64 {
    let ends = match name.as_bytes() {
        [] => 0,
        [first, .., last] => usize::from(*first) * 7 + usize::from(*last),
        [only] => usize::from(*only) * 8,
    };
    1 << ((ends + name.len() * 11) % 64)
}

impl PayloadFilter {
    /// Compiles `includeFields`; an empty list wants everything.
    pub(crate) fn new(fields: &[String]) -> PayloadFilter {
        let paths: Vec<Vec<&str>> = fields
            .iter()
            .map(|field| field.split('.').collect())
            .collect();
        let paths: Vec<&[&str]> = paths.iter().map(Vec::as_slice).collect();
        PayloadFilter::of(&paths)
    }

    fn of(paths: &[&[&str]]) -> PayloadFilter {
        let mut members: Vec<(String, PayloadFilter)> = Vec::new();
        for path in paths {
            let Some((head, _)) = path.split_first() else {
                continue;
            };
            if members.iter().any(|(name, _)| name == head) {
                continue;
            }
            let below: Vec<&[&str]> = paths
                .iter()
                .filter_map(|path| path.split_first())
                .filter(|(other, _)| *other == head)
                .map(|(_, rest)| rest)
                .collect();
            // A member that is named as a whole is wanted as a whole, whatever else is named of it.
            let filter = if below.iter().any(|rest| rest.is_empty()) {
                PayloadFilter::default()
            } else {
                PayloadFilter::of(&below)
            };
            members.push(((*head).to_owned(), filter));
        }
        let traits = members
            .iter()
            .fold(0, |all, (name, _)| all | trait_of(name));
        PayloadFilter { members, traits }
    }

    /// Whether every member is wanted.
    pub(crate) fn is_open(&self) -> bool {
        self.members.is_empty()
    }

    /// What is wanted of a member.
    #[inline(always)]
    pub(crate) fn wanted(&self, member: &str) -> Wanted<'_> {
        if self.is_open() {
            return Wanted::Everything;
        }
        if self.traits & trait_of(member) == 0 {
            return Wanted::Nothing;
        }
        self.looked_up(member)
    }

    fn looked_up(&self, member: &str) -> Wanted<'_> {
        match self.members.iter().find(|(name, _)| name == member) {
            None => Wanted::Nothing,
            Some((_, below)) if below.is_open() => Wanted::Everything,
            Some((_, below)) => Wanted::Parts(below),
        }
    }
}

/// Appends the parts of a value that the filter lets through; lists are filtered element by element.
pub(crate) fn write_parts(value: &Json<'_>, filter: &PayloadFilter, out: &mut Vec<u8>) {
    match value {
        Json::List(elements) => {
            out.push(b'[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_parts(element, filter, out);
            }
            out.push(b']');
        }
        Json::Object(members) => {
            out.push(b'{');
            let mut is_first = true;
            for (key, member) in members {
                let wanted = filter.wanted(key);
                if wanted == Wanted::Nothing {
                    continue;
                }
                if !is_first {
                    out.push(b',');
                }
                is_first = false;
                write_text(key, out);
                out.push(b':');
                match wanted {
                    Wanted::Parts(below) => write_parts(member, below, out),
                    _ => member.write(out),
                }
            }
            out.push(b'}');
        }
        scalar => scalar.write(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_whole_members_and_dotted_parts() {
        let fields: Vec<String> = ["id", "line_items.sku", "line_items.price_set.shop_money"]
            .map(String::from)
            .into();
        let filter = PayloadFilter::new(&fields);
        assert_eq!(filter.wanted("id"), Wanted::Everything);
        assert_eq!(filter.wanted("email"), Wanted::Nothing);
        let Wanted::Parts(below) = filter.wanted("line_items") else {
            panic!()
        };
        let value: Json = serde_json::from_str(
            r#"[{"id":1,"sku":"A","price_set":{"shop_money":{"amount":"1"},"x":2}}]"#,
        )
        .unwrap();
        let mut out = Vec::new();
        write_parts(&value, below, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"[{"sku":"A","price_set":{"shop_money":{"amount":"1"}}}]"#
        );
        assert!(PayloadFilter::new(&[]).is_open());
    }
}
