//! Variables of a request against the types the operation declares (docs/platforms/shopify.md 2.4, `INVALID_VARIABLE`).

use crate::shopify::api::graphql::Map;
use std::borrow::Cow;

use super::plan::{Operation, VariableDefinition};
use super::scalars;
use super::schema::{InputType, ServedSchema};
use crate::shopify::json::{Json, write_int, write_text};

/// Pairs the given values with the operation's variables.
///
/// # Errors
/// A complete response body naming every variable that does not fit.
pub(crate) fn bind<'a>(
    served: &ServedSchema,
    operation: &'a Operation,
    given: Json<'a>,
) -> Result<Vec<Option<Json<'a>>>, Vec<u8>> {
    // The first of members with one name counts. A map, because a request may bring as many as it declares.
    let mut members: Map<Cow<'a, str>, Json<'a>> = Map::default();
    if let Json::Object(given) = given {
        for (name, value) in given {
            members.entry(name).or_insert(value);
        }
    }
    let mut bound = Vec::with_capacity(operation.variables.len());
    let mut errors = Vec::new();
    for definition in &operation.variables {
        let value = members
            .swap_remove(&*definition.name)
            .or_else(|| definition.default.clone());
        let mut check = Check {
            served,
            problems: Vec::new(),
        };
        check.value(&definition.kind, value.as_ref());
        if !check.problems.is_empty() {
            write_error(definition, value.as_ref(), &check.problems, &mut errors);
        }
        bound.push(value);
    }
    if errors.is_empty() {
        return Ok(bound);
    }
    let mut body = b"{\"errors\":[".to_vec();
    body.append(&mut errors);
    body.extend_from_slice(b"]}");
    Err(body)
}

fn write_error(
    definition: &VariableDefinition,
    value: Option<&Json<'_>>,
    problems: &[Problem],
    out: &mut Vec<u8>,
) {
    let mut message = format!(
        "Variable ${} of type {} was provided invalid value",
        definition.name, definition.type_text
    );
    for (index, problem) in problems.iter().enumerate() {
        if !problem.path.is_empty() {
            message += if index == 0 { " for " } else { ", " };
            message += &format!("{} ({})", problem.path.join("."), problem.explanation);
        }
    }
    if !out.is_empty() {
        out.push(b',');
    }
    out.extend_from_slice(b"{\"message\":");
    write_text(&message, out);
    out.extend_from_slice(b",\"locations\":[{\"line\":");
    write_int(definition.location.line, out);
    out.extend_from_slice(b",\"column\":");
    write_int(definition.location.column, out);
    out.extend_from_slice(b"}],\"extensions\":{\"code\":\"INVALID_VARIABLE\",\"value\":");
    value.unwrap_or(&Json::Null).write(out);
    out.extend_from_slice(b",\"problems\":[");
    for (index, problem) in problems.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"path\":[");
        for (index, step) in problem.path.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            // List positions are numbers in the path, names are texts.
            match step.parse::<u64>() {
                Ok(position) => write_int(position, out),
                Err(_) => write_text(step, out),
            }
        }
        out.extend_from_slice(b"],\"explanation\":");
        write_text(&problem.explanation, out);
        if problem.is_of_scalar {
            out.extend_from_slice(b",\"message\":");
            write_text(&problem.explanation, out);
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}}");
}

/// What is wrong with a part of a variable.
struct Problem {
    /// Where inside the variable.
    path: Vec<String>,
    explanation: String,
    /// Whether the scalar itself says so; its word is then told as the problem's message as well.
    is_of_scalar: bool,
}

