//! Who is told of what (docs/custom.md 5).

use http::Uri;

use crate::core::Micros;

use super::events::{Event, Topic};

/// Most addresses that a shop tells.
pub(crate) const MOST: usize = 20;

#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) id: u32,
    pub(crate) address: Box<str>,
    pub(crate) uri: Uri,
    pub(crate) created_at: Micros,
    wanted: [bool; Topic::ALL.len()],
}

impl Subscription {
    fn wants(&self, topic: Topic) -> bool {
        self.wanted[topic as usize]
    }

    pub(crate) fn topics(&self) -> impl Iterator<Item = Topic> {
        Topic::ALL.into_iter().filter(|topic| self.wants(*topic))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    all: Vec<Subscription>,
    made: u32,
}

impl Subscriptions {
    pub(crate) fn all(&self) -> &[Subscription] {
        &self.all
    }

    pub(crate) fn with_id(&self, id: u32) -> Option<&Subscription> {
        self.all.iter().find(|it| it.id == id)
    }

    pub(crate) fn listens(&self, event: Event) -> bool {
        self.all.iter().any(|it| it.wants(event.topic()))
    }

    /// The ids of those that want an event.
    pub(crate) fn listeners(&self, event: Event) -> Vec<u32> {
        let wanting = self.all.iter().filter(|it| it.wants(event.topic()));
        wanting.map(|it| it.id).collect()
    }

    /// Subscribes an address; one that is subscribed already gets these topics in place of its own. `None` where there are
    /// too many.
    pub(crate) fn subscribe(
        &mut self,
        now: Micros,
        address: &str,
        uri: Uri,
        topics: &[Topic],
    ) -> Option<&Subscription> {
        let known = self.all.iter().position(|it| *it.address == *address);
        let place = match known {
            Some(place) => place,
            None if self.all.len() == MOST => return None,
            None => {
                self.made += 1;
                self.all.push(Subscription {
                    id: self.made,
                    address: address.into(),
                    uri,
                    created_at: now,
                    wanted: [false; Topic::ALL.len()],
                });
                self.all.len() - 1
            }
        };
        let subscription = &mut self.all[place];
        subscription.wanted = Topic::ALL.map(|topic| topics.contains(&topic));
        Some(subscription)
    }

    /// Ends one; tells whether there was one.
    pub(crate) fn end(&mut self, id: u32) -> bool {
        let before = self.all.len();
        self.all.retain(|it| it.id != id);
        self.all.len() < before
    }

    /// Ends all, and answers the topics of each.
    pub(crate) fn end_all(&mut self) -> Vec<&'static str> {
        let ended = std::mem::take(&mut self.all);
        let topics = ended.iter().flat_map(Subscription::topics);
        topics.map(Topic::name).collect()
    }
}
