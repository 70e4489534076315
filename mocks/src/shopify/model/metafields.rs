//! Metafields: values that apps keep beside the platform's own objects, and what defines them
//! (docs/platforms/shopify.md 3.7).

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use sha2::{Digest, Sha256};

use super::customers::CustomerRef;
use super::ids::{self, Gid};
use super::metafield_types::{rule_problem, value_problem};
use super::state::State;
use super::subscriptions::APP_ID;
use crate::core::{Micros, hexadecimal};
use crate::shopify::json::Json;

/// What has metafields.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// The installation of the app.
    AppInstallation,
    /// A customer.
    Customer(CustomerRef),
    /// A location.
    Location(u16),
    /// An order.
    Order(u32),
    /// A product, by its listing.
    Product(u32),
    /// The shop.
    Shop,
    /// A variant, by its listing.
    Variant(u32),
}

impl Owner {
    /// The platform's word for its type.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Owner::AppInstallation => "API_PERMISSION",
            Owner::Customer(_) => "CUSTOMER",
            Owner::Location(_) => "LOCATION",
            Owner::Order(_) => "ORDER",
            Owner::Product(_) => "PRODUCT",
            Owner::Shop => "SHOP",
            Owner::Variant(_) => "PRODUCTVARIANT",
        }
    }

    /// Writes its quoted gid.
    pub(crate) fn write_gid(self, out: &mut Vec<u8>) {
        match self {
            Owner::AppInstallation => {
                out.extend_from_slice(
                    format!("\"gid://shopify/AppInstallation/{APP_ID}\"").as_bytes(),
                );
            }
            Owner::Customer(CustomerRef::OfOrder(at)) => {
                ids::CUSTOMER.write_gid(u64::from(at), out);
            }
            Owner::Customer(CustomerRef::Own(at)) => {
                ids::OWN_CUSTOMER.write_gid(u64::from(at), out);
            }
            Owner::Location(at) => ids::LOCATION.write_gid(u64::from(at), out),
            Owner::Order(at) => ids::ORDER.write_gid(u64::from(at), out),
            Owner::Product(at) => ids::PRODUCT.write_gid(u64::from(at), out),
            Owner::Shop => ids::SHOP.write_gid(0, out),
            Owner::Variant(at) => ids::VARIANT.write_gid(u64::from(at), out),
        }
    }
}

/// A metafield.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Metafield {
    /// What it belongs to.
    pub(crate) owner: Owner,
    /// What keeps its key apart from those of others.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) key: String,
    /// The name of its type.
    pub(crate) kind: String,
    /// Its value, as text whatever its type.
    pub(crate) value: String,
    /// When it was made.
    pub(crate) created_at: Micros,
    /// When it was last written.
    pub(crate) updated_at: Micros,
    /// Whether it was deleted.
    pub(crate) is_deleted: bool,
}

impl Metafield {
    /// What tells its value from every other: whoever writes it may say which value it is to replace.
    pub(crate) fn digest(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.kind.as_bytes());
        hash.update([0]);
        hash.update(self.value.as_bytes());
        let digits = hexadecimal::digest(&hash.finalize().into());
        String::from_utf8_lossy(&digits).into_owned()
    }
}

/// What is said once of all metafields of a name and a type of owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    /// The type of the owners.
    pub(crate) owner_type: String,
    /// The namespace.
    pub(crate) namespace: String,
    /// The key.
    pub(crate) key: String,
    /// What people call it.
    pub(crate) name: String,
    /// What people are told of it.
    pub(crate) description: Option<String>,
    /// The name of the type that values have.
    pub(crate) kind: String,
    /// What values must be: names and values of rules.
    pub(crate) validations: Vec<(String, String)>,
    /// Its place among those that people see first, from 1; 0 where it is not one of them.
    pub(crate) pinned: u32,
    /// When the values were last looked at, or will be; until then what was found before is told.
    pub(crate) checked_at: Micros,
    /// Whether all values followed the rules before.
    pub(crate) was_valid: bool,
    /// Whether it was deleted.
    pub(crate) is_deleted: bool,
}

impl Definition {
    /// Whether a value breaks its type or its rules.
    fn is_broken_by(&self, value: &str) -> bool {
        let mut rules = self.validations.iter();
        value_problem(&self.kind, value).is_some()
            || rules.any(|(rule, bound)| rule_problem(&self.kind, value, (rule, bound)).is_some())
    }
}