struct Check<'a> {
    served: &'a ServedSchema,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn problem(&mut self, explanation: String) {
        self.problems.push(Problem {
            path: Vec::new(),
            explanation,
            is_of_scalar: false,
        });
    }

    fn value(&mut self, kind: &InputType, value: Option<&Json<'_>>) {
        let value = value.unwrap_or(&Json::Null);
        match kind {
            InputType::NonNull(_) if *value == Json::Null => {
                self.problem("Expected value to not be null".into());
            }
            InputType::NonNull(inner) => self.value(inner, Some(value)),
            _ if *value == Json::Null => {}
            InputType::List(inner) => match value {
                Json::List(elements) => {
                    for (index, element) in elements.iter().enumerate() {
                        let problems_before = self.problems.len();
                        // The path is only spelled out when it is needed, which is almost never.
                        self.value(inner, Some(element));
                        for problem in &mut self.problems[problems_before..] {
                            problem.path.insert(0, index.to_string());
                        }
                    }
                }
                single => self.value(inner, Some(single)),
            },
            InputType::Int => match value {
                Json::Int(value) if i32::try_from(*value).is_ok() => {}
                other => self.could_not(other, "Int"),
            },
            InputType::Float => match value {
                Json::Int(_) | Json::Float(_) => {}
                other => self.could_not(other, "Float"),
            },
            InputType::Boolean => match value {
                Json::Bool(_) => {}
                other => self.could_not(other, "Boolean"),
            },
            InputType::Text { name } => match value {
                Json::Text(text) if *name == "Decimal" && !scalars::is_decimal(text) => {
                    self.could_not(value, name);
                }
                Json::Text(text) => self.scalar(name, text),
                Json::Int(number) if *name == "ID" => self.scalar(name, &number.to_string()),
                // Numbers are as good as texts of them, and JSON is any value.
                Json::Int(_) | Json::Float(_) if matches!(*name, "Decimal" | "Money") => {}
                _ if *name == "JSON" => {}
                other => self.could_not(other, name),
            },
            InputType::Enum(position) => {
                let listed = &self.served.enums[*position];
                let is_listed = value
                    .text()
                    .is_some_and(|text| listed.values.iter().any(|v| **v == *text));
                if !is_listed {
                    let shown = render(value);
                    let values: Vec<&str> = listed.values.iter().map(|v| &**v).collect();
                    self.problem(format!(
                        "Expected {shown} to be one of: {}",
                        values.join(", ")
                    ));
                }
            }
            InputType::Object(position) => self.object(*position, value),
        }
    }

    fn object(&mut self, position: usize, value: &Json<'_>) {
        let served = self.served;
        let input = &served.inputs[position];
        let Json::Object(members) = value else {
            self.could_not(value, &input.name);
            return;
        };
        for (key, member) in members {
            let problems_before = self.problems.len();
            match input.fields.iter().find(|field| *field.name == **key) {
                Some(field) => self.value(&field.kind, Some(member)),
                None => self.problem(format!("Field is not defined on {}", input.name)),
            }
            for problem in &mut self.problems[problems_before..] {
                problem.path.insert(0, key.to_string());
            }
        }
        for field in input.fields.iter().filter(|field| field.is_required) {
            if !members.iter().any(|(key, _)| **key == *field.name) {
                self.problems.push(Problem {
                    path: vec![field.name.to_string()],
                    explanation: "Expected value to not be null".into(),
                    is_of_scalar: false,
                });
            }
        }
        if input.is_one_of {
            self.one_of(&input.name, members);
        }
    }

    /// What the platform's engine says of an input object of which not exactly one member is given.
    fn one_of(&mut self, name: &str, members: &[(Cow<'_, str>, Json<'_>)]) {
        let but = match members {
            [(member, Json::Null)] => format!("'{member}' was `null`"),
            [_] => return,
            several => format!("{} were provided", several.len()),
        };
        self.problem(format!(
            "'{name}' requires exactly one argument, but {but}."
        ));
    }

    fn scalar(&mut self, name: &str, text: &str) {
        if let Some(explanation) = scalars::refusal(name, text) {
            self.problems.push(Problem {
                path: Vec::new(),
                explanation,
                is_of_scalar: true,
            });
        }
    }

    fn could_not(&mut self, value: &Json<'_>, type_name: &str) {
        self.problem(format!(
            "Could not coerce value {} to {type_name}",
            render(value)
        ));
    }
}

