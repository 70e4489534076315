//! One GraphQL call: body, plan, variables, price, bucket, execution, refund (sheet sections 2.2 to 2.4).

use std::borrow::Cow;
use std::cell::RefCell;

use super::calls::CallStream;
use super::errors::FieldError;
use super::graphql::cost;
use super::graphql::fields::Field;
use super::graphql::plan::{Operation, Plan, PlanField, Variables};
use super::graphql::{validation, variables};
use crate::shopify::json::{Json, write_int, write_text};
use crate::shopify::machine::{Answer, Class, Shopify};
use super::origin::Origin;
use super::queries::reader::Reader;
use crate::core::{CallKind, CallOutcome, Micros};

/// The longest input list (sheet section 2.4).
const INPUT_SIZE_MAX: usize = 250;

/// What mutations need to know of the call.
pub(crate) struct Call<'a> {
    pub now: Micros,
    pub sent_at: Micros,
    pub version: &'a str,
    pub variables: &'a Variables<'a>,
    pub operation: &'a Operation,
    pub origin: Origin<'a>,
}

impl Shopify {
    /// Answers a GraphQL call.
    pub(crate) fn graphql(
        &mut self,
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
        let served = self.served;
        let plan = match self
            .plans
            .get_or_make(&query, || validation::plan(served, &query))
        {
            Ok(plan) => plan,
            Err(body) => return Answer::refused(200, &*body),
        };
        let Some(operation) = select(&plan, name.text()) else {
            return Answer::refused(
                200,
                &br#"{"errors":[{"message":"An operation name is required","extensions":{"code":"BAD_REQUEST"}}]}"#[..],
            );
        };
        let bound = match variables::bind(self.served, operation, given) {
            Ok(bound) => bound,
            Err(body) => return Answer::refused(200, body),
        };
        let call = Call {
            now,
            sent_at,
            version,
            variables: &bound,
            operation,
            origin,
        };
        self.execute(&plan, &call)
    }

