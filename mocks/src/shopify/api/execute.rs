//! One GraphQL call: body, plan, variables, price, bucket, execution, refund (docs/platforms/shopify.md 2.2 to 2.4).

use std::cell::RefCell;

use super::answer::{Answer, Class};
use super::call::{ANSWER_BYTES_MAX, Call};
use super::graphql::errors::FieldError;
use super::graphql::fields::Field;
use super::graphql::plan::{Operation, Plan, PlanField};
use super::graphql::schema::build::QUERY_ROOT;
use super::graphql::schema::{ServedSchema, era};
use super::graphql::syntax::ast::{OperationKind, Selection};
use super::graphql::{cost, validation, variables};
use super::limits::{graphql_limit, weighed};
use super::origin::Origin;
use super::queries::paging;
use super::root_fields::{self, Price};
use super::{Api, Fault, coverage, introspection, known_codes, refusals, typed_ids};
use crate::core::{CallKind, CallOutcome, Micros};
use crate::shopify::json::Json;
use crate::shopify::shop::Store;

impl Api {
    /// Answers a GraphQL call.
    pub(crate) fn graphql(
        &mut self,
        store: &mut Store,
        now: Micros,
        sent_at: Micros,
        version: &str,
        body: &[u8],
        origin: Origin<'_>,
    ) -> Answer {
        let Ok(Json::Object(mut members)) = crate::core::json::read::<Json>(body) else {
            return Answer::refused(400, &br#"{"errors":"Bad Request"}"#[..]);
        };
        let mut take = |name: &str| {
            members
                .iter_mut()
                .find(|(key, _)| key == name)
                .map_or(Json::Null, |(_, value)| std::mem::take(value))
        };
        let (Json::Text(query), given, name) =
            (take("query"), take("variables"), take("operationName"))
        else {
            return Answer::refused(
                400,
                &br#"{"errors":{"query":"Required parameter missing or invalid"}}"#[..],
            );
        };
        let served = ServedSchema::of(version);
        let plans = &mut self.plans[era(version)];
        let plan = match plans.get_or_make(&query, || validation::plan(served, &query)) {
            Ok(plan) => plan,
            Err(body) => {
                self.count_missing(&query);
                return Answer::refused(200, &*body);
            }
        };
        let Some(operation) = select(&plan, name.text()) else {
            return Answer::refused(
                200,
                &br#"{"errors":[{"message":"An operation name is required","extensions":{"code":"BAD_REQUEST"}}]}"#[..],
            );
        };
        let bound = match variables::bind(served, operation, given) {
            Ok(bound) => bound,
            Err(body) => return Answer::refused(200, body),
        };
        for name in &operation.not_simulated {
            self.count_not_simulated(name);
        }
        let call = Call {
            now,
            sent_at,
            version,
            variables: &bound,
            operation,
            origin,
            window_start: self.window_start(&store.state, now),
            scopes: self.auth.scopes().clone(),
            not_simulated: RefCell::default(),
        };
        let answer = self.execute(store, &call);
        for name in call.not_simulated.into_inner() {
            self.count_not_simulated(&name);
        }
        answer
    }

    /// Counts the root fields of a refused text that belong to the platform and are not served.
    fn count_missing(&mut self, query: &str) {
        let Some(document) = validation::parsed(query) else {
            return;
        };
        for operation in document.operations() {
            let is_mutation = operation.kind == OperationKind::Mutation;
            let root = if is_mutation { "Mutation" } else { QUERY_ROOT };
            for selection in &operation.selections {
                if let Selection::Field(field) = selection
                    && coverage::is_missing(field.name, is_mutation)
                {
                    self.count_not_simulated(&format!("{root}.{}", field.name));
                }
            }
        }
    }

    fn execute(&mut self, store: &mut Store, call: &Call<'_>) -> Answer {
        let operation = call.operation;
        let is_mutation = operation.is_mutation;
        let answer = |body: Vec<u8>, outcome, class| Answer {
            operation: name_of(operation),
            kind: kind_of(operation),
            outcome,
            class,
            ..Answer::refused(200, body)
        };
        let refused = |body| answer(body, CallOutcome::Refused, Class::Refused);
        let requested = match self.charge(store, call) {
            Ok(requested) => requested,
            Err(Uncharged::Refused(body)) => return refused(body),
            Err(Uncharged::Throttled(body)) => {
                return answer(body, CallOutcome::Throttled, Class::Throttled);
            }
        };
        let mut introspection = match introspection::answers(call) {
            Ok(answers) => answers.into_iter(),
            Err(message) => {
                self.limiter.refund(call.now, requested);
                return refused(refusals::request_error(&message, "BAD_REQUEST"));
            }
        };
        let mut executed = Executed::begun();
        if !is_mutation {
            self.begin_read(&mut store.state, name_of(operation));
        }
        for field in &operation.root.fields {
            if !field.wanted(call.variables) {
                continue;
            }
            if !is_mutation && executed.is_too_large() {
                break;
            }
            executed.key(field);
            match field.field {
                Field::Typename => {}
                Field::SchemaMeta | Field::TypeMeta => {
                    let value = introspection.next();
                    let value = value.as_deref().unwrap_or(b"null");
                    executed.out.extend_from_slice(value);
                }
                _ if is_mutation => self.mutate(store, call, field, &mut executed),
                _ => executed.read(store, call, field),
            }
        }
        store.end_read();
        if !is_mutation && executed.is_too_large() {
            let message =
                format!("This answer is too large: it has more than {ANSWER_BYTES_MAX} bytes.");
            return refused(refusals::request_error(&message, "BAD_REQUEST"));
        }
        let actual = executed.actual.max(1).min(requested);
        self.limiter.refund(call.now, requested - actual);
        let rows = executed.rows;
        let (mut out, warnings) = executed.finish();
        out.extend_from_slice(b",\"extensions\":{");
        self.limiter
            .write_cost(call.now, requested, Some(actual), &mut out);
        if !warnings.is_empty() {
            out.extend_from_slice(b",\"search\":[");
            out.extend_from_slice(&warnings);
            out.push(b']');
        }
        out.extend_from_slice(b"}}");
        let first = operation.root.fields.first();
        let row = first.and_then(|field| root_fields::find(field.field));
        let class = match row {
            Some(row) => row.class,
            None if is_mutation => Class::OrderWrite,
            None => Class::Read,
        };
        Answer {
            rows: match row.map(|row| row.price) {
                Some(Price::InventoryRows) => rows,
                _ => 1,
            },
            ..answer(out, CallOutcome::Served, class)
        }
    }

    /// Takes the price of an operation out of the bucket before anything is executed, and gives it.
    fn charge(&mut self, store: &mut Store, call: &Call<'_>) -> Result<u64, Uncharged> {
        let operation = call.operation;
        let fault = self.fault(&mut store.state, name_of(operation));
        if matches!(fault, Some(Fault::ServerError)) {
            let number = store.state.faults.server_error.injected;
            let body = refusals::internal_error(self.salt, number);
            return Err(Uncharged::Refused(body));
        }
        let limits = &store.state.profile.graphql;
        let points = |field: &PlanField| root_fields::points(field, call.variables, limits);
        let mutation: Option<&dyn Fn(&PlanField) -> u64> = if operation.is_mutation {
            Some(&points)
        } else {
            None
        };
        let requested = cost::of_operation(&operation.root, mutation, call.variables);
        let requested = requested.map_err(|error| {
            let message = if error.asked < 0 {
                format!("{} must be at least 0", error.argument)
            } else {
                format!("{} cannot exceed {}", error.argument, cost::PAGE_SIZE_MAX)
            };
            Uncharged::Refused(refusals::request_error(&message, "BAD_REQUEST"))
        })?;
        let cost_max = limits.query_cost_max.min(cost::COST_MAX);
        if requested as f64 > cost_max {
            let body = refusals::max_cost(requested, cost_max as u64);
            return Err(Uncharged::Refused(body));
        }
        let is_early = fault.is_some();
        let is_throttled = is_early || !self.limiter.take(call.now, requested);
        if !is_early {
            weighed(&mut store.state, graphql_limit, is_throttled);
        }
        if is_throttled {
            let body = self.limiter.throttled(call.now, requested);
            return Err(Uncharged::Throttled(body));
        }
        if let Some(mut body) = refusals::too_large_input(operation, call.variables) {
            // The answer shows the bucket with the requested cost still taken off.
            self.limiter
                .write_cost(call.now, requested, None, &mut body);
            body.extend_from_slice(b"}}");
            self.limiter.refund(call.now, requested);
            return Err(Uncharged::Refused(body));
        }
        Ok(requested)
    }

    /// Carries out a root field of a mutation, and appends its payload.
    fn mutate(
        &mut self,
        store: &mut Store,
        call: &Call<'_>,
        field: &PlanField,
        executed: &mut Executed,
    ) {
        let points = root_fields::points(field, call.variables, &store.state.profile.graphql);
        executed.rows += root_fields::rows(field, call.variables) as u64;
        let start = executed.out.len();
        let refused = call.scopes.denial(field.field.name(), true);
        let result = match refused.or_else(|| typed_ids::refusal(field, call.variables)) {
            Some(error) => Err(error),
            None => {
                let keys = &mut self.idempotency;
                let written = root_fields::write(store, keys, call, field, &mut executed.out);
                if written.is_ok() {
                    let payload = &executed.out[start..];
                    let unknown = || known_codes::unknown(call.version, field, payload);
                    debug_assert_eq!(unknown(), [""; 0], "codes that the schema lacks");
                }
                // What a payload selects is looked at when the mutation has had its effect.
                written.and_then(|price| {
                    paging::refusal(field, call.variables).map_or(Ok(price + points), Err)
                })
            }
        };
        executed.conclude(field, start, result, root_fields::MUTATION_POINTS);
    }
}

/// Why nothing was taken out of the bucket: the body that says so.
enum Uncharged {
    Refused(Vec<u8>),
    Throttled(Vec<u8>),
}

/// What the root fields of an operation have come to so far.
struct Executed {
    /// The answer up to the last field.
    out: Vec<u8>,
    /// Whether the next field is the first.
    is_first: bool,
    /// The elements of `errors`.
    errors: Vec<u8>,
    /// The elements of `extensions.search`.
    warnings: Vec<u8>,
    /// The actual price.
    actual: u64,
    /// Rows that inventory mutations have written.
    rows: u64,
    /// Whether an error has taken the whole of `data` with it.
    is_data_null: bool,
}

impl Executed {
    fn begun() -> Executed {
        let mut out = Vec::with_capacity(1_024);
        out.extend_from_slice(b"{\"data\":{");
        Executed {
            out,
            is_first: true,
            errors: Vec::new(),
            warnings: Vec::new(),
            actual: 0,
            rows: 0,
            is_data_null: false,
        }
    }

