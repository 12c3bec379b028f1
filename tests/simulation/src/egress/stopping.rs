//! How an owner stops in order: nothing begins, what was sent is settled, the sessions end, the journal is told.

use volley_carrier_egress_core::Account;
use volley_events::{JournalEntry, Record, Run};
use volley_types::Timestamp;

use super::{Egress, journal};
use crate::{
    log::{Log, Ticket},
    mutation::Mutation,
};

/// How far a stop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopping {
    /// What was sent is answered, reported and settled.
    Finishing,
    /// The sessions end.
    Unbinding,
    /// The journal learns that the stop was clean.
    LastWords(Ticket),
    /// It knows.
    Said,
}

impl Egress {
    /// Begins to stop, if it runs.
    pub fn stop(&mut self) {
        let Some(run) = &mut self.run else { return };
        if run.stopping.is_some() {
            return;
        }
        run.stopping = Some(Stopping::Finishing);
        if let Some(account) = run.core.account_mut(&self.account) {
            account.stop();
        }
    }

    /// Whether it wants sessions.
    pub fn may_bind(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.stopping.is_none())
    }

    /// Whether everything it had to say is on the log.
    pub fn has_stopped(&self) -> bool {
        let over = |run: &super::run::Run| run.stopping == Some(Stopping::Said) && run.awaited.is_empty();
        self.run.as_ref().is_some_and(over)
    }

    /// Takes the next step of a stop; whether the sessions are to end now.
    pub(super) fn goes_on_stopping(&mut self, log: &mut Log, now: Timestamp) -> bool {
        let Some(run) = &mut self.run else { return false };
        match run.stopping {
            Some(Stopping::Finishing) if run.core.accounts().all(|account| Account::unfinished(account) == 0) => {
                run.stopping = Some(Stopping::Unbinding);
                true
            }
            Some(Stopping::Unbinding) if run.binds.iter().all(|bind| bind.link.is_none()) => {
                self.say_last_words(log, now);
                false
            }
            Some(_) | None => false,
        }
    }

    /// The rows are safe from a failure of power before the journal says that they know everything.
    fn say_last_words(&mut self, log: &mut Log, now: Timestamp) {
        if self.mutation != Some(Mutation::CleanStopNotSynced) {
            self.copy_disk();
        }
        let Some(mut run) = self.run.take() else { return };
        let last = Record::Journal(JournalEntry::Run(Run { clean_stop: true, ..run.journal.run }));
        let words = run.journal.gathered().into_iter().chain([last]);
        let entries = words.map(|word| self.entry(&word, now)).collect();
        let ticket = log.append(self.writer(), vec![(journal::place(self.carrier), entries)], now);
        run.stopping = Some(Stopping::LastWords(ticket));
        self.run = Some(run);
    }

    /// The log acknowledged an append: perhaps that of the last words.
    pub(super) fn last_words_acknowledged(&mut self, ticket: Ticket) {
        if let Some(run) = &mut self.run
            && run.stopping == Some(Stopping::LastWords(ticket))
        {
            run.stopping = Some(Stopping::Said);
        }
    }
}
