//! Attributes of a queue: which there are, what they may be, and what they are (docs/platforms/amazon.md 6.4).

use std::collections::BTreeMap;

use super::request::{
    LONGEST_DELAY_SECONDS, LONGEST_HIDING_SECONDS, LONGEST_WAIT_SECONDS, invalid, within,
};
use crate::amazon::api::reply::Reply;
use crate::amazon::shop::Settings;
use crate::amazon::signals::queue::Queue;
use crate::core::Micros;

/// Attributes as a call gives them.
pub(crate) type Given = BTreeMap<String, String>;

/// Attributes that are whole numbers, with the least and the most.
const NUMBERS: [(&str, u64, u64); 6] = [
    ("DelaySeconds", 0, LONGEST_DELAY_SECONDS),
    ("KmsDataKeyReusePeriodSeconds", 60, 86_400),
    ("MaximumMessageSize", 1_024, 1 << 20),
    ("MessageRetentionPeriod", 60, 1_209_600),
    ("ReceiveMessageWaitTimeSeconds", 0, LONGEST_WAIT_SECONDS),
    ("VisibilityTimeout", 0, LONGEST_HIDING_SECONDS),
];
/// Attributes that are texts: they are kept and told, and change nothing here.
const TEXTS: [&str; 5] = [
    "KmsMasterKeyId",
    "Policy",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
];
/// Attributes that can be read only.
const READ_ONLY: [&str; 6] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

/// The refusal of an attribute that there is not.
pub(crate) fn unknown(name: &str) -> Reply {
    Reply::queue(
        "com.amazonaws.sqs#InvalidAttributeName",
        Some("InvalidAttributeName;Sender"),
        &format!("Unknown Attribute {name}."),
    )
}

/// The refusal of a queue that is there already and is another.
fn exists(name: &str) -> Reply {
    Reply::queue(
        "com.amazonaws.sqs#QueueNameExists",
        Some("QueueAlreadyExists;Sender"),
        &format!(
            "A queue already exists with the same name and a different value for attribute {name}"
        ),
    )
}

/// Whether a queue has an attribute of this name, be it set or read.
pub(crate) fn is_known(name: &str) -> bool {
    NUMBERS.iter().any(|(known, ..)| *known == name)
        || TEXTS.contains(&name)
        || READ_ONLY.contains(&name)
        // Attributes of queues that keep order, which are not served: a standard queue has them without a value.
        || matches!(
            name,
            "FifoQueue" | "ContentBasedDeduplication" | "DeduplicationScope" | "FifoThroughputLimit"
        )
}

/// Checks attributes that are to be set; numbers come back in the one way to write them.
///
/// # Errors
/// InvalidAttributeName for one that cannot be set, InvalidParameterValue for a number out of its range, and for the wish
/// that a queue keep order whose name does not say so.
pub(crate) fn check(given: &Given) -> Result<Given, Reply> {
    let mut checked = Given::new();
    for (name, text) in given {
        if let Some(&(_, least, most)) = NUMBERS.iter().find(|(known, ..)| known == name) {
            let value = text
                .parse::<i64>()
                .map_err(|_| invalid(&format!("Invalid value for the parameter {name}.")))?;
            within(Some(value), least, most, name)?;
            checked.insert(name.clone(), value.to_string());
        } else if TEXTS.contains(&name.as_str()) {
            checked.insert(name.clone(), text.clone());
        } else if name == "FifoQueue" && text == "true" {
            return Err(invalid(
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length",
            ));
        } else {
            return Err(unknown(name));
        }
    }
    Ok(checked)
}

/// Checks that a queue that is there already is what a call wants to make.
///
/// # Errors
/// QueueNameExists for an attribute that has another value.
pub(crate) fn check_same(settings: &Settings, queue: &Queue, wanted: &Given) -> Result<(), Reply> {
    let now = current(settings, queue);
    for (name, value) in wanted {
        if now.get(name.as_str()).map_or("", String::as_str) != value {
            return Err(exists(name));
        }
    }
    Ok(())
}

/// Sets attributes that were checked.
pub(crate) fn apply(queue: &mut Queue, checked: Given) {
    for (name, text) in checked {
        let number: u64 = text.parse().unwrap_or(0);
        match name.as_str() {
            "VisibilityTimeout" => {
                queue.visibility = Micros::from_secs(number);
                queue.own_visibility = true;
            }
            "ReceiveMessageWaitTimeSeconds" => queue.wait = Micros::from_secs(number),
            "MessageRetentionPeriod" => queue.own_retention = Some(Micros::from_secs(number)),
            "DelaySeconds" => queue.delay = Micros::from_secs(number),
            "MaximumMessageSize" => queue.longest_message = number as usize,
            // An empty text takes a policy away.
            _ if text.is_empty() => {
                queue.kept.remove(&name);
            }
            _ => {
                queue.kept.insert(name, text);
            }
        }
    }
}

/// What a queue's settings are, by name; those of which nothing was said have none where they have no default.
fn current(settings: &Settings, queue: &Queue) -> BTreeMap<&'static str, String> {
    let retention = queue
        .own_retention
        .unwrap_or(settings.profile.queue.retention);
    let seconds = |time: Micros| time.whole_secs().to_string();
    let mut values = BTreeMap::from([
        ("DelaySeconds", seconds(queue.delay)),
        ("MaximumMessageSize", queue.longest_message.to_string()),
        ("MessageRetentionPeriod", seconds(retention)),
        ("ReceiveMessageWaitTimeSeconds", seconds(queue.wait)),
        ("SqsManagedSseEnabled", "true".to_owned()),
        ("VisibilityTimeout", seconds(queue.visibility)),
    ]);
    let names = TEXTS.iter().chain(NUMBERS.iter().map(|(name, ..)| name));
    for name in names {
        if let Some(text) = queue.kept.get(*name) {
            values.insert(name, text.clone());
        }
    }
    values
}

/// Everything that can be read of a queue, by name.
pub(crate) fn all(settings: &Settings, queue: &Queue) -> BTreeMap<&'static str, String> {
    let mut values = current(settings, queue);
    let seconds = |at: Micros| settings.epoch.unix_secs(at).to_string();
    values.extend([
        (
            "QueueArn",
            format!(
                "arn:aws:sqs:{}:{}:{}",
                settings.profile.marketplace.aws_region, queue.account, queue.name
            ),
        ),
        ("ApproximateNumberOfMessages", queue.counts[0].to_string()),
        (
            "ApproximateNumberOfMessagesNotVisible",
            queue.counts[1].to_string(),
        ),
        ("ApproximateNumberOfMessagesDelayed", "0".to_owned()),
        ("CreatedTimestamp", seconds(queue.created_at)),
        ("LastModifiedTimestamp", seconds(queue.modified_at)),
    ]);
    values
}
