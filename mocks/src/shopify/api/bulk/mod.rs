//! Bulk operations: a query over whole connections, run in the background, its result a file of JSON lines on the
//! emulator's own address (sheet sections 2.6 and 6). The file shows the shop as it is when the operation ends (assumed).

mod export;

use std::cmp::Reverse;

use http::header::{CONTENT_TYPE, HeaderValue};

use super::calls::CallStream;
use super::errors::{FieldError, NOT_FOUND, UserError};
use super::execute::Call;
use super::graphql::fields::Field;
use super::graphql::plan::{PlanField, Selection};
use super::graphql::validation;
use crate::shopify::model::ids::{self, Gid};
use crate::shopify::json::{write_int, write_text};
use crate::shopify::machine::{Answer, Class, Shopify};
use super::queries::reader::{Reader, null, null_object};
use crate::shopify::signals::Subject;
use crate::shopify::model::state::State;
use crate::shopify::model::subscriptions::Topic;
use crate::core::random::mix;
use crate::core::{CallOutcome, Micros, Stream};

/// What the paths of result files start with.
pub const RESULT_PREFIX: &str = "/bulk_operations/";
/// Query operations of one app and shop that may run at once (since 2026-01).
const CONCURRENT_MAX: usize = 5;
/// How long a result can be fetched.
const RESULT_LIFETIME: Micros = Micros::from_secs(7 * 86_400);

/// How an operation stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum BulkStatus {
    /// Accepted or under way.
    Running,
    /// Told to stop.
    Canceling,
    /// Stopped.
    Canceled,
    /// Its result is there.
    Completed,
}

/// A bulk operation.
#[derive(Clone, Debug)]
pub struct BulkOperation {
    /// The query's text.
    pub query: String,
    /// When it was accepted.
    pub created_at: Micros,
    /// When it ended; `Micros::MAX` while it has not.
    pub completed_at: Micros,
    /// How it stands.
    pub status: BulkStatus,
    /// Lines of the result.
    pub objects: u64,
    /// Lines of the result that are no one's children.
    pub root_objects: u64,
    /// The result.
    pub file: Vec<u8>,
}

impl BulkOperation {
    fn is_pending(&self) -> bool {
        matches!(self.status, BulkStatus::Running | BulkStatus::Canceling)
    }

    /// The status as the schema's enum names it.
    pub fn status_name(&self, now: Micros) -> &'static str {
        match self.status {
            BulkStatus::Running if now <= self.created_at => "CREATED",
            BulkStatus::Running => "RUNNING",
            BulkStatus::Canceling => "CANCELING",
            BulkStatus::Canceled => "CANCELED",
            BulkStatus::Completed => "COMPLETED",
        }
    }
}

fn write_path(state: &State, position: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(RESULT_PREFIX.as_bytes());
    ids::write_uuid(mix(state.shop.seed.0, 5), u64::from(position), out);
    out.extend_from_slice(b".jsonl");
}

impl Shopify {
    /// When the next bulk operation ends.
    pub(crate) fn next_bulk(&self) -> Option<Micros> {
        self.bulk_due.peek().map(|Reverse((at, _))| *at)
    }

    /// Accepts a bulk query and appends the payload.
    pub(crate) fn run_bulk_query(
        &mut self,
        call: &Call<'_>,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> u64 {
        let query = field
            .text_argument("query", call.variables)
            .unwrap_or_default();
        let running = self.state.bulk_operations.iter();
        let running = running.filter(|operation| operation.is_pending()).count();
        let error = match validation::plan(self.served, &query) {
            Err(_) => Some(UserError::coded(
                ["query"],
                "Invalid bulk query: the document is not valid against the schema.",
                "INVALID",
            )),
            Ok(plan) => match export::obstacle(&plan) {
                Some(message) => Some(UserError::coded(["query"], message, "INVALID")),
                None if running >= CONCURRENT_MAX => Some(UserError::coded(
                    [],
                    "Bulk operations limit reached. Please try again later.",
                    "LIMIT_REACHED",
                )),
                None => None,
            },
        };
        if let Some(error) = error {
            return self.reader(call).bulk_payload(field, None, &[error], out);
        }
        let position = self.state.bulk_operations.len() as u32;
        self.state.bulk_operations.push(BulkOperation {
            query: query.into_owned(),
            created_at: call.now,
            completed_at: Micros::MAX,
            status: BulkStatus::Running,
            objects: 0,
            root_objects: 0,
            file: Vec::new(),
        });
        let mut stream = Stream::new(self.keys.bulk_operation, u64::from(position));
        let delay = self.state.profile.delay.bulk_operation.draw(&mut stream);
        self.bulk_due.push(Reverse((call.now + delay, position)));
        self.reader(call)
            .bulk_payload(field, Some(position), &[], out)
    }

    /// Tells a bulk operation to stop and appends the payload.
    pub(crate) fn cancel_bulk(
        &mut self,
        call: &Call<'_>,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        let gid = field
            .text_argument("id", call.variables)
            .unwrap_or_default();
        Gid::parse(&gid)
            .filter(|gid| gid.name == "BulkOperation")
            .ok_or_else(FieldError::invalid_id)?;
        let found = ids::BULK_OPERATION.find(&gid, self.state.bulk_operations.len());
        let errors = match found {
            None => vec![UserError::plain(["id"], "Bulk operation does not exist")],
            Some(position) => {
                let operation = &mut self.state.bulk_operations[position as usize];
                if operation.is_pending() {
                    operation.status = BulkStatus::Canceling;
                    Vec::new()
                } else {
                    let status = operation.status_name(call.now).to_ascii_lowercase();
                    let message =
                        format!("A bulk operation cannot be canceled when it is {status}");
                    vec![UserError::plain(["id"], message)]
                }
            }
        };
        Ok(self.reader(call).bulk_payload(field, found, &errors, out))
    }

