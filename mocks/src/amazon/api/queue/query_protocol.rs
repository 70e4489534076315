//! The queue over AWS's older Query protocol, which clients from before the end of 2023 speak: a form asks, XML answers
//! (docs/platforms/amazon.md 6.4). A call is put into the words of the JSON protocol and its answer back, so that both have
//! one meaning.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use crate::amazon::api::reply::Reply;
use crate::amazon::signals::queue::Queues;
use crate::core::{CallOutcome, Request};

/// The target that the same call has in the JSON protocol, before the name of its action.
const TARGET: &str = "AmazonSQS.";
const NAMESPACE: &str = "http://queue.amazonaws.com/doc/2012-11-05/";
const XML: HeaderValue = HeaderValue::from_static("text/xml");
/// Parts of a list that a call may number; the queue itself takes ten.
const MOST_PARTS: u32 = 100;
/// Parameters that are numbers in the JSON protocol.
const NUMBERS: &[&str] = &[
    "DelaySeconds",
    "MaxNumberOfMessages",
    "VisibilityTimeout",
    "WaitTimeSeconds",
];

/// The form of a call in the Query protocol: the body of a POST, or the query of a GET. It goes to the root or to a queue.
fn form(request: &Request) -> Option<&[u8]> {
    let path = request.uri().path();
    let account = path.trim_start_matches('/').split('/').next()?;
    if !account.bytes().all(|byte| byte.is_ascii_digit()) || path.matches('/').count() > 2 {
        return None;
    }
    let query = request.uri().query().unwrap_or("");
    if request.method() == http::Method::GET {
        return query.contains("Action=").then_some(query.as_bytes());
    }
    let is_form = request.headers().get(CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    is_form.then_some(request.body().as_slice())
}

/// The action that a call in the Query protocol asks for; `None` for all other requests.
pub(crate) fn action(request: &Request) -> Option<String> {
    let form = form(request)?;
    form_urlencoded::parse(form)
        .find(|(name, _)| name == "Action")
        .map(|(_, action)| action.into_owned())
}

/// The answer to what comes to the queue's address and asks for no action, in whichever protocol: a form without one, and
/// anything at the address of a queue, as from a browser. `None` for all other requests.
pub(crate) fn without_action(
    queues: &Queues,
    request: &Request,
    request_id: &str,
) -> Option<Reply> {
    if form(request).is_some() {
        let refusal = Reply::queue(
            "MissingAction",
            None,
            "The request must contain the parameter Action.",
        );
        return Some(in_xml("", refusal, request_id));
    }
    let mut parts = request.uri().path().strip_prefix('/')?.split('/');
    let (account, name) = (parts.next()?, parts.next()?);
    if !queues.is_account(account) || name.is_empty() || parts.next().is_some() {
        return None;
    }
    Some(Reply {
        status: 404,
        outcome: CallOutcome::Refused,
        content_type: Some(XML),
        ..Reply::ok(b"<UnknownOperationException/>\n".to_vec())
    })
}

/// The same call in the JSON protocol; `None` for requests that are none of the Query protocol.
pub(crate) fn in_json(request: &Request) -> Option<Request> {
    let action = action(request)?;
    let form = form(request)?;
    let mut asked = Part::default();
    for (name, value) in form_urlencoded::parse(form) {
        asked.put(&name, &value);
    }
    let mut body = asked.into_json();
    // A call that goes to a queue's own address need not name it again.
    let path = request.uri().path();
    if path.len() > 1 && body.get("QueueUrl").is_none() {
        body.insert("QueueUrl".to_owned(), json!(path));
    }
    let mut same = Request::new(Value::Object(body).to_string().into_bytes());
    *same.uri_mut() = request.uri().clone();
    *same.method_mut() = http::Method::POST;
    *same.headers_mut() = request.headers().clone();
    let target = HeaderValue::try_from(format!("{TARGET}{action}")).ok()?;
    same.headers_mut().insert("x-amz-target", target);
    Some(same)
}

/// Whether a name is that of a list of entries of a batch; entries hold no further ones.
fn is_entry(name: &str) -> bool {
    name.ends_with("RequestEntry")
}

/// What a call says, or one of the numbered parts of what it says.
#[derive(Default)]
struct Part {
    values: Map<String, Value>,
    /// Names of lists of texts, such as attribute names, and their texts by number.
    lists: BTreeMap<&'static str, BTreeMap<u32, String>>,
    /// Numbered names and values of the queue's attributes.
    attributes: BTreeMap<u32, [String; 2]>,
    /// Numbered attributes of a message: the name, and the members of the value.
    message_attributes: BTreeMap<u32, (String, Map<String, Value>)>,
    entries: BTreeMap<u32, Part>,
}

impl Part {
    /// Takes in one parameter. Those that say nothing to the queue, such as a signature, are passed over.
    fn put(&mut self, name: &str, value: &str) {
        let mut words = name.split('.');
        let first = words.next().unwrap_or("");
        let rest: Vec<&str> = words.collect();
        // A list of one may go without its number.
        let (number, rest) = match rest.split_first() {
            Some((number, rest)) if number.parse::<u32>().is_ok() => {
                (number.parse().unwrap_or(0), rest)
            }
            _ => (1, &rest[..]),
        };
        if number > MOST_PARTS {
            return;
        }
        match (first, rest) {
            ("AttributeName", []) => self.list("AttributeNames", number, value),
            ("MessageAttributeName", []) => self.list("MessageAttributeNames", number, value),
            ("MessageSystemAttributeName", []) => {
                self.list("MessageSystemAttributeNames", number, value);
            }
            ("Attribute", ["Name"]) => {
                self.attributes.entry(number).or_default()[0] = value.to_owned();
            }
            ("Attribute", ["Value"]) => {
                self.attributes.entry(number).or_default()[1] = value.to_owned();
            }
            ("MessageAttribute", ["Name"]) => {
                self.message_attributes.entry(number).or_default().0 = value.to_owned();
            }
            ("MessageAttribute", ["Value", member]) => {
                let members = &mut self.message_attributes.entry(number).or_default().1;
                members.insert((*member).to_owned(), json!(value));
            }
            (_, [inner, ..]) if is_entry(first) && !is_entry(inner) => {
                self.entries
                    .entry(number)
                    .or_default()
                    .put(&rest.join("."), value);
            }
            (_, []) => {
                let number = NUMBERS
                    .contains(&first)
                    .then(|| value.parse::<i64>().ok())
                    .flatten();
                let value = number.map_or_else(|| json!(value), |number| json!(number));
                self.values.insert(first.to_owned(), value);
            }
            _ => {}
        }
    }

    fn list(&mut self, name: &'static str, number: u32, value: &str) {
        let list = self.lists.entry(name).or_default();
        list.insert(number, value.to_owned());
    }

    fn into_json(self) -> Map<String, Value> {
        let mut out = self.values;
        for (name, list) in self.lists {
            let texts: Vec<String> = list.into_values().collect();
            out.insert(name.to_owned(), json!(texts));
        }
        if !self.attributes.is_empty() {
            let pairs = self.attributes.into_values();
            let attributes: Map<_, _> = pairs.map(|[name, value]| (name, json!(value))).collect();
            out.insert("Attributes".to_owned(), Value::Object(attributes));
        }
        if !self.message_attributes.is_empty() {
            let pairs = self.message_attributes.into_values();
            let attributes: Map<_, _> = pairs
                .map(|(name, value)| (name, Value::Object(value)))
                .collect();
            out.insert("MessageAttributes".to_owned(), Value::Object(attributes));
        }
        if !self.entries.is_empty() {
            let entries = self.entries.into_values();
            let entries: Vec<_> = entries.map(|it| Value::Object(it.into_json())).collect();
            out.insert("Entries".to_owned(), Value::Array(entries));
        }
        out
    }
}

/// An answer of the JSON protocol in the older protocol's XML.
pub(crate) fn in_xml(action: &str, reply: Reply, request_id: &str) -> Reply {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let mut xml = String::with_capacity(reply.body.len() * 2 + 256);
    xml.push_str("<?xml version=\"1.0\"?>");
    let told = if reply.status == 200 {
        let _ = write!(xml, "<{action}Response xmlns=\"{NAMESPACE}\">");
        if body.as_object().is_some_and(|members| !members.is_empty()) {
            let _ = write!(xml, "<{action}Result>");
            write_members(&mut xml, action, &body);
            let _ = write!(xml, "</{action}Result>");
        } else if action == "ReceiveMessage" {
            xml.push_str("<ReceiveMessageResult/>");
        }
        let _ = write!(
            xml,
            "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
        );
        reply
    } else {
        let kind = body["__type"].as_str().unwrap_or("InternalError");
        let (code, fault) = reply
            .query_error
            .and_then(|it| it.split_once(';'))
            .unwrap_or_else(|| {
                let code = kind.rsplit('#').next().unwrap_or(kind);
                let fault = if reply.status < 500 {
                    "Sender"
                } else {
                    "Receiver"
                };
                (code, fault)
            });
        let _ = write!(xml, "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error>");
        write_element(&mut xml, "Type", fault);
        write_element(&mut xml, "Code", code);
        write_element(&mut xml, "Message", body["message"].as_str().unwrap_or(""));
        let _ = write!(
            xml,
            "<Detail/></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        );
        Reply {
            query_error: None,
            ..reply
        }
    };
    Reply {
        body: xml.into_bytes(),
        content_type: Some(XML),
        ..told
    }
}

fn write_members(xml: &mut String, action: &str, object: &Value) {
    for (name, value) in object.as_object().into_iter().flatten() {
        match value {
            Value::Array(items) => {
                let name = match name.as_str() {
                    "Successful" => format!("{action}ResultEntry"),
                    "Failed" => "BatchResultErrorEntry".to_owned(),
                    plural => plural.trim_end_matches('s').to_owned(),
                };
                for item in items {
                    write_value(xml, action, &name, item);
                }
            }
            Value::Object(pairs) if matches!(name.as_str(), "Attributes" | "MessageAttributes") => {
                let name = name.trim_end_matches('s');
                for (key, value) in pairs {
                    let _ = write!(xml, "<{name}>");
                    write_element(xml, "Name", key);
                    write_value(xml, action, "Value", value);
                    let _ = write!(xml, "</{name}>");
                }
            }
            value => write_value(xml, action, name, value),
        }
    }
}

fn write_value(xml: &mut String, action: &str, name: &str, value: &Value) {
    match value {
        Value::Object(_) => {
            let _ = write!(xml, "<{name}>");
            write_members(xml, action, value);
            let _ = write!(xml, "</{name}>");
        }
        Value::String(text) => write_element(xml, name, text),
        other => write_element(xml, name, &other.to_string()),
    }
}

fn write_element(xml: &mut String, name: &str, text: &str) {
    let _ = write!(xml, "<{name}>");
    for letter in text.chars() {
        match letter {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\r' => xml.push_str("&#xD;"),
            letter => xml.push(letter),
        }
    }
    let _ = write!(xml, "</{name}>");
}