    fn execute(&mut self, plan: &Plan, call: &Call<'_>) -> Answer {
        let operation = call.operation;
        let first = operation.root.fields.first();
        let (name, stream) = first.map_or(("empty", CallStream::REFUSED), |field| {
            (field.field.name(), CallStream::field(field.field))
        });
        let kind = if operation.is_mutation {
            CallKind::Write
        } else {
            CallKind::Read
        };
        let answer = |body: Vec<u8>, outcome, class| Answer {
            operation: name,
            stream,
            kind,
            outcome,
            class,
            ..Answer::refused(200, body)
        };
        let limits = &self.state.profile.graphql;
        let tariff = cost::Tariff {
            points_per_row: limits.points_per_inventory_row,
            tracking_update: limits.tracking_update_points,
        };
        let requested = match cost::of_operation(
            &operation.root,
            operation.is_mutation,
            &tariff,
            call.variables,
        ) {
            Ok(requested) => requested,
            Err(error) => {
                let message = if error.asked < 0 {
                    format!("{} must be at least 0", error.argument)
                } else {
                    format!("{} cannot exceed {}", error.argument, cost::PAGE_SIZE_MAX)
                };
                return answer(
                    request_error(&message, "BAD_REQUEST"),
                    CallOutcome::Refused,
                    Class::Refused,
                );
            }
        };
        if requested as f64 > limits.query_cost_max {
            let body = max_cost(requested, limits.query_cost_max as u64);
            return answer(body, CallOutcome::Refused, Class::Refused);
        }
        if !self.limiter.take(call.now, requested) {
            let body = self.limiter.throttled(call.now, requested);
            return answer(body, CallOutcome::Throttled, Class::Throttled);
        }
        if let Some(mut body) = too_large_input(operation, call.variables) {
            // The answer shows the bucket with the requested cost still taken off.
            self.limiter
                .write_cost(call.now, requested, None, &mut body);
            body.extend_from_slice(b"}}");
            self.limiter.refund(call.now, requested);
            return answer(body, CallOutcome::Refused, Class::Refused);
        }

        let introspection = match self.introspect(plan, call) {
            Ok(introspection) => introspection,
            Err(message) => {
                self.limiter.refund(call.now, requested);
                return answer(
                    request_error(&message, "BAD_REQUEST"),
                    CallOutcome::Refused,
                    Class::Refused,
                );
            }
        };
        let mut out = Vec::with_capacity(1_024);
        out.extend_from_slice(b"{\"data\":{");
        let mut errors: Vec<u8> = Vec::new();
        let mut warnings: Vec<u8> = Vec::new();
        let mut actual = 0;
        let mut is_first = true;
        let mut is_data_null = false;
        let mut rows = 0;
        for field in &operation.root.fields {
            if !field.wanted(call.variables) {
                continue;
            }
            if !is_first {
                out.push(b',');
            }
            is_first = false;
            out.extend_from_slice(&field.key);
            let start = out.len();
            let result = match field.field {
                Field::Typename => Ok(0),
                Field::SchemaMeta | Field::TypeMeta => {
                    let value = introspection
                        .as_ref()
                        .and_then(|data| data.get(&*field.response_key));
                    match value.map(|value| serde_json::to_writer(&mut out, value)) {
                        Some(Ok(())) => {}
                        _ => out.extend_from_slice(b"null"),
                    }
                    Ok(0)
                }
                _ if operation.is_mutation => {
                    rows += cost::rows(field, call.variables) as u64;
                    self.mutate(call, field, &mut out)
                        .map(|price| price + tariff.of_mutation(field, call.variables))
                }
                _ => {
                    let mut reader = self.reader(call);
                    let result = reader.root(field, &mut out);
                    let found = reader.warnings.get_mut();
                    if !found.is_empty() {
                        if !warnings.is_empty() {
                            warnings.push(b',');
                        }
                        warnings.append(found);
                    }
                    result
                }
            };
            match result {
                Ok(price) => actual += price,
                Err(error) => {
                    out.truncate(start);
                    out.extend_from_slice(b"null");
                    if !errors.is_empty() {
                        errors.push(b',');
                    }
                    error.write(field, &mut errors);
                    actual += if operation.is_mutation {
                        cost::MUTATION
                    } else {
                        1
                    };
                    // Where the schema forbids `null`, the error takes the whole of `data` with it.
                    is_data_null |= !operation.is_mutation && field.is_required;
                }
            }
        }
        if is_data_null {
            out.truncate(b"{\"data\":".len());
            out.extend_from_slice(b"null");
        } else {
            out.push(b'}');
        }
        if !errors.is_empty() {
            let mut front = b"\"errors\":[".to_vec();
            front.append(&mut errors);
            front.extend_from_slice(b"],");
            out.splice(1..1, front);
        }
        let actual = actual.max(1).min(requested);
        self.limiter.refund(call.now, requested - actual);
        out.extend_from_slice(b",\"extensions\":{");
        self.limiter
            .write_cost(call.now, requested, Some(actual), &mut out);
        if !warnings.is_empty() {
            out.extend_from_slice(b",\"search\":[");
            out.append(&mut warnings);
            out.push(b']');
        }
        out.extend_from_slice(b"}}");
        answer(out, CallOutcome::Served, class(operation, rows))
    }

