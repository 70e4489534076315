//! Parsing and validation of a text, with the platform's own error texts where they are known.

use std::sync::Arc;

use apollo_compiler::diagnostic::ToCliReport;
use apollo_compiler::validation::DiagnosticList;
use apollo_compiler::{ExecutableDocument, ast};

use super::cache::Outcome;
use super::lower;
use super::schema::ServedSchema;
use crate::shopify::json::{write_int, write_text};

/// Parses, validates and lowers a query text; the error is a complete response body.
pub(crate) fn plan(served: &ServedSchema, text: &str) -> Outcome {
    match ExecutableDocument::parse_and_validate(&served.schema, text, "query.graphql") {
        Ok(document) => lower::document(served, document).map(Arc::new).map_err(|_| {
            Arc::from(&br#"{"errors":[{"message":"Query is too complex","extensions":{"code":"BAD_REQUEST"}}]}"#[..])
        }),
        Err(failure) => Err(body(served, &failure.errors, text).into()),
    }
}

/// Errors told of one document; whoever has more will not read them.
const MOST_ERRORS: usize = 100;

/// Where in the document an offset lies.
#[derive(Default)]
struct Place {
    /// The operation or fragment, then response keys.
    path: Vec<String>,
    /// The argument whose value begins there, if one does.
    argument: Option<Argument>,
}

/// A field's argument with its value as it stands in the text.
struct Argument {
    field: String,
    field_offset: usize,
    name: String,
    value: String,
}

/// What the validator says of one error, and where it is.
struct Told {
    message: String,
    locations: Vec<(usize, usize)>,
    offset: Option<usize>,
    path: Vec<String>,
    argument: Option<Argument>,
}

/// Finds out where in the document an offset lies.
fn place_at(document: &ast::Document, text: &str, offset: usize) -> Place {
    fn descend(text: &str, selections: &[ast::Selection], offset: usize, place: &mut Place) {
        for selection in selections {
            let (location, below) = match selection {
                ast::Selection::Field(field) => (field.location(), &field.selection_set),
                ast::Selection::InlineFragment(fragment) => {
                    (fragment.location(), &fragment.selection_set)
                }
                ast::Selection::FragmentSpread(_) => continue,
            };
            if location.is_some_and(|at| at.offset() <= offset && offset < at.end_offset()) {
                if let ast::Selection::Field(field) = selection {
                    place.path.push(field.response_name().to_string());
                    let found = field.arguments.iter().find_map(|argument| {
                        let at = argument.value.location()?;
                        let is_here = at.offset() == offset;
                        is_here.then(|| (argument.name.to_string(), at.offset()..at.end_offset()))
                    });
                    place.argument = found.and_then(|(name, range)| {
                        Some(Argument {
                            field: field.name.to_string(),
                            field_offset: location?.offset(),
                            name,
                            value: text.get(range)?.trim_end().to_owned(),
                        })
                    });
                }
                descend(text, below, offset, place);
            }
        }
    }
    let mut place = Place::default();
    for definition in &document.definitions {
        let (location, name, selections) = match definition {
            ast::Definition::OperationDefinition(operation) => {
                let kind = operation.operation_type.to_string();
                let name = operation
                    .name
                    .as_ref()
                    .map_or(kind.clone(), |name| format!("{kind} {name}"));
                (operation.location(), name, &operation.selection_set)
            }
            ast::Definition::FragmentDefinition(fragment) => (
                fragment.location(),
                format!("fragment {}", fragment.name),
                &fragment.selection_set,
            ),
            _ => continue,
        };
        if location.is_some_and(|at| at.offset() <= offset && offset < at.end_offset()) {
            place.path.push(name);
            descend(text, selections, offset, &mut place);
        }
    }
    place
}

/// The error of an argument whose value, written out in the text, is none of its type; `None` when the type is not found.
fn incompatible(served: &ServedSchema, argument: &Argument) -> Option<Mapped> {
    let roots = ["Mutation", "Query"].into_iter();
    let others = served.schema.types.keys().map(|name| name.as_str());
    let expected = roots.chain(others).find_map(|name| {
        let object = served.schema.get_object(name)?;
        let field = object.fields.get(argument.field.as_str())?;
        Some(field.argument_by_name(&argument.name)?.ty.to_string())
    })?;
    let Argument {
        field, name, value, ..
    } = argument;
    Some(Mapped {
        message: format!(
            "Argument '{name}' on Field '{field}' has an invalid value ({value}). Expected type '{expected}'."
        ),
        extensions: vec![
            ("code", "argumentLiteralsIncompatible".into()),
            ("typeName", "Field".into()),
            ("argumentName", name.clone()),
        ],
    })
}

/// Line and column of an offset, counted from 1.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or("");
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (
        before.matches('\n').count() + 1,
        before[start..].chars().count() + 1,
    )
}

