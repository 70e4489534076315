//! How much of a platform an emulator serves, operation by operation: the source of the coverage tables.

/// How far an operation is served.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// As the platform serves it, within the emulator's world.
    Full,
    /// Served, except for what the text names.
    Partial(&'static str),
    /// Taken and answered with neutral values; nothing stands behind it.
    Neutral,
    /// Part of the platform and not served.
    NotServed,
}

/// One operation of a platform.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The platform's own name of it.
    pub name: &'static str,
    /// Where it is reached: method and path, or the kind of operation behind a common path.
    pub path: &'static str,
    /// How far it is served.
    pub coverage: Coverage,
}
