//! Why a message may be in flight still, by what the carriers' journals say of it.

use volley_wire::proto::messaging::v1::MessageStatus;

use crate::witness::{Seen, Taken, Witness};

/// Why nobody can know yet what became of a message. It is UNKNOWN when its validity and the receipt's grace are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It was on its way when a link ended, and no carrier ever saw all of it; its class says that it is not sent again.
    NeverSeen,
    /// A carrier took it, its answer was lost, and its receipt did not tell whose it is.
    AnswerLost,
    /// A carrier gave its id to another segment too, of this message or another one.
    IdShared,
    /// A carrier owes a receipt.
    NoReceipt,
}

impl Why {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NeverSeen => "ambiguous, and no carrier saw all of it",
            Self::AnswerLost => "ambiguous: its answer was lost, and its receipt named an id that nobody knows",
            Self::IdShared => "its id was given to another segment too",
            Self::NoReceipt => "its carrier owes a receipt",
        }
    }
}

/// Why this message has not ended; `None` is a fault of Volley's.
pub fn why(status: &MessageStatus, seen: Option<&Seen>, witness: &Witness) -> Option<Why> {
    let ambiguous = status.ambiguous;
    let Some(seen) = seen.filter(|seen| seen.is_whole()) else {
        return ambiguous.then_some(Why::NeverSeen);
    };
    let any = |fits: &dyn Fn(&Taken) -> bool| seen.taken.iter().any(fits);
    if any(&|taken| witness.is_shared(taken)) {
        return Some(Why::IdShared);
    }
    if any(&|taken| !witness.is_receipted(taken)) {
        return Some(Why::NoReceipt);
    }
    ambiguous.then_some(Why::AnswerLost)
}
