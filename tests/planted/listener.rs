//! An engine whose process forgets the webhooks that it has acknowledged when it dies.

use std::cell::Cell;
use std::rc::Rc;

use oversell::engine::{Engine, Input, Micros, Output};

/// An engine around another. Its next life is built from the inputs of this one, and leaves out the webhooks among them.
pub struct Listener {
    engine: Box<dyn Engine>,
    /// The latest time that any of its lives has seen: what is older is told from the journal.
    latest: Rc<Cell<Micros>>,
    forgets: bool,
}

impl Listener {
    /// One that forgets, or one that does not.
    pub fn new(engine: Box<dyn Engine>, forgets: bool) -> Listener {
        Listener {
            engine,
            latest: Rc::default(),
            forgets,
        }
    }
}

impl Engine for Listener {
    fn handle(&mut self, now: Micros, input: Input) {
        let is_old = now < self.latest.get();
        self.latest.set(self.latest.get().max(now));
        if !(self.forgets && is_old && matches!(input, Input::Delivery { .. })) {
            self.engine.handle(now, input);
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.engine.poll_output()
    }

    fn poll_timeout(&self) -> Option<Micros> {
        self.engine.poll_timeout()
    }

    fn renewed(&self, saved: Option<&[u8]>) -> Option<Box<dyn Engine>> {
        Some(Box::new(Listener {
            engine: self.engine.renewed(saved)?,
            latest: Rc::clone(&self.latest),
            forgets: self.forgets,
        }))
    }
}