/// All metafields and definitions.
#[derive(Debug, Default)]
pub(crate) struct Metafields {
    /// Metafields, deleted ones included.
    pub(crate) all: Vec<Metafield>,
    /// Positions by owner, ascending.
    by_owner: IndexMap<Owner, Vec<u32>, FxBuildHasher>,
    /// Definitions, deleted ones included.
    pub(crate) definitions: Vec<Definition>,
    /// When jobs that look at values anew are done.
    pub(crate) jobs: Vec<Micros>,
}

impl Metafields {
    /// Positions of an owner's metafields, ascending.
    pub(crate) fn of(&self, owner: Owner) -> impl Iterator<Item = u32> + '_ {
        let found = self.by_owner.get(&owner).map_or(&[][..], Vec::as_slice);
        found
            .iter()
            .copied()
            .filter(|at| !self.all[*at as usize].is_deleted)
    }

    /// The position of an owner's metafield of this name.
    pub(crate) fn find(&self, owner: Owner, namespace: &str, key: &str) -> Option<u32> {
        self.of(owner).find(|at| {
            let one = &self.all[*at as usize];
            one.namespace == namespace && one.key == key
        })
    }

    /// Writes a metafield, in place of the one of its name where there is one, and returns its position.
    pub(crate) fn set(&mut self, one: Metafield) -> u32 {
        if let Some(at) = self.find(one.owner, &one.namespace, &one.key) {
            let kept = &mut self.all[at as usize];
            if kept.value != one.value || kept.kind != one.kind {
                kept.updated_at = one.updated_at;
            }
            kept.kind = one.kind;
            kept.value = one.value;
            return at;
        }
        let at = self.all.len() as u32;
        self.by_owner.entry(one.owner).or_default().push(at);
        self.all.push(one);
        at
    }

    /// Deletes a metafield; whether there was one.
    pub(crate) fn delete(&mut self, owner: Owner, namespace: &str, key: &str) -> bool {
        let Some(at) = self.find(owner, namespace, key) else {
            return false;
        };
        self.all[at as usize].is_deleted = true;
        if let Some(positions) = self.by_owner.get_mut(&owner) {
            positions.retain(|it| *it != at);
        }
        true
    }

    /// Deletes all metafields of an owner.
    pub(crate) fn delete_all(&mut self, owner: Owner) {
        for at in self.by_owner.swap_remove(&owner).unwrap_or_default() {
            self.all[at as usize].is_deleted = true;
        }
    }

    /// The position of the definition of a name and a type of owner.
    pub(crate) fn definition(&self, owner_type: &str, namespace: &str, key: &str) -> Option<u32> {
        let found = self.definitions.iter().position(|it| {
            !it.is_deleted
                && it.owner_type == owner_type
                && it.namespace == namespace
                && it.key == key
        });
        found.map(|at| at as u32)
    }

    /// How many of a definition's metafields break its type or its rules.
    pub(crate) fn invalid(&self, definition: u32) -> usize {
        let of = &self.definitions[definition as usize];
        self.defined_by(definition)
            .filter(|at| of.is_broken_by(&self.all[*at as usize].value))
            .count()
    }

    /// Gives the type of a new definition to the metafields that were there before it and fit it; the others stay as they are.
    pub(crate) fn take_type(&mut self, definition: u32) {
        let about: Vec<u32> = self.defined_by(definition).collect();
        let of = &self.definitions[definition as usize];
        for at in about {
            let one = &mut self.all[at as usize];
            if !of.is_broken_by(&one.value) {
                one.kind.clone_from(&of.kind);
            }
        }
    }

    /// Whether all values of a definition follow its rules, as far as they have been looked at.
    pub(crate) fn is_valid(&self, now: Micros, definition: u32) -> bool {
        let one = &self.definitions[definition as usize];
        match one.checked_at > now {
            true => one.was_valid,
            false => self.invalid(definition) == 0,
        }
    }

    /// Positions of the metafields that a definition is about.
    pub(crate) fn defined_by(&self, definition: u32) -> impl Iterator<Item = u32> + '_ {
        let of = &self.definitions[definition as usize];
        let all = self.all.iter().enumerate();
        all.filter(move |(_, it)| {
            !it.is_deleted
                && it.owner.type_name() == of.owner_type
                && it.namespace == of.namespace
                && it.key == of.key
        })
        .map(|(at, _)| at as u32)
    }
}

