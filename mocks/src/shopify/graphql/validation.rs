//! Parsing and validation of a text, with the platform's own error texts where they are known.

use std::sync::Arc;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::ast;
use apollo_compiler::diagnostic::ToCliReport;
use apollo_compiler::validation::DiagnosticList;

use super::super::json::{write_int, write_text};
use super::cache::Outcome;
use super::lower;
use super::schema::ServedSchema;

/// Parses, validates and lowers a query text; the error is a complete response body.
pub fn plan(served: &ServedSchema, text: &str) -> Outcome {
    match ExecutableDocument::parse_and_validate(&served.schema, text, "query.graphql") {
        Ok(document) => lower::document(served, document).map(Arc::new).map_err(|_| {
            Arc::from(&br#"{"errors":[{"message":"Query is too complex","extensions":{"code":"BAD_REQUEST"}}]}"#[..])
        }),
        Err(failure) => Err(body(&failure.errors, text).into()),
    }
}

/// Where in the document an offset lies: the operation or fragment, then response keys.
fn path_at(text: &str, offset: usize) -> Vec<String> {
    fn descend(selections: &[ast::Selection], offset: usize, path: &mut Vec<String>) {
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
                    path.push(field.response_name().to_string());
                }
                descend(below, offset, path);
            }
        }
    }
    let document =
        ast::Document::parse(text, "query.graphql").unwrap_or_else(|partial| partial.partial);
    let mut path = Vec::new();
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
            path.push(name);
            descend(selections, offset, &mut path);
        }
    }
    path
}

fn body(diagnostics: &DiagnosticList, text: &str) -> Vec<u8> {
    let mut out = b"{\"errors\":[".to_vec();
    for (index, diagnostic) in diagnostics.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let error = diagnostic.to_json();
        let mapped = Mapped::of(&error.message);
        out.extend_from_slice(b"{\"message\":");
        write_text(&mapped.message, &mut out);
        out.extend_from_slice(b",\"locations\":[");
        for (index, location) in error.locations.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(b"{\"line\":");
            write_int(location.line, &mut out);
            out.extend_from_slice(b",\"column\":");
            write_int(location.column, &mut out);
            out.push(b'}');
        }
        out.push(b']');
        let offset = diagnostic.error.location().map(|at| at.offset());
        if let Some(path) = offset
            .map(|offset| path_at(text, offset))
            .filter(|path| !path.is_empty())
        {
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
