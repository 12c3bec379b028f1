//! Owners: those of carriers at work, and how owners of both kinds stand still, are replaced, and wake up.

use super::{Event, Victim, World};
use crate::{
    egress::{After, Left, Trouble, Turn},
    happened::Happened,
    log::Ticket,
    setup::BINDS,
};

/// How often an owner looks at what time decides, milliseconds.
const SWEEP_MS: u64 = 1_000;

/// How an owner stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standstill {
    /// For a while; it stays the owner.
    ForAWhile,
    /// Another one takes its place, with an old copy of its disk or with an empty one.
    Replaced {
        /// Whether there is a copy.
        has_copy: bool,
    },
}

/// Who stands still, counted over everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sleeper {
    /// Of a partition.
    Processor(usize),
    /// Of a carrier.
    Owner(usize),
}

impl World {
    pub(super) fn turn(&mut self, owner: usize, sweeps: bool) -> Result<(), String> {
        let is_owner = self.owners.contains(&owner);
        if !self.is_lively() || !(is_owner || self.egress[owner].is_up()) {
            return Ok(());
        }
        if sweeps {
            self.after_ms(SWEEP_MS, Event::Turn(owner, true));
        }
        if !self.egress[owner].is_up() || self.egress[owner].is_paused {
            return Ok(());
        }
        let turn = Turn { sweeps, reads_journal: self.rng.chance(700), trouble: self.any_trouble(owner) };
        if !turn.reads_journal {
            let soon = self.rng.between(1, 20);
            self.after_ms(soon, Event::Turn(owner, false));
        }
        let (left, after) = self.egress[owner].turn(turn, &mut self.log, self.now, &mut self.rng)?;
        self.leave(owner, left);
        self.becomes(owner, after);
        Ok(())
    }

    fn any_trouble(&mut self, owner: usize) -> Option<Trouble> {
        if self.about_to_stand.contains_key(&owner) {
            return Some(Trouble::StandsStill);
        }
        let dies = self.rng.below(10_000) < self.crash_per_10_000;
        dies.then(|| self.rng.pick(&Trouble::DEATHS))
    }

    fn becomes(&mut self, owner: usize, after: After) {
        match after {
            After::Lives => {
                if let Some(at) = self.egress[owner].opens_at() {
                    self.at(at, Event::Turn(owner, false));
                }
            }
            After::Dead => self.owner_dies(owner),
            After::StandsStill => {
                if let Some(how) = self.about_to_stand.remove(&owner) {
                    self.owner_stands(owner, how);
                }
            }
            After::Lapsed => {
                self.tally.count(Happened::OwnerLapsed);
                self.owner_gives_up(owner);
            }
            After::Overtaken => {
                self.tally.count(Happened::OwnerOvertaken);
                self.owner_gives_up(owner);
            }
            After::Finished => self.unbind(owner),
        }
    }

    /// An owner found that another took its place. Somebody may start it again all the same.
    fn owner_gives_up(&mut self, owner: usize) {
        self.owner_dies(owner);
        let carrier = self.egress[owner].carrier;
        if !self.owners.contains(&owner) && self.rng.chance(500) {
            self.tally.count(Happened::OwnerBack);
            self.owners[usize::from(carrier)] = owner;
            self.comes_back(Victim::Egress(carrier));
        }
    }

    /// Somebody stops an owner in order.
    pub(super) fn stop(&mut self, carrier: u8) {
        let owner = self.owners[usize::from(carrier)];
        self.egress[owner].stop();
        self.after_ms(0, Event::Turn(owner, false));
    }

    /// Everything an owner sent is settled: its sessions end.
    fn unbind(&mut self, owner: usize) {
        for link in self.links_of(owner) {
            self.link_ends(self.egress[owner].carrier, link);
            self.after_ms(0, Event::LinkEnded { owner, link });
        }
        self.after_ms(1, Event::Turn(owner, false));
    }

    /// The log has an owner's last words: it is gone. The power of its machine may fail later.
    fn owner_stopped(&mut self, owner: usize) {
        self.tally.count(Happened::OwnerStopped);
        self.owner_dies(owner);
        if self.rng.chance(300) {
            self.tally.count(Happened::PowerLostAfterStop);
            self.egress[owner].lose_power(&mut self.log);
        }
    }

    /// The connections of an owner.
    fn links_of(&self, owner: usize) -> Vec<u64> {
        let of_owner = |(_, (of, _)): &(&u64, &(usize, u16))| *of == owner;
        self.links.iter().filter(of_owner).map(|(link, _)| *link).collect()
    }

    /// What an owner handed to its sockets is on its way.
    fn leave(&mut self, owner: usize, left: Left) {
        let carrier = self.egress[owner].carrier;
        for segment in left.segments {
            let latency = self.rng.between(1, 30);
            self.after_ms(latency, Event::Segment(carrier, Box::new(segment)));
        }
        for answer in left.answers {
            let latency = self.rng.between(1, 30);
            let (link, sequence, status) = (answer.link.0, answer.sequence, answer.status);
            self.after_ms(latency, Event::DeliveryAnswered { carrier, link, sequence, status });
        }
    }

    pub(super) fn owner_acknowledged(&mut self, owner: usize, ticket: Ticket) -> Result<(), String> {
        let was_open = self.egress[owner].is_open();
        self.egress[owner].acknowledged(ticket, &self.log, self.now)?;
        if !was_open && self.egress[owner].is_open() {
            self.bind(owner);
        }
        if self.egress[owner].has_stopped() {
            self.owner_stopped(owner);
        }
        self.after_ms(0, Event::Turn(owner, false));
        Ok(())
    }

