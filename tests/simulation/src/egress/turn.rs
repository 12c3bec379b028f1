//! One turn of an owner: inputs, decisions, rows, the lease, sockets, log; and all that may go wrong in between.

use volley_types::Timestamp;

use super::{Egress, moment, wire::Left};
use crate::{log::Log, mutation::Mutation, rng::Rng, rows::keep};

/// How a turn may end otherwise than well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It dies before its rows are written.
    DiesBeforeWrite,
    /// After that, before anything leaves.
    DiesBeforeSocket,
    /// After that, before anything is appended.
    DiesBeforeAppend,
    /// It stands still after its rows are written, if something is about to leave.
    StandsStill,
}

impl Trouble {
    /// Where it dies.
    pub const DEATHS: [Self; 3] = [Self::DiesBeforeWrite, Self::DiesBeforeSocket, Self::DiesBeforeAppend];
}

/// What a turn is to do.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// Whether time passed that it must look at.
    pub sweeps: bool,
    /// Whether it hears already who lives.
    pub reads_journal: bool,
    /// What goes wrong.
    pub trouble: Option<Trouble>,
}

/// What became of the owner in a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It goes on.
    Lives,
    /// It died.
    Dead,
    /// It stands still.
    StandsStill,
    /// Its lease ended while it stood still: nothing left.
    Lapsed,
    /// A later run took over.
    Overtaken,
    /// It stops, and everything it sent is settled.
    Finished,
}

impl Egress {
    /// One turn: what left, and what became of it.
    ///
    /// # Errors
    /// In words, when the rows cannot be read or written.
    pub fn turn(&mut self, turn: Turn, log: &mut Log, now: Timestamp, rng: &mut Rng) -> Result<(Left, After), String> {
        let mutation = self.mutation;
        self.go_on_opening(log, now)?;
        let Some(run) = &mut self.run else {
            return Ok((Left::default(), After::Lives));
        };
        if turn.reads_journal {
            run.journal.read(log);
        }
        if run.journal.lease.is_overtaken() && mutation != Some(Mutation::LeaseNotChecked) {
            return Ok((Left::default(), After::Overtaken));
        }
        run.take_recalls(log, moment(now))?;
        run.read(&self.account, self.carrier, log, now, mutation)?;
        if turn.sweeps {
            run.sweep(&self.account, now, mutation)?;
        }
        let values = run.decide(&self.account, now, mutation)?;
        let left = Left {
            segments: std::mem::take(&mut run.sent),
            answers: std::mem::take(&mut run.out.answers),
        };
        match turn.trouble {
            // The planted bug: what is on the socket already is not in the rows.
            Some(Trouble::DiesBeforeWrite) if mutation == Some(Mutation::IntentAfterSocket) => {
                return Ok((left, After::Dead));
            }
            Some(Trouble::DiesBeforeWrite) => return Ok((Left::default(), After::Dead)),
            Some(Trouble::DiesBeforeSocket | Trouble::DiesBeforeAppend | Trouble::StandsStill) | None => {}
        }
        keep(&mut self.disk, run.rows.take_changes());
        match turn.trouble {
            Some(Trouble::DiesBeforeSocket) => return Ok((Left::default(), After::Dead)),
            Some(Trouble::DiesBeforeAppend) => return Ok((left, After::Dead)),
            Some(Trouble::StandsStill) if !left.segments.is_empty() => {
                self.held = Some((left, values));
                self.is_paused = true;
                return Ok((Left::default(), After::StandsStill));
            }
            Some(Trouble::DiesBeforeWrite | Trouble::StandsStill) | None => {}
        }
        if turn.sweeps && rng.chance(100) {
            self.copy_disk();
        }
        self.append(values, turn.sweeps, log, now);
        let after = if self.goes_on_stopping(log, now) { After::Finished } else { After::Lives };
        Ok((left, after))
    }

    /// Wakes up, and goes on with what it was about to hand over: if it may still send.
    pub fn wake(&mut self, log: &mut Log, now: Timestamp) -> (Left, After) {
        self.is_paused = false;
        let Some((mut left, values)) = self.held.take() else {
            return (Left::default(), After::Lives);
        };
        let may_send = self.run.as_ref().is_some_and(|run| run.may_send(now, self.mutation));
        if !may_send && self.mutation != Some(Mutation::LeaseNotLookedAtAgain) {
            return (Left::default(), After::Lapsed);
        }
        for segment in &mut left.segments {
            segment.at = now;
        }
        self.append(values, false, log, now);
        (left, After::Lives)
    }
}
