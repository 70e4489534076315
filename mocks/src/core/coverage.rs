//! What an emulator serves of its platform, as data: the documentation, the command line and tests read the same list.

/// How far an operation is served.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// All of it that can be observed.
    Full,
    /// Part of it; the text says which part, or what is left out.
    Partial(&'static str),
    /// Nothing: it is answered as the platform answers an unknown path.
    NotServed,
}

/// One operation of a platform.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The platform's own name of it.
    pub name: &'static str,
    /// How it is called: method and path, variable parts in braces.
    pub path: &'static str,
    /// How far it is served.
    pub coverage: Coverage,
}
