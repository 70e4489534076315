//! The links of all channels, which know which of them has been worked on since it was last pumped.

use std::collections::VecDeque;
use std::ops::{Index, IndexMut};

use super::ChannelLink;
use crate::canonical::ChannelIndex;
use crate::config::EngineConfig;
use crate::machine::Output;
use crate::snapshot::state;
use oversell_kernel::Micros;

/// One link a channel.
///
/// Whoever takes a link to change it marks it, so that an input about one channel does not have the links of all others
/// looked through for work.
pub struct Links {
    links: Vec<Marked>,
}

struct Marked {
    link: ChannelLink,
    worked_on: bool,
}

state!(Links {
    kept: [],
    parts: [links],
    headers: [],
    made: [],
});

state!(Marked {
    kept: [worked_on],
    parts: [link],
    headers: [],
    made: [],
});

impl Links {
    /// Links that will sign in when they are first pumped.
    pub fn new(config: &EngineConfig) -> Links {
        let links = (0..config.channels.len() as u16)
            .map(|channel| Marked {
                link: ChannelLink::new(config, ChannelIndex(channel)),
                worked_on: true,
            })
            .collect();
        Links { links }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Every link, in the order of channels.
    pub fn iter(&self) -> impl Iterator<Item = &ChannelLink> {
        self.links.iter().map(|marked| &marked.link)
    }

    /// Sends everything that may be sent now.
    pub fn pump(&mut self, now: Micros, outputs: &mut VecDeque<Output>) {
        for marked in &mut self.links {
            if std::mem::take(&mut marked.worked_on) || now >= marked.link.next_wake() {
                marked.link.pump(now, outputs);
            } else if cfg!(debug_assertions) {
                let before = outputs.len();
                marked.link.pump(now, outputs);
                assert_eq!(
                    outputs.len(),
                    before,
                    "a link had something to send although nobody had worked on it and it was not due"
                );
            }
        }
    }

    /// When a link has something to do by itself; never: [`Micros::MAX`].
    pub fn next_wake(&self) -> Micros {
        let wakes = self.iter().map(ChannelLink::next_wake);
        wakes.min().unwrap_or(Micros::MAX)
    }
}

impl Index<ChannelIndex> for Links {
    type Output = ChannelLink;

    fn index(&self, channel: ChannelIndex) -> &ChannelLink {
        &self.links[usize::from(channel.0)].link
    }
}

impl IndexMut<ChannelIndex> for Links {
    fn index_mut(&mut self, channel: ChannelIndex) -> &mut ChannelLink {
        let marked = &mut self.links[usize::from(channel.0)];
        marked.worked_on = true;
        &mut marked.link
    }
}