    fn is_too_large(&self) -> bool {
        self.out.len() > ANSWER_BYTES_MAX
    }

    fn key(&mut self, field: &PlanField) {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
        self.out.extend_from_slice(&field.key);
    }

    /// Appends what a root field of a query reads.
    fn read(&mut self, store: &Store, call: &Call<'_>, field: &PlanField) {
        let start = self.out.len();
        let mut reader = call.reader(&store.state);
        let refused = call
            .scopes
            .denial(field.field.name(), false)
            .or_else(|| typed_ids::refusal(field, call.variables))
            .or_else(|| paging::refusal(field, call.variables));
        let result = match refused {
            Some(error) => Err(error),
            None => root_fields::read(&reader, field, &mut self.out),
        };
        for name in reader.not_simulated.take() {
            call.note_not_simulated(name);
        }
        let found = reader.warnings.get_mut();
        if !found.is_empty() {
            if !self.warnings.is_empty() {
                self.warnings.push(b',');
            }
            self.warnings.append(found);
        }
        // Where the schema forbids `null`, the error takes the whole of `data` with it.
        self.is_data_null |= result.is_err() && field.is_required;
        self.conclude(field, start, result, 1);
    }

    /// Adds the price of a field that begins at `start`; one that failed is `null`, stands among the errors and costs `failed`.
    fn conclude(
        &mut self,
        field: &PlanField,
        start: usize,
        result: Result<u64, FieldError>,
        failed: u64,
    ) {
        match result {
            Ok(price) => self.actual += price,
            Err(error) => {
                self.out.truncate(start);
                self.out.extend_from_slice(b"null");
                if !self.errors.is_empty() {
                    self.errors.push(b',');
                }
                error.write(field, &mut self.errors);
                self.actual += failed;
            }
        }
    }

