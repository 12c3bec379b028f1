//! What a front door does about a request it remembers (D10).
//!
//! | remembered | the same content | other content |
//! |---|---|---|
//! | nothing | append | append |
//! | on its way to the log | append: the first may never arrive, and routing drops the copy | conflict |
//! | durable | answer as before | conflict |

use volley_types::ContentHash;

/// What is remembered of a request with this id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// What it asked for.
    pub content: ContentHash,
    /// Whether the log has acknowledged it.
    pub durable: bool,
}

/// What is to be done about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Append it to the log.
    Append,
    /// It is durable already: answer as the first time.
    Repeat,
    /// The request id belongs to another message.
    Conflict,
}

/// Decides about a request with this content.
pub fn decide(known: Option<Known>, content: ContentHash) -> Decision {
    match known {
        None => Decision::Append,
        Some(known) if known.content != content => Decision::Conflict,
        Some(Known { durable: true, .. }) => Decision::Repeat,
        Some(Known { durable: false, .. }) => Decision::Append,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_holds() {
        let (first, other) = (ContentHash::from_bytes([1; 16]), ContentHash::from_bytes([2; 16]));
        let known = |durable| Some(Known { content: first, durable });

        assert_eq!(decide(None, first), Decision::Append);
        assert_eq!(decide(known(false), first), Decision::Append);
        assert_eq!(decide(known(true), first), Decision::Repeat);
        assert_eq!(decide(known(false), other), Decision::Conflict);
        assert_eq!(decide(known(true), other), Decision::Conflict);
    }
}
