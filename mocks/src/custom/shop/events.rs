//! What happens in a shop that a webhook may tell of.

/// What a subscription may ask for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Topic {
    OrderCreated,
    OrderUpdated,
    QuantityChanged,
}

impl Topic {
    pub(crate) const ALL: [Topic; 3] = [
        Topic::OrderCreated,
        Topic::OrderUpdated,
        Topic::QuantityChanged,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Topic::OrderCreated => "order.created",
            Topic::OrderUpdated => "order.updated",
            Topic::QuantityChanged => "quantity.changed",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| topic.name() == name)
    }
}

/// What a webhook tells. Bodies are written when they leave, so that waiting events stay small.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    OrderCreated(u32),
    OrderUpdated(u32),
    QuantityChanged { listing: u32, units: i64 },
}

impl Event {
    pub(crate) fn topic(self) -> Topic {
        match self {
            Event::OrderCreated(_) => Topic::OrderCreated,
            Event::OrderUpdated(_) => Topic::OrderUpdated,
            Event::QuantityChanged { .. } => Topic::QuantityChanged,
        }
    }
}