fn render(value: &Json<'_>) -> Cow<'static, str> {
    let mut out = Vec::new();
    value.write(&mut out);
    String::from_utf8(out).map_or(Cow::Borrowed("?"), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shopify::api::graphql::validation;

    fn check(query: &str, variables: &str) -> Result<usize, String> {
        let served = ServedSchema::built_in();
        let plan = validation::plan(served, query).expect("valid query");
        bind(
            served,
            &plan.operations[0],
            serde_json::from_str(variables).unwrap(),
        )
        .map(|bound| bound.len())
        .map_err(|body| String::from_utf8(body).unwrap())
    }

    const SET: &str = "mutation S($input: InventorySetQuantitiesInput!) {\n inventorySetQuantities(input: $input) { userErrors { message } } }";

    #[test]
    fn names_an_undefined_field_like_the_platform() {
        let error = check(
            SET,
            r#"{"input":{"name":"available","reason":"correction","ignoreCompareQuantity":true,"quantities":[]}}"#,
        )
        .unwrap_err();
        assert!(error.contains("Variable $input of type InventorySetQuantitiesInput! was provided invalid value for ignoreCompareQuantity (Field is not defined on InventorySetQuantitiesInput)"), "{error}");
        assert!(error.contains(r#""problems":[{"path":["ignoreCompareQuantity"]"#));
        assert!(
            error.contains(r#""locations":[{"line":1,"column":12}]"#),
            "{error}"
        );
    }

    #[test]
    fn finds_what_is_missing_or_of_another_type_deep_inside() {
        let error = check(
            SET,
            r#"{"input":{"name":"available","reason":"x","quantities":[{"inventoryItemId":"gid://shopify/InventoryItem/1","locationId":"gid://shopify/Location/2","quantity":"3"}]}}"#,
        )
        .unwrap_err();
        assert!(
            error.contains("quantities.0.quantity (Could not coerce value"),
            "{error}"
        );
        let error = check(SET, "{}").unwrap_err();
        assert!(error.contains("Expected value to not be null"), "{error}");
        let good = r#"{"input":{"name":"available","reason":"x","quantities":[{"inventoryItemId":"gid://shopify/InventoryItem/1","locationId":"gid://shopify/Location/2","quantity":3}]}}"#;
        assert_eq!(check(SET, good), Ok(1));
    }

    #[test]
    fn exactly_one_member_is_given_where_the_type_says_so() {
        let by = "query By($by: ProductIdentifierInput!) { productByIdentifier(identifier: $by) { id } }";
        let start = "Variable $by of type ProductIdentifierInput! was provided invalid value\"";
        for (given, told) in [
            ("{}", "but 0 were provided."),
            (
                r#"{"id":"gid://shopify/Product/1","handle":"mug"}"#,
                "but 2 were provided.",
            ),
            (r#"{"handle":null}"#, "but 'handle' was `null`."),
        ] {
            let error = check(by, &format!(r#"{{"by":{given}}}"#)).unwrap_err();
            let explanation = format!(
                "\"explanation\":\"'ProductIdentifierInput' requires exactly one argument, {told}"
            );
            assert!(
                error.contains(start) && error.contains(&explanation),
                "{error}"
            );
        }
        assert_eq!(check(by, r#"{"by":{"handle":"mug"}}"#), Ok(1));
    }

    #[test]
    fn what_is_no_gid_is_told_by_the_scalar_at_any_depth() {
        let one = "query One($id: ID!) { order(id: $id) { id } }";
        for (given, told) in [(r#""3001""#, "3001"), ("3001", "3001"), (r#""""#, "")] {
            let error = check(one, &format!(r#"{{"id":{given}}}"#)).unwrap_err();
            assert!(error.contains("Variable $id of type ID! was provided invalid value\""));
            let problem = format!(
                r#""problems":[{{"path":[],"explanation":"Invalid global id '{told}'","message":"Invalid global id '{told}'"}}]"#
            );
            assert!(error.contains(&problem), "{error}");
        }
        let error = check(
            SET,
            r#"{"input":{"name":"available","reason":"x","quantities":[{"inventoryItemId":"12","locationId":"gid://shopify/Location/2","quantity":3}]}}"#,
        )
        .unwrap_err();
        assert!(
            error.contains("for quantities.0.inventoryItemId (Invalid global id '12')"),
            "{error}"
        );
    }
}
