//! `includeFields` of a webhook subscription (sheet section 5.4): whole top-level members, or parts of them named with
//! dots.

use super::json::{Json, write_text};

/// What is wanted of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// Nothing.
    Nothing,
    /// All of it.
    Everything,
    /// The paths below it.
    Parts(&'a [Vec<String>]),
}

/// The fields of a subscription by top-level member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PayloadFilter {
    /// Members with the paths wanted below; an empty path is the whole member.
    members: Vec<(String, Vec<Vec<String>>)>,
}

impl PayloadFilter {
    /// Compiles `includeFields`; an empty list wants everything.
    pub fn new(fields: &[String]) -> PayloadFilter {
        let mut members: Vec<(String, Vec<Vec<String>>)> = Vec::new();
        for field in fields {
            let mut steps = field.split('.').map(str::to_owned);
            let Some(member) = steps.next() else { continue };
            let path: Vec<String> = steps.collect();
            match members.iter_mut().find(|(name, _)| *name == member) {
                Some((_, paths)) => paths.push(path),
                None => members.push((member, vec![path])),
            }
        }
        PayloadFilter { members }
    }

    /// Whether every member is wanted.
    pub fn is_open(&self) -> bool {
        self.members.is_empty()
    }

    /// What is wanted of a member.
    pub fn wanted(&self, member: &str) -> Wanted<'_> {
        if self.members.is_empty() {
            return Wanted::Everything;
        }
        match self.members.iter().find(|(name, _)| name == member) {
            None => Wanted::Nothing,
            Some((_, paths)) if paths.iter().any(Vec::is_empty) => Wanted::Everything,
            Some((_, paths)) => Wanted::Parts(paths),
        }
    }
}

/// Appends the parts of a value that the paths name; lists are filtered element by element.
pub fn write_parts(value: &Json<'_>, paths: &[&[String]], out: &mut Vec<u8>) {
    match value {
        Json::List(elements) => {
            out.push(b'[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_parts(element, paths, out);
            }
            out.push(b']');
        }
        Json::Object(members) => {
            out.push(b'{');
            let mut is_first = true;
            for (key, member) in members {
                let below: Vec<&[String]> = paths
                    .iter()
                    .filter_map(|path| path.split_first())
                    .filter(|(head, _)| **head == *key)
                    .map(|(_, rest)| rest)
                    .collect();
                if below.is_empty() {
                    continue;
                }
                if !is_first {
                    out.push(b',');
                }
                is_first = false;
                write_text(key, out);
                out.push(b':');
                if below.iter().any(|rest| rest.is_empty()) {
                    member.write(out);
                } else {
                    write_parts(member, &below, out);
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
        let Wanted::Parts(paths) = filter.wanted("line_items") else {
            panic!()
        };
        let value: Json = serde_json::from_str(
            r#"[{"id":1,"sku":"A","price_set":{"shop_money":{"amount":"1"},"x":2}}]"#,
        )
        .unwrap();
        let mut out = Vec::new();
        let paths: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
        write_parts(&value, &paths, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"[{"sku":"A","price_set":{"shop_money":{"amount":"1"}}}]"#
        );
        assert!(PayloadFilter::new(&[]).is_open());
    }
}
