//! The shape of a code.

/// The shape of the code between an encoder and a decoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Code {
    /// A row of so many values.
    Row(i64),
    /// A map of so many channels.
    Map(i64),
}
