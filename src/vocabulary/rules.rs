//! What may follow in a text.

/// Decides which characters may follow in a text that is written one character at a time.
///
/// Some character, or the end, may always follow.
pub trait Rules: Send {
    /// True if this character may be the next one; None is the end of the text.
    fn allows(&self, next: Option<char>) -> bool;

    /// True for characters that stand in for one another: the allowed ones take the probability of the forbidden ones.
    fn exchanged(&self, next: char) -> bool {
        let _ = next;
        false
    }

    /// Adds the next character.
    fn add(&mut self, next: char);

    /// The same rules, for another text.
    fn copied(&self) -> Box<dyn Rules>;
}
