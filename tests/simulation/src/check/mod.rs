//! The reference model: what must be true of a run, whatever went wrong in it. It looks at clients, carriers and the log, never at
//! the rows of a core, but to compare them with those of a replay.
//!
//! | id | checked here as |
//! |---|---|
//! | G1 | a message whose client was told OK, and every other one that anybody heard of, has one final state; what follows corrects it |
//! | G2 | the same list holds every message that was accepted; every processor has come to the end of its input |
//! | G3 | a carrier took no more tries of a message than one, and one for each that was reported ambiguous or refused in the middle |
//! | G4 | a replay in other batches gives the same rows and the same outputs, octet by octet |
//! | G5 | statuses and replies are on the stream of the tenant they concern |
//! | G6 | what was answered with 0 reached a client, no more often than the carrier sent it |
//! | G8 | a request id is one message with one text, in however many copies it came |
//! | G9 | messages that asked for order left in the order accepted |
//! | G13 | delivered is what a carrier said so of; and what it said of an id that was reported, and given once, is believed |
//! | RTE-5 | who opted out gets nothing that was accepted afterwards |
//!
//! G7 (cursors) lives in the front door's server and is not modelled.

mod evidence;
mod messages;
mod people;
mod replay;

use std::fmt;

pub use evidence::Evidence;

use crate::world::{Outcome, World};

/// Something that was promised and not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its id.
    pub guarantee: &'static str,
    /// What happened instead.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.guarantee, self.what)
    }
}

pub(crate) fn violated<T>(guarantee: &'static str, what: String) -> Result<T, Violation> {
    Err(Violation { guarantee, what })
}

/// Judges a run that is over.
///
/// # Errors
/// The first promise that was not kept.
pub fn judge(world: &World) -> Result<Outcome, Violation> {
    let replays = replay::judge(world)?;
    let evidence = Evidence::gather(world, &replays)?;
    messages::judge(world, &evidence)?;
    people::judge(world, &evidence)?;
    Ok(Outcome {
        accepted: world.wishes.iter().filter(|wish| wish.accepted).count(),
        submits: world.carriers.iter().map(|carrier| carrier.submits.len()).sum(),
        replies: evidence.replies.len(),
        digest: evidence.digest,
    })
}
