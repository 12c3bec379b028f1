//! Why a configuration record changes nothing.

/// Why a record changes nothing (DIR-2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// It names something that does not exist.
    #[error("{field} names the {kind} {name}, which does not exist")]
    Unknown {
        /// The field that names it.
        field: &'static str,
        /// What kind of thing.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Somebody else has it.
    #[error("{what} belongs to {owner}")]
    Taken {
        /// What is taken.
        what: String,
        /// Who has it.
        owner: String,
    },
    /// It cannot be understood.
    #[error("{what} cannot be read: {fault}")]
    Unreadable {
        /// What cannot be read.
        what: String,
        /// Why.
        fault: String,
    },
    /// It would change what is fixed at creation.
    #[error("{what} is fixed when it is created")]
    Fixed {
        /// What is fixed.
        what: String,
    },
}