    /// A view of the state for one call.
    pub(crate) fn reader<'a>(&'a self, call: &'a Call<'a>) -> Reader<'a> {
        Reader {
            state: &self.state,
            variables: call.variables,
            now: call.now,
            window_start: self.window_start(call.now),
            warnings: RefCell::new(Vec::new()),
            origin: Some(call.origin),
            is_unpaged: false,
        }
    }

    /// Orders older than this are not served to the app.
    pub(crate) fn window_start(&self, now: Micros) -> Micros {
        if self.auth.reads_all_orders() {
            Micros::ZERO
        } else {
            now.since(self.state.profile.delay.order_window)
        }
    }

    /// The answers of `__schema` and `__type`, if the operation asks for them.
    fn introspect(
        &self,
        plan: &Plan,
        call: &Call<'_>,
    ) -> Result<Option<apollo_compiler::response::JsonMap>, String> {
        let Some(document) = plan
            .document
            .as_ref()
            .filter(|_| call.operation.introspects)
        else {
            return Ok(None);
        };
        let operation = document
            .operations
            .get(call.operation.name.as_deref())
            .map_err(|error| error.message().to_string())?;
        apollo_compiler::introspection::check_max_depth(document, operation)
            .map_err(|error| error.message().to_string())?;
        let mut text = Vec::new();
        let given = call
            .operation
            .variables
            .iter()
            .zip(call.variables)
            .filter_map(|(definition, value)| {
                Some((Cow::Borrowed(&*definition.name), value.clone()?))
            })
            .collect();
        Json::Object(given).write(&mut text);
        let values = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        let schema = &self.served.schema;
        let values = apollo_compiler::request::coerce_variable_values(schema, operation, &values)
            .map_err(|error| error.message().to_string())?;
        let implementers = &self.served.implementers;
        apollo_compiler::introspection::partial_execute(
            schema,
            implementers,
            document,
            operation,
            &values,
        )
        .map(|response| response.data)
        .map_err(|error| error.message().to_string())
    }

    fn mutate(
        &mut self,
        call: &Call<'_>,
        field: &PlanField,
        out: &mut Vec<u8>,
    ) -> Result<u64, FieldError> {
        match field.field {
            Field::InventorySetQuantities
            | Field::InventoryAdjustQuantities
            | Field::InventorySetOnHandQuantities => self.write_inventory(call, field, out),
            Field::FulfillmentCreate | Field::FulfillmentCreateV2 => {
                Ok(self.create_fulfillment(call, field, out))
            }
            Field::FulfillmentTrackingInfoUpdate | Field::FulfillmentTrackingInfoUpdateV2 => {
                self.update_tracking(call, field, out)
            }
            Field::FulfillmentOrderMove
            | Field::FulfillmentOrderHold
            | Field::FulfillmentOrderReleaseHold
            | Field::FulfillmentOrderOpen
            | Field::FulfillmentOrderClose
            | Field::FulfillmentOrderCancel
            | Field::FulfillmentOrderReportProgress => {
                self.change_fulfillment_order(call, field, out)
            }
            Field::InventoryActivate => self.activate_inventory(call, field, out),
            Field::InventoryDeactivate => self.deactivate_inventory(call, field, out),
            Field::InventoryBulkToggleActivation => Ok(self.toggle_inventory(call, field, out)),
            Field::OrderCancel => self.cancel_order(call, field, out),
            Field::RefundCreate => self.create_refund(call, field, out),
            Field::BulkOperationRunQuery => Ok(self.run_bulk_query(call, field, out)),
            Field::BulkOperationCancel => self.cancel_bulk(call, field, out),
            Field::WebhookSubscriptionCreate
            | Field::EventBridgeWebhookSubscriptionCreate
            | Field::PubSubWebhookSubscriptionCreate => {
                Ok(self.create_subscription(call, field, out))
            }
            Field::WebhookSubscriptionUpdate
            | Field::EventBridgeWebhookSubscriptionUpdate
            | Field::PubSubWebhookSubscriptionUpdate => {
                Ok(self.update_subscription(call, field, out))
            }
            Field::WebhookSubscriptionDelete => Ok(self.delete_subscription(call, field, out)),
            _ => {
                debug_assert!(false, "mutation `{}` has no executor", field.field.name());
                out.extend_from_slice(b"null");
                Ok(0)
            }
        }
    }
}

fn select<'p>(plan: &'p Plan, name: Option<&str>) -> Option<&'p Operation> {
    match (name, &plan.operations[..]) {
        (None | Some(""), [only]) => Some(only),
        (None | Some(""), _) => None,
        (Some(name), operations) => operations
            .iter()
            .find(|operation| operation.name.as_deref() == Some(name)),
    }
}

