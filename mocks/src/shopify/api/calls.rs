//! Numbers of the calls' latency streams. Each kind of call draws from a stream of its own, so that one more call of one
//! kind leaves the latencies of all others as they were.

use super::graphql::fields::Field;

/// Fields that had their stream before the calls that are no field; the numbers of both are fixed.
const FIRST_FIELDS: usize = Field::Zip as usize + 1;

/// The stream of a kind of call.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallStream(usize);

impl CallStream {
    /// Calls that are refused before they are executed.
    pub(crate) const REFUSED: CallStream = CallStream(FIRST_FIELDS);
    /// Token requests and reads of the scopes.
    pub(crate) const TOKEN: CallStream = CallStream(FIRST_FIELDS + 1);
    /// Downloads of bulk results.
    pub(crate) const DOWNLOAD: CallStream = CallStream(Field::COUNT + 2);
    /// How many streams there are, with so many REST operations.
    pub(crate) const fn count(rest_operations: usize) -> usize {
        Field::COUNT + 3 + rest_operations
    }

    /// GraphQL calls whose first root field is this one.
    pub(crate) const fn field(field: Field) -> CallStream {
        let number = field as usize;
        CallStream(if number < FIRST_FIELDS {
            number
        } else {
            number + 2
        })
    }

    /// Calls of the REST operation at this position of the table.
    pub(crate) const fn rest(position: usize) -> CallStream {
        CallStream(Field::COUNT + 3 + position)
    }

    /// Its number.
    pub(crate) const fn number(self) -> usize {
        self.0
    }
}
