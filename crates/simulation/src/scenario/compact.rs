//! A scenario in as few lines as say all of it.

use channel_mocks::core::values;

use super::model::Scenario;

/// Lists whose elements are written out as they are.
const WHOLE_LISTS: [&str; 3] = ["happening", "fault", "threshold"];

impl Scenario {
    /// The scenario as TOML without what is so anyway. Reading it gives the same scenario.
    pub fn compact(&self) -> String {
        let Ok(whole) = toml::Table::try_from(self) else {
            return String::new();
        };
        let mut short = whole.clone();
        let mut places = Vec::new();
        list_places(&whole, &mut Vec::new(), &mut places);
        for place in places {
            let mut shorter = short.clone();
            if !remove(&mut shorter, &place) {
                continue;
            }
            let read = values::read::<Scenario>(toml::Value::Table(shorter.clone()));
            let says_the_same = read
                .ok()
                .and_then(|read| toml::Table::try_from(&read).ok())
                .is_some_and(|read| read == whole);
            if says_the_same {
                short = shorter;
            }
        }
        toml::to_string(&short).unwrap_or_default()
    }
}

/// A step towards a value.
#[derive(Clone)]
enum Part {
    Key(String),
    Element(usize),
}

/// All values by their way from the top, tables before what is in them.
fn list_places(table: &toml::Table, way: &mut Vec<Part>, places: &mut Vec<Vec<Part>>) {
    for (key, value) in table {
        way.push(Part::Key(key.clone()));
        places.push(way.clone());
        match value {
            toml::Value::Table(inner) => list_places(inner, way, places),
            toml::Value::Array(elements) if !WHOLE_LISTS.contains(&key.as_str()) => {
                for (index, element) in elements.iter().enumerate() {
                    if let toml::Value::Table(inner) = element {
                        way.push(Part::Element(index));
                        list_places(inner, way, places);
                        way.pop();
                    }
                }
            }
            _ => {}
        }
        way.pop();
    }
}

/// Takes a value out; says whether it was there.
fn remove(table: &mut toml::Table, way: &[Part]) -> bool {
    let [Part::Key(key), rest @ ..] = way else {
        return false;
    };
    if rest.is_empty() {
        return table.remove(key).is_some();
    }
    match (table.get_mut(key), rest) {
        (Some(toml::Value::Table(inner)), rest) => remove(inner, rest),
        (Some(toml::Value::Array(elements)), [Part::Element(index), rest @ ..]) => {
            match elements.get_mut(*index) {
                Some(toml::Value::Table(inner)) => remove(inner, rest),
                _ => false,
            }
        }
        _ => false,
    }
}