fn class(operation: &Operation, rows: u64) -> Class {
    let first = operation
        .root
        .fields
        .first()
        .map(|field| (field.field, field.shape));
    match first {
        Some((
            Field::InventorySetQuantities
            | Field::InventoryAdjustQuantities
            | Field::InventorySetOnHandQuantities,
            _,
        )) => Class::InventoryWrite { rows },
        Some((
            Field::InventoryActivate
            | Field::InventoryDeactivate
            | Field::InventoryBulkToggleActivation,
            _,
        )) => Class::InventoryWrite { rows: 1 },
        Some((
            Field::WebhookSubscriptionCreate
            | Field::EventBridgeWebhookSubscriptionCreate
            | Field::EventBridgeWebhookSubscriptionUpdate
            | Field::PubSubWebhookSubscriptionCreate
            | Field::PubSubWebhookSubscriptionUpdate
            | Field::WebhookSubscriptionUpdate
            | Field::WebhookSubscriptionDelete,
            _,
        )) => Class::SubscriptionWrite,
        _ if operation.is_mutation => Class::OrderWrite,
        Some((_, super::graphql::plan::Shape::Connection)) => Class::List,
        _ => Class::Read,
    }
}

fn request_error(message: &str, code: &str) -> Vec<u8> {
    let mut out = b"{\"errors\":[{\"message\":".to_vec();
    write_text(message, &mut out);
    out.extend_from_slice(b",\"extensions\":{\"code\":");
    write_text(code, &mut out);
    out.extend_from_slice(b"}}]}");
    out
}

fn max_cost(cost: u64, max: u64) -> Vec<u8> {
    let mut out = b"{\"errors\":[{\"message\":".to_vec();
    write_text(
        &format!("Query cost is {cost}, which exceeds the single query max cost limit ({max})."),
        &mut out,
    );
    out.extend_from_slice(b",\"extensions\":{\"code\":\"MAX_COST_EXCEEDED\",\"cost\":");
    write_int(cost, &mut out);
    out.extend_from_slice(b",\"maxCost\":");
    write_int(max, &mut out);
    out.extend_from_slice(b",\"documentation\":\"https://shopify.dev/api/usage/rate-limits\"}}]}");
    out
}

/// The start of the body that refuses an input list of more than 250 elements, up to the cost.
fn too_large_input(operation: &Operation, variables: &Variables<'_>) -> Option<Vec<u8>> {
    fn longest<'j>(json: &'j Json<'_>, path: &mut Vec<&'j str>) -> Option<usize> {
        match json {
            Json::List(elements) if elements.len() > INPUT_SIZE_MAX => Some(elements.len()),
            Json::Object(members) => members.iter().find_map(|(key, member)| {
                path.push(key);
                let found = longest(member, path);
                if found.is_none() {
                    path.pop();
                }
                found
            }),
            _ => None,
        }
    }
    for field in operation
        .root
        .fields
        .iter()
        .filter(|field| field.wanted(variables))
    {
        for (name, value) in &field.arguments {
            let Some(value) = value.resolve(variables) else {
                continue;
            };
            let mut path = vec![&*field.response_key, &**name];
            let Some(size) = longest(&value, &mut path) else {
                continue;
            };
            let mut out = b"{\"errors\":[{\"message\":".to_vec();
            let message = format!(
                "The input array size of {size} is greater than the maximum allowed of {INPUT_SIZE_MAX}."
            );
            write_text(&message, &mut out);
            out.extend_from_slice(b",\"locations\":[{\"line\":");
            write_int(field.location.line, &mut out);
            out.extend_from_slice(b",\"column\":");
            write_int(field.location.column, &mut out);
            out.extend_from_slice(b"}],\"path\":[");
            for (index, step) in path.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_text(step, &mut out);
            }
            out.extend_from_slice(
                b"],\"extensions\":{\"code\":\"MAX_INPUT_SIZE_EXCEEDED\"}}],\"extensions\":{",
            );
            return Some(out);
        }
    }
    None
}
