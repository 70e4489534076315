//! A message that a client puts into a queue (docs/platforms/amazon.md 6.4).

/// The value of an attribute that a sender adds to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AttributeValue {
    /// Of the types String and Number.
    Text(Box<str>),
    /// Of the type Binary.
    Bytes(Box<[u8]>),
}

/// What a sender adds to a message beside its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) name: Box<str>,
    /// String, Number or Binary, perhaps with a label of the sender's own behind a full stop.
    pub(crate) data_type: Box<str>,
    pub(crate) value: AttributeValue,
}

/// A message that somebody else than the platform sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) text: Box<str>,
    /// In order of their names.
    pub(super) attributes: Box<[Attribute]>,
    /// What it has in common with others, by which a queue shares out its receivers; nothing here depends on it.
    pub(super) group: Option<Box<str>>,
}

impl Attribute {
    /// What it takes of a message's length and in memory.
    pub(crate) fn bytes(&self) -> usize {
        let value = match &self.value {
            AttributeValue::Text(text) => text.len(),
            AttributeValue::Bytes(bytes) => bytes.len(),
        };
        self.name.len() + self.data_type.len() + value
    }
}

impl Sent {
    /// What it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        let group = self.group.as_deref().map_or(0, str::len);
        self.text.len() + group + self.attributes.iter().map(Attribute::bytes).sum::<usize>()
    }
}