fn body(served: &ServedSchema, diagnostics: &DiagnosticList, text: &str) -> Vec<u8> {
    let document =
        ast::Document::parse(text, "query.graphql").unwrap_or_else(|partial| partial.partial);
    let mut found: Vec<Told> = diagnostics
        .iter()
        .take(MOST_ERRORS)
        .map(|diagnostic| {
            let error = diagnostic.to_json();
            let offset = diagnostic.error.location().map(|at| at.offset());
            let mut place =
                offset.map_or_else(Place::default, |offset| place_at(&document, text, offset));
            let is_of_value = error.message.starts_with("expected value of type")
                || error.message.contains("does not exist on")
                || error.message.contains("cannot represent");
            let locations = error.locations.iter();
            Told {
                argument: place.argument.take().filter(|_| is_of_value),
                locations: locations.map(|at| (at.line, at.column)).collect(),
                message: error.message,
                offset,
                path: place.path,
            }
        })
        .collect();
    // An argument that is `null` is there: the platform finds its value wrong, and does not miss it.
    let given: Vec<(usize, String)> = found
        .iter()
        .filter_map(|told| told.argument.as_ref())
        .map(|argument| (argument.field_offset, format!("({}:)", argument.name)))
        .collect();
    found.retain(|told| {
        let is_given = |(offset, name): &(usize, String)| {
            told.offset == Some(*offset) && told.message.contains(name)
        };
        !(told.message.contains("required argument") && given.iter().any(is_given))
    });
    let mut out = b"{\"errors\":[".to_vec();
    for (index, told) in found.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let Told {
            message,
            argument,
            mut path,
            locations,
            ..
        } = told;
        let wrong = argument
            .as_ref()
            .and_then(|argument| incompatible(served, argument));
        let is_wrong = wrong.is_some();
        let mapped = wrong.unwrap_or_else(|| Mapped::of(&message));
        out.extend_from_slice(b"{\"message\":");
        write_text(&mapped.message, &mut out);
        out.extend_from_slice(b",\"locations\":[");
        // The platform points at the field of an argument.
        let locations: Vec<(usize, usize)> = match argument.filter(|_| is_wrong) {
            Some(argument) => {
                path.push(argument.name);
                vec![line_and_column(text, argument.field_offset)]
            }
            None => locations,
        };
        for (index, (line, column)) in locations.into_iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(b"{\"line\":");
            write_int(line, &mut out);
            out.extend_from_slice(b",\"column\":");
            write_int(column, &mut out);
            out.push(b'}');
        }
        out.push(b']');
        if !path.is_empty() {
            out.extend_from_slice(b",\"path\":[");
            for (index, step) in path.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_text(step, &mut out);
            }
            out.push(b']');
        }
        out.extend_from_slice(b",\"extensions\":{");
        for (index, (key, value)) in mapped.extensions.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_text(key, &mut out);
            out.push(b':');
            write_text(value, &mut out);
        }
        out.extend_from_slice(b"}}");
    }
    out.extend_from_slice(b"]}");
    out
}