    pub(super) fn owner_starts(&mut self, owner: usize) -> Result<(), String> {
        self.runs += 1;
        self.egress[owner].start(self.runs, &mut self.log, self.now)?;
        if self.egress[owner].is_open() {
            self.bind(owner);
        }
        self.after_ms(1, Event::Turn(owner, false));
        Ok(())
    }

    fn bind(&mut self, owner: usize) {
        for bind in 0..BINDS {
            let ms = self.rng.between(20, 1_500);
            self.after_ms(ms, Event::LinkUp { owner, bind });
        }
    }

    /// An owner dies, and its connections with it. What is on the wire already still arrives.
    pub(super) fn owner_dies(&mut self, owner: usize) {
        let carrier = self.egress[owner].carrier;
        self.egress[owner].crash(&mut self.log);
        self.stalled.remove(&owner);
        self.about_to_stand.remove(&owner);
        for link in self.links_of(owner) {
            self.link_ends(carrier, link);
        }
        if self.owners.contains(&owner) {
            self.comes_back(Victim::Egress(carrier));
        }
    }

    /// The power of an owner's machine fails: it starts once more, with what the disk held a while ago.
    pub(super) fn power_lost(&mut self, carrier: u8) {
        let owner = self.owners[usize::from(carrier)];
        if self.egress[owner].is_up() {
            self.tally.count(Happened::PowerLost);
            self.owner_dies(owner);
            self.egress[owner].lose_power(&mut self.log);
        }
    }

    pub(super) fn stand_still(&mut self, victim: Victim, how: Standstill) {
        match victim {
            Victim::Processor(seat) => self.partition_stands(seat, how),
            Victim::Egress(carrier) => {
                let owner = self.owners[usize::from(carrier)];
                // Between its rows and the socket, or where nothing is under way.
                if self.egress[owner].is_open() && !self.egress[owner].is_paused && self.rng.chance(600) {
                    self.about_to_stand.insert(owner, how);
                } else {
                    self.owner_stands(owner, how);
                }
            }
            Victim::Door(_) | Victim::Fanout => {}
        }
    }

    fn owner_stands(&mut self, owner: usize, how: Standstill) {
        let carrier = self.egress[owner].carrier;
        if self.egress[owner].is_up() {
            self.egress[owner].is_paused = true;
            let ms = self.rng.between(500, 40_000);
            self.after_ms(ms, Event::Wake(Sleeper::Owner(owner)));
        }
        let Standstill::Replaced { has_copy } = how else { return };
        self.tally.count(match has_copy {
            true => Happened::OwnerReplacedByCopy,
            false => Happened::OwnerReplaced,
        });
        let other = self.egress.len();
        let id = u16::try_from(other).unwrap_or(u16::MAX);
        self.egress.push(self.egress[owner].successor(id, has_copy));
        self.owners[usize::from(carrier)] = other;
        self.after_ms(1, Event::Turn(other, true));
        self.comes_back(Victim::Egress(carrier));
    }

    fn partition_stands(&mut self, seat: usize, how: Standstill) {
        let index = self.seats[seat];
        if self.processors[index].is_up() {
            self.processors[index].is_paused = self.rng.chance(700);
            let ms = self.rng.between(500, 30_000);
            self.after_ms(ms, Event::Wake(Sleeper::Processor(index)));
        }
        let Standstill::Replaced { has_copy } = how else { return };
        self.tally.count(Happened::PartitionReplaced);
        let other = self.processors.len();
        let id = u16::try_from(other).unwrap_or(u16::MAX);
        self.processors.push(self.processors[index].successor(id, has_copy));
        self.work_at.push(None);
        self.seats[seat] = other;
        self.comes_back(Victim::Processor(seat));
    }

    pub(super) fn wake_up(&mut self, sleeper: Sleeper) {
        match sleeper {
            Sleeper::Processor(index) if self.processors[index].is_paused => {
                self.processors[index].is_paused = false;
                if !self.seats.contains(&index) {
                    self.tally.count(Happened::PartitionWoke);
                    self.processors[index].decided_late = Some(0);
                }
                self.wake(index, 1);
            }
            Sleeper::Owner(owner) if self.egress[owner].is_paused => {
                if !self.owners.contains(&owner) {
                    self.tally.count(Happened::OwnerWoke);
                }
                let (left, after) = self.egress[owner].wake(&mut self.log, self.now);
                self.leave(owner, left);
                for event in self.stalled.remove(&owner).unwrap_or_default() {
                    self.after_ms(1, event);
                }
                self.after_ms(1, Event::Turn(owner, false));
                self.becomes(owner, after);
            }
            Sleeper::Processor(_) | Sleeper::Owner(_) => {}
        }
    }

    pub(super) fn processor_dies(&mut self, index: usize) {
        let processor = &mut self.processors[index];
        self.tally
            .add(Happened::DecidedLate, processor.decided_late.take().unwrap_or(0));
        processor.crash(&mut self.log);
        if let Some(seat) = self.seats.iter().position(|of| *of == index) {
            self.comes_back(Victim::Processor(seat));
        }
    }

    /// What does not reach somebody who stands still waits for him.
    pub(super) fn reaches(&mut self, event: Event) -> Option<Event> {
        let owner = match &event {
            Event::Acknowledged(owner, _) | Event::LinkUp { owner, .. } | Event::LinkEnded { owner, .. } => {
                Some(*owner)
            }
            Event::Answered { link, .. } | Event::Delivered { link, .. } => {
                self.links.get(link).map(|(owner, _)| *owner)
            }
            _ => None,
        };
        match owner.filter(|owner| self.egress[*owner].is_paused) {
            Some(owner) => {
                self.stalled.entry(owner).or_default().push(event);
                None
            }
            None => Some(event),
        }
    }
}
