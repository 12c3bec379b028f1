//! Processors and owners of carriers at work.

use super::{Event, World};
use crate::{
    egress::CrashPoint,
    log::{Advance, Place, Topic, Writer},
    setup::{BINDS, PARTITIONS},
};

/// How often an owner looks at what time decides, milliseconds.
const SWEEP_MS: u64 = 1_000;

impl World {
    /// Lets the log make durable and acknowledge what is due, and wakes who waits for it.
    pub(super) fn let_log_advance(&mut self) -> Result<(), String> {
        let Advance { grown, acknowledged } = self.log.advance(self.now);
        for place in grown {
            self.wake_readers(place);
        }
        for (writer, ticket) in acknowledged {
            match writer {
                Writer::Door(door) => self.door_acknowledged(door, ticket),
                Writer::Fanout => self.copied(ticket),
                Writer::Routing(partition) => {
                    self.processors[usize::from(partition)].acknowledged(ticket);
                    self.wake(usize::from(partition), 0);
                }
                Writer::Correlation(partition) => {
                    let index = usize::from(PARTITIONS + partition);
                    self.processors[index].acknowledged(ticket);
                    self.wake(index, 0);
                }
                Writer::Egress(carrier) => {
                    self.egress[usize::from(carrier)].acknowledged(ticket, self.now)?;
                    self.after_ms(0, Event::Turn(carrier, false));
                }
            }
        }
        Ok(())
    }

    fn wake_readers(&mut self, (topic, partition): Place) {
        let soon = self.rng.below(5);
        match topic {
            Topic::RoutingIn => self.wake(usize::from(partition), soon),
            Topic::CorrelationIn => self.wake(usize::from(PARTITIONS + partition), soon),
            Topic::Lane(carrier, _) => self.after_ms(soon, Event::Turn(carrier, false)),
            Topic::Recall => (0..2).for_each(|carrier| self.after_ms(soon, Event::Turn(carrier, false))),
            Topic::Inbox | Topic::Events => {}
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
        let due = processor.work(&mut self.log, self.now, &mut self.rng);
        let due = due.map_err(|what| format!("{:?}/{}: {what}", processor.kind, processor.partition))?;
        if let Some(due) = due {
            self.wake(index, due.since(self.now).as_millis() + 1);
        }
        // It may die just after it sent something on its way.
        if self.rng.below(10_000) < self.crash_per_10_000 && self.processors[index].is_up() {
            self.crash(super::Victim::Processor(index));
        }
        Ok(())
    }

    pub(super) fn turn(&mut self, carrier: u8, sweeps: bool) -> Result<(), String> {
        let index = usize::from(carrier);
        if !self.is_lively() {
            return Ok(());
        }
        if sweeps {
            self.after_ms(SWEEP_MS, Event::Turn(carrier, true));
        }
        if !self.egress[index].is_up() {
            return Ok(());
        }
        let dies = self.rng.below(10_000) < self.crash_per_10_000;
        let point = dies.then(|| self.rng.pick(&CrashPoint::ALL));
        let (left, lives) = self.egress[index].turn(&mut self.log, self.now, sweeps, point)?;
        for segment in left.segments {
            let latency = self.rng.between(1, 30);
            self.after_ms(latency, Event::Segment(carrier, Box::new(segment)));
        }
        for answer in left.answers {
            let latency = self.rng.between(1, 30);
            let (link, sequence, status) = (answer.link.0, answer.sequence, answer.status);
            self.after_ms(latency, Event::DeliveryAnswered { carrier, link, sequence, status });
        }
        if !lives {
            self.crash(super::Victim::Egress(carrier));
        }
        Ok(())
    }

    pub(super) fn owner_starts(&mut self, carrier: u8) -> Result<(), String> {
        self.egress[usize::from(carrier)].start(&self.log, self.now)?;
        for bind in 0..BINDS {
            let ms = self.rng.between(20, 1_500);
            self.after_ms(ms, Event::LinkUp { carrier, bind });
        }
        // The one round of looks goes on while the owner is away.
        if self.now == crate::setup::START + volley_types::SpanMs::from_millis(1) {
            self.after_ms(1, Event::Turn(carrier, true));
        }
        self.after_ms(1, Event::Turn(carrier, false));
        Ok(())
    }

    /// An owner dies, and its connections with it. What is on the wire already still arrives.
    pub(super) fn owner_dies(&mut self, carrier: u8) {
        self.egress[usize::from(carrier)].crash(&mut self.log);
        let ended: Vec<u64> = self
            .links
            .iter()
            .filter(|(_, (of, _))| *of == carrier)
            .map(|(link, _)| *link)
            .collect();
        for link in ended {
            self.link_ends(carrier, link);
        }
    }
}
