//! Repeats and endings.

use super::body::Token;
use crate::error::{Error, Result};

/// Most tokens of an ending.
const LONGEST: usize = 1_000;
/// Most tokens of a tune with its repeats.
const MOST: usize = 1_000_000;

/// The tokens in the order in which they are played.
pub fn expanded(tokens: Vec<Token>) -> Result<Vec<Token>> {
    let (mut played, mut i, mut start, mut pass) = (Vec::new(), 0, 0, 1u32);
    // True behind a second ending, where a double bar starts a new part.
    let mut ending = false;
    while let Some(token) = tokens.get(i) {
        i += 1;
        match token {
            Token::RepeatStart => (start, pass, ending) = (i, 1, false),
            Token::RepeatEnd if pass == 1 => (i, pass) = (start, 2),
            Token::RepeatEnd => (start, pass, ending) = (i, 1, false),
            Token::DoubleBar if ending => (start, pass, ending) = (i, 1, false),
            Token::DoubleBar if pass == 1 => {}
            Token::Ending(passes) if passes.contains(&pass) => ending = pass > 1,
            Token::Ending(_) => {
                let rest = tokens[i..].iter().take(LONGEST);
                let next =
                    rest.clone().position(|token| matches!(token, Token::Ending(passes) if passes.contains(&pass)));
                let end = rest.clone().position(|token| matches!(token, Token::RepeatEnd));
                // What belongs to another pass goes to the end of the repeat, or to the next ending.
                i += match (next, end) {
                    (Some(next), _) => next,
                    (None, Some(end)) => end,
                    (None, None) => 0,
                };
            }
            _ => {}
        }
        if matches!(token, Token::RepeatStart | Token::RepeatEnd | Token::DoubleBar) {
            played.push(Token::Bar);
        } else {
            played.push(token.clone());
        }
        if played.len() > MOST {
            return Err(Error::Data(format!("a tune has more than {MOST} notes and bars with its repeats")));
        }
    }
    Ok(played)
}
