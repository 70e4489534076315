//! Amazon's models and schemas.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use channel_mocks::core::Response;
use serde_json::{Value, json};

fn load(path: PathBuf) -> Value {
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).expect("a model is JSON")
}

/// Makes a schema strict: members it does not name are refused, so that no misspelt name passes. Ids of parts are
/// removed, since they are no addresses.
fn tighten(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("$id").is_some_and(Value::is_string) {
                members.remove("$id");
            }
            let closed = members.get("properties").is_some_and(Value::is_object)
                && !members.contains_key("allOf")
                && !matches!(members.get("additionalProperties"), Some(Value::Object(_)));
            if closed {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            members.values_mut().for_each(tighten);
        }
        Value::Array(items) => items.iter_mut().for_each(tighten),
        _ => {}
    }
}

fn complaints(schema: &Value, instance: &Value) -> Vec<String> {
    let validator = jsonschema::options()
        .should_validate_formats(false)
        .build(schema)
        .expect("a schema");
    validator
        .iter_errors(instance)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect()
}

/// Whether this is a run in which a test that checks nothing is a failure.
fn may_skip_nothing() -> bool {
    std::env::var("CI").is_ok_and(|it| it == "true")
}

/// One operation of a model.
pub struct Operation {
    pub method: String,
    pub path: Vec<String>,
    pub name: String,
    pub responses: Value,
    definitions: Value,
}

impl Operation {
    fn fits(&self, method: &str, path: &str) -> bool {
        let asked: Vec<&str> = path.split('/').collect();
        let same = |(asked, part): (&&str, &String)| part.starts_with('{') || asked == part;
        self.method == method
            && asked.len() == self.path.len()
            && asked.iter().zip(&self.path).all(same)
    }

    pub fn text(&self) -> String {
        format!("{} {}", self.method, self.path.join("/"))
    }
}

/// Amazon's models and schemas, and what has been checked against them.
pub struct Contract {
    folder: PathBuf,
    pub operations: Vec<Operation>,
    /// Method and path of the model, and whether the answer was a success.
    pub seen: RefCell<BTreeSet<(String, bool)>>,
}

impl Contract {
    /// Reads them, if they are there.
    pub fn read() -> Option<Contract> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/contracts/amazon");
        if !folder.is_dir() {
            let missing = format!("Amazon's models are not at {}", folder.display());
            assert!(!may_skip_nothing(), "{missing}");
            eprintln!("skipped: {missing}");
            return None;
        }
        let mut operations = Vec::new();
        let models = std::fs::read_dir(folder.join("models")).expect("a folder of models");
        for model in models {
            let mut model = load(model.expect("a file").path());
            let mut definitions = model["definitions"].take();
            tighten(&mut definitions);
            for (path, methods) in model["paths"].as_object().expect("paths") {
                for (method, operation) in methods.as_object().expect("methods") {
                    let Some(name) = operation["operationId"].as_str() else {
                        continue;
                    };
                    operations.push(Operation {
                        method: method.to_uppercase(),
                        path: path.split('/').map(str::to_owned).collect(),
                        name: name.to_owned(),
                        responses: operation["responses"].clone(),
                        definitions: definitions.clone(),
                    });
                }
            }
        }
        Some(Contract {
            folder,
            operations,
            seen: RefCell::default(),
        })
    }

    /// Checks an answer's headers and body.
    pub fn check(&self, method: &str, path: &str, response: &Response) {
        let path = path.split('?').next().unwrap_or(path);
        let mut fitting = self.operations.iter();
        let operation = fitting
            .find(|operation| operation.fits(method, path))
            .unwrap_or_else(|| panic!("no model has {method} {path}"));
        let status = response.status().as_u16();
        let asked = format!("{method} {path}: {status}");
        let mut seen = self.seen.borrow_mut();
        seen.insert((operation.text(), status < 300));
        let headers = response.headers();
        assert!(headers.contains_key("x-amzn-requestid"), "{asked}");
        assert!(!headers.contains_key("retry-after"), "{asked}");
        // The profile played here has no limits to tell; where there is one, it is told with these answers alone.
        if let Some(limit) = headers.get("x-amzn-ratelimit-limit") {
            let rate = limit.to_str().ok().and_then(|it| it.parse::<f64>().ok());
            assert!(rate.is_some_and(f64::is_finite), "{asked}: {limit:?}");
            assert!(matches!(status, 200..=204 | 400 | 404), "{asked}");
        }
        if status == 204 {
            assert!(response.body().is_empty(), "{asked}: 204 has no body");
            return;
        }
        assert_eq!(headers["content-type"], "application/json", "{asked}");
        let body: Value = serde_json::from_slice(response.body()).expect("a body is JSON");
        if status < 300 {
            assert_eq!(body.get("errors"), None, "{asked}: no errors in a success");
        }
        let mut schema = operation.responses[status.to_string()]["schema"].clone();
        if schema.is_null() && status < 300 {
            // Nothing is promised: an empty object is JSON to the clients that insist on it.
            assert_eq!(body, json!({}), "{asked}");
            return;
        }
        assert!(schema.is_object(), "{asked}: the model has no such status");
        tighten(&mut schema);
        let document = json!({
            "$schema": "http://json-schema.org/draft-04/schema#",
            "definitions": operation.definitions,
            "allOf": [schema],
        });
        let wrong = complaints(&document, &body);
        assert!(wrong.is_empty(), "{asked}\n{body:#}\n{wrong:#?}");
    }

    pub fn check_document(&self, schema: &str, document: &Value) {
        let mut schema = load(self.folder.join("schemas").join(schema));
        tighten(&mut schema);
        // The address these schemas give of their draft lacks its last character in some.
        schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
        let wrong = complaints(&schema, document);
        assert!(wrong.is_empty(), "{document:#}\n{wrong:#?}");
    }
}
