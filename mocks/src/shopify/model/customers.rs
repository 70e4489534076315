//! Whose orders are: buyers', one an order, and customers that apps made or set (docs/platforms/shopify.md 3.5).

use super::annotations::Tagged;
use super::customer;
use super::ids::{self, Gid, IdSpace};
use super::made::joined;
use super::state::State;
use crate::core::Micros;
use crate::shopify::json::write_optional_text;

/// A customer.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CustomerRef {
    /// Whom an order was placed or made for, by the order's position.
    OfOrder(u32),
    /// One that an app made, by its position.
    Own(u32),
}

/// The names of a customer: first, last, and whole or what stands for it, the first contact that there is.
pub(super) fn named<'a>(
    first: Option<&'a str>,
    last: Option<&'a str>,
    contacts: [&Option<String>; 2],
) -> (Option<&'a str>, Option<&'a str>, Option<String>) {
    let contact = contacts.into_iter().flatten().next().cloned();
    (first, last, joined(first, last).or(contact))
}

impl CustomerRef {
    /// The kind of its id, and its position among those of the kind.
    pub(crate) fn id(self) -> (IdSpace, u64) {
        match self {
            CustomerRef::OfOrder(order) => (ids::CUSTOMER, u64::from(order)),
            CustomerRef::Own(at) => (ids::OWN_CUSTOMER, u64::from(at)),
        }
    }

    /// What its tags are kept by.
    pub(crate) fn tagged(self) -> Tagged {
        match self {
            CustomerRef::OfOrder(order) => Tagged::Customer(order),
            CustomerRef::Own(at) => Tagged::OwnCustomer(at),
        }
    }
}

/// A customer that an app made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnCustomer {
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) note: Option<String>,
    /// The language that it is written to in; English where none was said (assumed).
    pub(crate) locale: Option<String>,
    pub(crate) created_at: Micros,
    /// Whether it was deleted.
    pub(crate) is_deleted: bool,
}

impl OwnCustomer {
    /// The first, the last and the whole name, or what stands for it.
    pub(crate) fn names(&self) -> (Option<&str>, Option<&str>, Option<String>) {
        let (first, last) = (self.first_name.as_deref(), self.last_name.as_deref());
        named(first, last, [&self.email, &self.phone])
    }
}

impl State {
    /// The customer of an order, if it has one.
    pub(crate) fn customer_of(&self, order: u32) -> Option<CustomerRef> {
        if let Some(set) = self.set_customers.get(&order) {
            return *set;
        }
        let made = self.made(order);
        let has_one = made.is_none_or(|made| made.has_customer);
        has_one.then_some(CustomerRef::OfOrder(order))
    }

    /// The customer of a gid.
    pub(crate) fn find_customer(&self, gid: &str) -> Option<CustomerRef> {
        let gid = Gid::parse(gid).filter(|gid| gid.name == ids::CUSTOMER.name)?;
        self.customer_numbered(gid.number()?)
    }

    /// The customer of a number.
    pub(crate) fn customer_numbered(&self, number: u64) -> Option<CustomerRef> {
        if let Some(at) = ids::OWN_CUSTOMER.position(number, self.own_customers.len()) {
            let is_there = !self.own_customers[at as usize].is_deleted;
            return is_there.then_some(CustomerRef::Own(at));
        }
        let order = ids::CUSTOMER.position(number, self.orders.len())?;
        let made = self.made(order);
        let is_there = made.is_none_or(|made| made.has_customer);
        is_there.then_some(CustomerRef::OfOrder(order))
    }

    /// The orders of a customer that are there still.
    pub(crate) fn orders_of(&self, one: CustomerRef) -> impl Iterator<Item = u32> + '_ {
        let first = match one {
            CustomerRef::OfOrder(order) if self.customer_of(order) == Some(one) => Some(order),
            _ => None,
        };
        let set = self.set_customers.iter();
        let set = set.filter(move |(_, set)| **set == Some(one));
        let all = first.into_iter().chain(
            set.map(|(order, _)| *order)
                .filter(move |it| Some(*it) != first),
        );
        all.filter(|order| !self.orders[*order as usize].is_deleted)
    }

    /// Appends a customer's e-mail address, or `null`.
    pub(crate) fn write_customer_email(&self, one: CustomerRef, out: &mut Vec<u8>) {
        match one {
            CustomerRef::OfOrder(order) => match self.made(order) {
                Some(made) => write_optional_text(made.customer_contacts.0.as_deref(), out),
                None => customer::write_email(self.orders[order as usize].buyer, out),
            },
            CustomerRef::Own(at) => {
                write_optional_text(self.own_customers[at as usize].email.as_deref(), out);
            }
        }
    }
}
