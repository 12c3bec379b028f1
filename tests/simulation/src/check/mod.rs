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
//! | G7 | what was acknowledged with an answer does not come again, on none of a client's later streams; everything else comes on each |
//! | G8 | a request id is one message with one text, in however many copies it came |
//! | G9 | messages that asked for order left in the order accepted |
//! | G13 | delivered is what a carrier said so of; and what it said of an id that was reported, and given once, is believed |
//! | RTE-5 | who opted out gets nothing that was accepted afterwards |
//! | PROC-5 | an owner of a partition who was replaced stops when he wakes up |
//! | CAR-3 | no run of an owner sends to a carrier after a later one has |
//! | MO | every equal vote is read; what a carrier sent again to the same disk is called a possible repeat |

mod clients;
mod evidence;
mod messages;
mod owners;
mod people;
mod replay;

use std::fmt;

pub use evidence::Evidence;

use crate::{
    happened::{Happened, Tally},
    world::{Outcome, World},
};

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
    owners::judge(world)?;
    messages::judge(world, &evidence)?;
    people::judge(world, &evidence)?;
    clients::judge(world, &evidence)?;
    Ok(Outcome {
        accepted: world.wishes.iter().filter(|wish| wish.accepted).count(),
        submits: world.carriers.iter().map(|carrier| carrier.submits.len()).sum(),
        replies: evidence.replies.len(),
        tally: tally(world, &evidence),
        digest: evidence.digest,
    })
}

fn tally(world: &World, evidence: &Evidence) -> Tally {
    let mut tally = world.tally.clone();
    let lost: usize = world.egress.iter().map(|egress| egress.losses.len()).sum();
    let marked = evidence.replies.iter().filter(|(_, reply)| reply.possible_repeat).count();
    tally.add(Happened::StoreLost, lost as u64);
    tally.add(Happened::RepeatMarked, marked as u64);
    tally
}
