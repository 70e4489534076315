//! When bulk operations begin and end (docs/platforms/shopify.md 2.6).

use std::cmp::Reverse;

use super::Store;
use super::notices::Subject;
use crate::core::{Micros, Stream};
use crate::shopify::model::bulk::{BulkOperation, BulkResult, BulkStatus};
use crate::shopify::model::subscriptions::Topic;

impl Store {
    /// Accepts a bulk query that is known to be valid, and returns its position.
    pub(crate) fn start_bulk(&mut self, now: Micros, version: &str, query: String) -> u32 {
        let position = self.state.bulk_operations.len() as u32;
        self.state.bulk_operations.push(BulkOperation {
            query,
            version: version.to_owned(),
            created_at: now,
            completed_at: Micros::MAX,
            status: BulkStatus::Running,
            result: BulkResult::default(),
        });
        let mut stream = Stream::new(self.keys.bulk_operation, u64::from(position));
        let delay = self.state.profile.delay.bulk_operation.draw(&mut stream);
        self.bulk_due.push(Reverse((now + delay, position)));
        position
    }

    /// When the next bulk operation ends.
    pub(crate) fn next_bulk(&self) -> Option<Micros> {
        self.bulk_due.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes the next bulk operation that ends.
    pub(crate) fn take_due_bulk(&mut self) -> Option<u32> {
        self.bulk_due.pop().map(|Reverse((_, position))| position)
    }

    /// Ends a bulk operation with its result, or without one as cancelled.
    pub(crate) fn finish_bulk(&mut self, now: Micros, position: u32, result: Option<BulkResult>) {
        let operation = &mut self.state.bulk_operations[position as usize];
        operation.completed_at = now;
        match result {
            Some(result) => {
                operation.status = BulkStatus::Completed;
                operation.result = result;
            }
            None => operation.status = BulkStatus::Canceled,
        }
        let event = self.new_event();
        let subject = Subject::BulkOperation(position);
        self.raise(now, event, Topic::BulkOperationsFinish, subject);
    }
}