    /// Ends the next bulk operation: writes its result, or stops it, and raises the webhook.
    pub(crate) fn end_bulk(&mut self, now: Micros) {
        let Some(Reverse((_, position))) = self.bulk_due.pop() else {
            return;
        };
        // Orders change their visibility without a timer of their own.
        self.state.index.advance(now);
        let operation = &self.state.bulk_operations[position as usize];
        let result = if operation.status == BulkStatus::Running {
            let plan = validation::plan(self.served, &operation.query);
            debug_assert!(plan.is_ok(), "the query was checked when it was accepted");
            plan.ok()
                .map(|plan| export::run(&self.state, self.window_start(now), now, &plan))
        } else {
            None
        };
        let operation = &mut self.state.bulk_operations[position as usize];
        operation.completed_at = now;
        match result {
            Some(result) => {
                operation.status = BulkStatus::Completed;
                operation.objects = result.objects;
                operation.root_objects = result.root_objects;
                operation.file = result.file;
            }
            None => operation.status = BulkStatus::Canceled,
        }
        let event = self.signals.new_event();
        let subject = Subject::BulkOperation(position);
        self.raise(now, event, Topic::BulkOperationsFinish, subject);
    }

    /// Answers a download of a result. The address is its own permission, as a signed one is.
    pub(crate) fn download(&self, now: Micros, key: &str) -> Answer {
        let found = key.strip_suffix(".jsonl").and_then(|uuid| {
            let number = ids::uuid_number(uuid)?;
            let position = u32::try_from(number).ok()?;
            let operation = self.state.bulk_operations.get(position as usize)?;
            let mut path = Vec::new();
            write_path(&self.state, position, &mut path);
            let is_genuine = path.strip_prefix(RESULT_PREFIX.as_bytes()) == Some(key.as_bytes());
            let is_there = operation.status == BulkStatus::Completed
                && now.since(operation.completed_at) < RESULT_LIFETIME;
            (is_genuine && is_there).then_some(operation)
        });
        let Some(operation) = found else {
            return Answer::refused(404, NOT_FOUND);
        };
        Answer {
            operation: "bulk_result",
            stream: CallStream::DOWNLOAD,
            outcome: CallOutcome::Served,
            class: Class::List,
            headers: vec![(CONTENT_TYPE, HeaderValue::from_static("application/jsonl"))],
            ..Answer::refused(200, operation.file.clone())
        }
    }
}

impl Reader<'_> {
    fn bulk_payload(
        &self,
        field: &PlanField,
        operation: Option<u32>,
        errors: &[UserError],
        out: &mut Vec<u8>,
    ) -> u64 {
        self.object(field.selection(), out, |part, out| {
            match (part.field, operation) {
                (Field::UserErrors, _) => self.user_errors(part, errors, out),
                (Field::BulkOperation, Some(at)) => self.bulk_operation(part.selection(), at, out),
                (Field::BulkOperation, None) => {
                    null(out);
                    0
                }
                _ => {
                    self.unserved(part, out);
                    0
                }
            }
        })
    }

    /// Appends `currentBulkOperation`: the newest one of the type. Mutations never run in bulk here.
    pub fn current_bulk_operation(&self, field: &PlanField, out: &mut Vec<u8>) -> u64 {
        let is_mutation = field
            .text_argument("type", self.variables)
            .is_some_and(|kind| kind == "MUTATION");
        match self.state.bulk_operations.len().checked_sub(1) {
            Some(last) if !is_mutation => {
                1 + self.bulk_operation(field.selection(), last as u32, out)
            }
            _ => null_object(out),
        }
    }

    /// Appends the root connection of bulk operations.
    pub fn bulk_operations(&self, field: &PlanField, out: &mut Vec<u8>) -> u64 {
        self.connection(
            field,
            self.state.bulk_operations.len(),
            |index| index as u32,
            |at| Self::id_cursor(ids::BULK_OPERATION, u64::from(at)),
            |selection, at, out| self.bulk_operation(selection, at, out),
            out,
        )
    }

    /// Appends a bulk operation's fields.
    pub fn bulk_operation(&self, selection: &Selection, position: u32, out: &mut Vec<u8>) -> u64 {
        let operation = &self.state.bulk_operations[position as usize];
        let quoted = |number: u64, out: &mut Vec<u8>| {
            out.push(b'"');
            write_int(number, out);
            out.push(b'"');
        };
        // Without a single object there is no file.
        let has_file = operation.status == BulkStatus::Completed
            && operation.objects > 0
            && self.now.since(operation.completed_at) < RESULT_LIFETIME;
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => ids::BULK_OPERATION.write_gid(u64::from(position), out),
                Field::Status => write_text(operation.status_name(self.now), out),
                Field::Type => write_text("QUERY", out),
                Field::Query => write_text(&operation.query, out),
                Field::CreatedAt => self.time(operation.created_at, out),
                Field::CompletedAt => self.time(operation.completed_at, out),
                Field::ObjectCount => quoted(operation.objects, out),
                Field::RootObjectCount => quoted(operation.root_objects, out),
                Field::FileSize if has_file => quoted(operation.file.len() as u64, out),
                Field::Url if has_file => {
                    let origin = self.origin.map(|origin| origin.text(&self.state.domain));
                    let origin = origin.unwrap_or_else(|| format!("https://{}", self.state.domain));
                    let mut address = origin.into_bytes();
                    write_path(self.state, position, &mut address);
                    write_text(&String::from_utf8_lossy(&address), out);
                }
                Field::FileSize | Field::Url | Field::PartialDataUrl | Field::ErrorCode => {
                    null(out);
                }
                _ => self.unserved(field, out),
            }
            0
        })
    }
}
