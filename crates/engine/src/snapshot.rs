//! The engine's state as bytes, so that what it was told need not be kept for ever ([`super::recovery`]).
//!
//! A machine names every field of its own, as kept, as a part with a state of its own, as a header, or as made anew from the
//! configuration: a field that is forgotten does not compile. A snapshot is read by the very build of the engine that wrote
//! it, because nothing in it says what stands where.

use http::HeaderValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Names the sources of this build.
pub const BUILD: &str = env!("ENGINE_SOURCES");

/// Why there is no snapshot, or none that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Its bytes do not fit what this build keeps.
    #[error("the snapshot cannot be read: {0}")]
    Unreadable(String),
    /// The state cannot be written.
    #[error("the state cannot be written: {0}")]
    Unwritable(String),
}

/// Takes a state, field by field.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// What was taken.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn put(&mut self, value: &impl Serialize) -> Result<(), SnapshotError> {
        self.bytes = postcard::to_extend(value, std::mem::take(&mut self.bytes))
            .map_err(|error| SnapshotError::Unwritable(error.to_string()))?;
        Ok(())
    }

    pub(crate) fn put_header(&mut self, header: &Option<HeaderValue>) -> Result<(), SnapshotError> {
        self.put(&header.as_ref().map(HeaderValue::as_bytes))
    }
}

/// Gives a state back, field by field.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Of a snapshot's bytes.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes }
    }

    pub(crate) fn take<T: DeserializeOwned>(&mut self, place: &mut T) -> Result<(), SnapshotError> {
        let (value, rest) = postcard::take_from_bytes(self.bytes)
            .map_err(|error| SnapshotError::Unreadable(error.to_string()))?;
        *place = value;
        self.bytes = rest;
        Ok(())
    }

    pub(crate) fn take_header(
        &mut self,
        place: &mut Option<HeaderValue>,
    ) -> Result<(), SnapshotError> {
        let mut bytes: Option<Vec<u8>> = None;
        self.take(&mut bytes)?;
        let unreadable = |_| SnapshotError::Unreadable("a header".to_owned());
        *place = bytes
            .map(|bytes| HeaderValue::from_bytes(&bytes))
            .transpose()
            .map_err(unreadable)?;
        Ok(())
    }

    /// # Errors
    /// When something is left.
    pub fn end(self) -> Result<(), SnapshotError> {
        match self.bytes {
            [] => Ok(()),
            left => Err(SnapshotError::Unreadable(format!(
                "{} bytes are left over",
                left.len()
            ))),
        }
    }
}

/// A machine whose state can be saved, and put into a new one of the same configuration.
pub trait State {
    /// Writes everything down that the configuration does not tell.
    ///
    /// # Errors
    /// [`SnapshotError::Unwritable`].
    fn save(&self, out: &mut Writer) -> Result<(), SnapshotError>;

    /// Takes it over.
    ///
    /// # Errors
    /// [`SnapshotError::Unreadable`]; the machine is then of no use.
    fn load(&mut self, from: &mut Reader<'_>) -> Result<(), SnapshotError>;
}

/// Implements [`State`] from the names of all fields.
macro_rules! state {
    ($machine:ident {
        kept: [$($kept:ident),* $(,)?],
        parts: [$($part:ident),* $(,)?],
        headers: [$($header:ident),* $(,)?],
        made: [$($made:ident),* $(,)?] $(,)?
    }) => {
        impl $crate::snapshot::State for $machine {
            fn save(
                &self,
                out: &mut $crate::snapshot::Writer,
            ) -> Result<(), $crate::snapshot::SnapshotError> {
                let $machine { $($kept,)* $($part,)* $($header,)* $($made: _,)* } = self;
                $(out.put($kept)?;)*
                $($crate::snapshot::State::save($part, out)?;)*
                $(out.put_header($header)?;)*
                Ok(())
            }

            fn load(
                &mut self,
                from: &mut $crate::snapshot::Reader<'_>,
            ) -> Result<(), $crate::snapshot::SnapshotError> {
                let $machine { $($kept,)* $($part,)* $($header,)* $($made: _,)* } = self;
                $(from.take($kept)?;)*
                $($crate::snapshot::State::load($part, from)?;)*
                $(from.take_header($header)?;)*
                Ok(())
            }
        }
    };
}
pub(crate) use state;

impl<T: State + ?Sized> State for Box<T> {
    fn save(&self, out: &mut Writer) -> Result<(), SnapshotError> {
        T::save(self, out)
    }

    fn load(&mut self, from: &mut Reader<'_>) -> Result<(), SnapshotError> {
        T::load(self, from)
    }
}

impl<T: State> State for Vec<T> {
    fn save(&self, out: &mut Writer) -> Result<(), SnapshotError> {
        self.iter().try_for_each(|it| it.save(out))
    }

    fn load(&mut self, from: &mut Reader<'_>) -> Result<(), SnapshotError> {
        self.iter_mut().try_for_each(|it| it.load(from))
    }
}
