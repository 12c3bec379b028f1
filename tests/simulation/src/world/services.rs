//! The log, and processors at work.

use super::{Event, World};
use crate::{
    log::{Advance, Place, Topic, Writer},
    processor::Worked,
};

impl World {
    /// Lets the log make durable and acknowledge what is due, and wakes who waits for it.
    pub(super) fn let_log_advance(&mut self) {
        let Advance { grown, acknowledged } = self.log.advance(self.now);
        for place in grown {
            self.wake_readers(place);
        }
        for (writer, ticket) in acknowledged {
            match writer {
                Writer::Door(door) => self.door_acknowledged(door, ticket),
                Writer::Fanout => self.copied(ticket),
                Writer::Processor(index) => {
                    let index = usize::from(index);
                    self.processors[index].acknowledged(ticket, &self.log);
                    self.wake(index, 0);
                }
                Writer::Egress(owner) => self.after_ms(0, Event::Acknowledged(usize::from(owner), ticket)),
            }
        }
    }

    fn wake_readers(&mut self, (topic, partition): Place) {
        let soon = self.rng.below(5);
        match topic {
            Topic::RoutingIn | Topic::CorrelationIn => {
                let reads = |index: &usize| self.processors[*index].input() == (topic, partition);
                let readers: Vec<_> = (0..self.processors.len()).filter(reads).collect();
                readers.into_iter().for_each(|index| self.wake(index, soon));
            }
            Topic::Lane(carrier, _) | Topic::Journal(carrier) => self.turn_owners(Some(carrier), soon),
            Topic::Recall => self.turn_owners(None, soon),
            Topic::Cursors => [0, 1]
                .into_iter()
                .for_each(|door| self.after_ms(soon * 40, Event::FoldCursors(door))),
            Topic::Inbox | Topic::Events => {}
        }
    }

    fn turn_owners(&mut self, of: Option<u8>, soon: u64) {
        for owner in 0..self.egress.len() {
            if self.egress[owner].is_open() && of.is_none_or(|carrier| carrier == self.egress[owner].carrier) {
                self.after_ms(soon, Event::Turn(owner, false));
            }
        }
    }

    /// Has a processor look after so many milliseconds, unless it looks before.
    pub(super) fn wake(&mut self, index: usize, ms: u64) {
        let at = self.now + volley_types::SpanMs::from_millis(ms);
        if self.work_at[index].is_none_or(|planned| at < planned) {
            self.work_at[index] = Some(at);
            self.at(at, Event::Work(index));
        }
    }

    pub(super) fn work(&mut self, index: usize) -> Result<(), String> {
        if self.work_at[index].is_some_and(|planned| planned > self.now) {
            return Ok(());
        }
        self.work_at[index] = None;
        let processor = &mut self.processors[index];
        let worked = processor.work(&mut self.log, self.now, &mut self.rng);
        let worked = worked.map_err(|what| format!("{:?}/{}: {what}", processor.kind, processor.partition))?;
        match worked {
            Worked::Until(Some(due)) => self.wake(index, due.since(self.now).as_millis() + 1),
            Worked::Until(None) => {}
            // A later owner is there.
            Worked::Superseded => self.processor_dies(index),
        }
        // It may die just after it sent something on its way.
        if self.rng.below(10_000) < self.crash_per_10_000 && self.processors[index].is_up() {
            self.processor_dies(index);
        }
        Ok(())
    }
}
