//! Why a question has no answer.

use thiserror::Error;

/// What is wrong with one question.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CaseError {
    /// The line is not JSON.
    #[error("the line is not JSON: {0}")]
    NotJson(String),
    /// The line is JSON, but no object.
    #[error("the line is not a JSON object")]
    NotAnObject,
    /// The line is longer than any case.
    #[error("the line is over {limit} octets")]
    LineTooLong {
        /// Octets allowed.
        limit: usize,
    },
    /// A field without which there is no question.
    #[error("`{field}` is missing")]
    Missing {
        /// Its name.
        field: &'static str,
    },
    /// A field of the wrong kind.
    #[error("`{field}` is not {wanted}")]
    WrongKind {
        /// Its name.
        field: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// Octets that are not written in hexadecimal.
    #[error("not hexadecimal: {0}")]
    Hex(String),
    /// The question is well-formed, and has no answer.
    #[error("{0}")]
    Unanswerable(String),
    /// A status with neither number nor name.
    #[error("`{0}` is neither a number nor the name of a status")]
    UnknownStatus(String),
}