/// An error in the platform's words.
struct Mapped {
    message: String,
    extensions: Vec<(&'static str, String)>,
}

impl Mapped {
    fn of(message: &str) -> Mapped {
        // The validator quotes every name it speaks of, so its sentences are told apart by what stands between.
        let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        let coordinate = |text: &str| -> (String, String) {
            // `Type.field(argument:)` in two parts: the field and the argument.
            let inside = text.rsplit('.').next().unwrap_or(text);
            let (field, argument) = inside.split_once('(').unwrap_or((inside, ""));
            (
                field.to_owned(),
                argument.trim_end_matches([')', ':']).to_owned(),
            )
        };
        match quoted[..] {
            [type_name, field] if message.contains("does not have a field") => Mapped {
                message: format!("Field '{field}' doesn't exist on type '{type_name}'"),
                extensions: vec![
                    ("code", "undefinedField".into()),
                    ("typeName", type_name.into()),
                    ("fieldName", field.into()),
                ],
            },
            [at] if message.contains("required argument") => {
                let (field, argument) = coordinate(at);
                Mapped {
                    message: format!("Field '{field}' is missing required arguments: {argument}"),
                    extensions: vec![
                        ("code", "missingRequiredArguments".into()),
                        ("className", "Field".into()),
                        ("name", field),
                        ("arguments", argument),
                    ],
                }
            }
            [argument, at] if message.contains("is not supported by") => {
                let (field, _) = coordinate(at);
                Mapped {
                    message: format!("Field '{field}' doesn't accept argument '{argument}'"),
                    extensions: vec![
                        ("code", "argumentNotAccepted".into()),
                        ("name", field),
                        ("typeName", "Field".into()),
                        ("argumentName", argument.into()),
                    ],
                }
            }
            _ => Mapped {
                message: message.to_owned(),
                extensions: vec![("code", "GRAPHQL_VALIDATION_FAILED".into())],
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let served = ServedSchema::built_in();
        String::from_utf8(plan(served, text).expect_err("refused").to_vec()).unwrap()
    }

    #[test]
    fn speaks_the_platforms_words() {
        assert!(error("{ shop { nme } }").contains("Field 'nme' doesn't exist on type 'Shop'"));
        let missing = error(
            "mutation { webhookSubscriptionCreate(webhookSubscription: {}) { userErrors { message } } }",
        );
        assert!(
            missing
                .contains("Field 'webhookSubscriptionCreate' is missing required arguments: topic"),
            "{missing}"
        );
        let refused = error("{ shop(x: 1) { name } }");
        assert!(refused.contains("doesn't accept argument 'x'"), "{refused}");
        assert!(error("{").contains("GRAPHQL_VALIDATION_FAILED"));
    }

    #[test]
    fn literals_of_another_type_are_refused_as_recorded() {
        let text = "mutation NullUpdateWebhookInput {\n  webhookSubscriptionUpdate(id: \"gid://shopify/WebhookSubscription/1\", webhookSubscription: null) { userErrors { message } }\n}";
        assert_eq!(
            error(text),
            r#"{"errors":[{"message":"Argument 'webhookSubscription' on Field 'webhookSubscriptionUpdate' has an invalid value (null). Expected type 'WebhookSubscriptionInput!'.","locations":[{"line":2,"column":3}],"path":["mutation NullUpdateWebhookInput","webhookSubscriptionUpdate","webhookSubscription"],"extensions":{"code":"argumentLiteralsIncompatible","typeName":"Field","argumentName":"webhookSubscription"}}]}"#
        );
        let number = error("{ orders(first: \"x\") { nodes { id } } }");
        assert!(
            number.contains(
                "Argument 'first' on Field 'orders' has an invalid value (\\\"x\\\"). Expected type 'Int'."
            ),
            "{number}"
        );
    }

    #[test]
    fn a_fragment_bomb_is_refused() {
        let mut text = String::from("{ shop { ...f0 } }");
        for level in 0..20 {
            let next = level + 1;
            text += &format!(" fragment f{level} on Shop {{ ...f{next} ...f{next} }}");
        }
        text += " fragment f20 on Shop { name }";
        assert!(error(&text).contains("too complex"));
    }
}
