//! What may follow in a text.

/// Decides which characters may follow in a text that is written one character at a time.
///
/// Some character, or the end, may always follow.
pub trait Rules: Send {
    /// True if this character may be the next one; None is the end of the text.
    fn allows(&self, next: Option<char>) -> bool;

    /// Adds the next character.
    fn add(&mut self, next: char);

    /// The same rules, for another text.
    fn copied(&self) -> Box<dyn Rules>;
}