/// Whether a namespace, as it is kept, belongs to another app.
pub(crate) fn is_foreign(namespace: &str) -> bool {
    let Some(app) = namespace.strip_prefix("app--") else {
        return false;
    };
    let own = APP_ID.to_string();
    app.split("--").next() != Some(&own)
}

/// A namespace as it is kept: `$app:x` is the app's own `x`.
pub(crate) fn namespace_kept(given: &str) -> String {
    match given.strip_prefix("$app") {
        Some("") => format!("app--{APP_ID}"),
        Some(rest) if rest.starts_with(':') => format!("app--{APP_ID}--{}", &rest[1..]),
        _ => given.to_owned(),
    }
}

impl State {
    /// What a gid names that has metafields.
    pub(crate) fn metafield_owner(&self, gid: &str) -> Option<Owner> {
        let parsed = Gid::parse(gid)?;
        Some(match parsed.name {
            "AppInstallation" => (parsed.number()? == APP_ID).then_some(Owner::AppInstallation)?,
            "Customer" => Owner::Customer(self.find_customer(gid)?),
            "Location" => Owner::Location(self.location(gid)?),
            "Order" => Owner::Order(self.find_order(gid)?),
            "Product" => Owner::Product(self.find_listing(ids::PRODUCT, gid)?),
            "ProductVariant" => Owner::Variant(self.find_listing(ids::VARIANT, gid)?),
            "Shop" => {
                ids::SHOP.find(gid, 1)?;
                Owner::Shop
            }
            _ => return None,
        })
    }

    /// The first gid of a value that names something that is not there, where the type is of things that are simulated.
    pub(crate) fn missing_reference(&self, kind: &str, value: &str) -> Option<String> {
        let of = kind.strip_prefix("list.");
        let is_there = |gid: &str| match of.unwrap_or(kind) {
            "customer_reference" => self.find_customer(gid).is_some(),
            "order_reference" => self.find_order(gid).is_some(),
            "product_reference" => self.find_listing(ids::PRODUCT, gid).is_some(),
            "variant_reference" => self.find_listing(ids::VARIANT, gid).is_some(),
            _ => true,
        };
        if of.is_none() {
            return (!is_there(value)).then(|| value.to_owned());
        }
        let listed = crate::core::json::read::<Json<'_>>(value.as_bytes()).ok()?;
        let mut named = listed.list().iter().filter_map(Json::text);
        named.find(|gid| !is_there(gid)).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(owner: Owner, key: &str, value: &str) -> Metafield {
        Metafield {
            owner,
            namespace: "custom".to_owned(),
            key: key.to_owned(),
            kind: "single_line_text_field".to_owned(),
            value: value.to_owned(),
            created_at: Micros::from_secs(1),
            updated_at: Micros::from_secs(1),
            is_deleted: false,
        }
    }

    #[test]
    fn a_metafield_is_written_in_its_place_and_belongs_to_one_owner() {
        let mut kept = Metafields::default();
        let shelf = kept.set(one(Owner::Product(2), "shelf", "B7"));
        let other = kept.set(one(Owner::Product(3), "shelf", "C1"));
        assert_ne!(shelf, other);
        let before = kept.all[shelf as usize].digest();
        assert_eq!(kept.set(one(Owner::Product(2), "shelf", "B9")), shelf);
        assert_ne!(kept.all[shelf as usize].digest(), before);
        assert_eq!(kept.find(Owner::Variant(2), "custom", "shelf"), None);
        assert!(kept.delete(Owner::Product(2), "custom", "shelf"));
        assert!(!kept.delete(Owner::Product(2), "custom", "shelf"));
        assert_eq!(kept.of(Owner::Product(3)).collect::<Vec<_>>(), [other]);
        // What is made anew has another number.
        assert_ne!(kept.set(one(Owner::Product(2), "shelf", "B9")), shelf);
    }

    #[test]
    fn the_apps_own_namespaces_carry_its_number() {
        assert_eq!(namespace_kept("$app"), format!("app--{APP_ID}"));
        assert_eq!(
            namespace_kept("$app:stock"),
            format!("app--{APP_ID}--stock")
        );
        assert_eq!(namespace_kept("$apple"), "$apple");
        for own in ["$app", "$app:stock", "custom", "apple--1"] {
            assert!(!is_foreign(&namespace_kept(own)), "{own}");
        }
        for foreign in ["app--7", "app--7--stock", &format!("app--{APP_ID}0--x")] {
            assert!(is_foreign(foreign), "{foreign}");
        }
    }
}