    /// The answer up to its extensions, and the warnings that belong there.
    fn finish(mut self) -> (Vec<u8>, Vec<u8>) {
        if self.is_data_null {
            self.out.truncate(b"{\"data\":".len());
            self.out.extend_from_slice(b"null");
        } else {
            self.out.push(b'}');
        }
        if !self.errors.is_empty() {
            let mut front = b"\"errors\":[".to_vec();
            front.append(&mut self.errors);
            front.extend_from_slice(b"],");
            self.out.splice(1..1, front);
        }
        (self.out, self.warnings)
    }
}

/// What the ledger calls an operation: its first root field.
pub(super) fn name_of(operation: &Operation) -> &'static str {
    let first = operation.root.fields.first();
    first.map_or("empty", |field| field.field.name())
}

/// Whether an operation reads or writes.
pub(super) fn kind_of(operation: &Operation) -> CallKind {
    if operation.is_mutation {
        CallKind::Write
    } else {
        CallKind::Read
    }
}

pub(super) fn select<'p>(plan: &'p Plan, name: Option<&str>) -> Option<&'p Operation> {
    match (name, &plan.operations[..]) {
        (None | Some(""), [only]) => Some(only),
        (None | Some(""), _) => None,
        (Some(name), operations) => operations
            .iter()
            .find(|operation| operation.name.as_deref() == Some(name)),
    }
}
