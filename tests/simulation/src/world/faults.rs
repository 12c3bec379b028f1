//! What goes wrong, and how it is put right.

use volley_types::SpanMs;

use super::{Door, Event, FAIR_WEATHER, Standstill, World};
use crate::{
    carrier::Mood,
    log::{Weather, Writer},
    rng::Rng,
    setup::{BINDS, TENANTS, tenant_config},
};

/// A process that may die: whoever is meant to be the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    /// Of one partition of routing or mo-correlation, counted over both.
    Processor(usize),
    /// Of a carrier.
    Egress(u8),
    /// A front door.
    Door(u8),
    /// The fan-out of `config`.
    Fanout,
}

/// How the log behaves while things go wrong.
pub(super) fn weather(rng: &mut Rng) -> Weather {
    Weather {
        delay_ms: rng.pick(&[5, 20, 200]),
        slow_per_mille: rng.pick(&[0, 50, 200]),
        slow_ms: rng.pick(&[500, 3_000, 8_000]),
        holes: rng.chance(500),
    }
}

impl World {
    /// Decides what goes wrong before `until_ms`.
    pub(super) fn plan_faults(&mut self, until_ms: u64) {
        for _ in 0..self.rng.below(14) {
            let victim = self.any_victim();
            let at = self.rng.between(50, until_ms);
            self.after_ms(at, Event::Crash(victim));
        }
        for _ in 0..self.rng.below(8) {
            let (carrier, bind) = (self.rng.pick(&[0, 1]), self.rng.pick(&[0, 1]));
            let (at, again_ms) = (self.rng.between(50, until_ms), self.rng.between(100, 5_000));
            self.after_ms(at, Event::LinkCut { carrier, bind, again_ms });
        }
        for _ in 0..self.rng.below(3) {
            // The whole carrier is away.
            let carrier = self.rng.pick(&[0, 1]);
            let (at, again_ms) = (self.rng.between(50, until_ms), self.rng.between(5_000, 70_000));
            for bind in 0..BINDS {
                self.after_ms(at, Event::LinkCut { carrier, bind, again_ms });
            }
        }
        self.plan_replacements(until_ms);
        if self.rng.chance(200) {
            let (tenant, at) = (self.rng.pick(&[0, 1]), self.rng.between(1_000, until_ms / 2));
            let span = self.rng.between(1_000, until_ms / 2);
            self.after_ms(at, Event::Pause { tenant, paused: true });
            self.after_ms(at + span, Event::Pause { tenant, paused: false });
        }
    }

    /// Decides who stands still, is replaced or stopped, and whose disk is lost.
    fn plan_replacements(&mut self, until_ms: u64) {
        let often = self.rng.pick(&[0, 250, 600]);
        for _ in 0..4 {
            if !self.rng.chance(often) {
                continue;
            }
            let victim = match self.rng.chance(500) {
                true => Victim::Processor(self.any_seat()),
                false => Victim::Egress(self.rng.pick(&[0, 1])),
            };
            let how = match self.rng.below(5) {
                0 => Standstill::ForAWhile,
                1 | 2 => Standstill::Replaced { has_copy: true },
                _ => Standstill::Replaced { has_copy: false },
            };
            let at = self.rng.between(1_000, until_ms);
            self.after_ms(at, Event::StandStill(victim, how));
        }
        for _ in 0..self.rng.below(3) {
            let (carrier, at) = (self.rng.pick(&[0, 1]), self.rng.between(1_000, until_ms));
            self.after_ms(at, Event::Stop(carrier));
        }
        if self.rng.chance(often / 2) {
            let (carrier, at) = (self.rng.pick(&[0, 1]), self.rng.between(1_000, until_ms));
            self.after_ms(at, Event::PowerLost(carrier));
        }
    }

    fn any_seat(&mut self) -> usize {
        usize::try_from(self.rng.below(self.seats.len() as u64)).unwrap_or(0)
    }

    fn any_victim(&mut self) -> Victim {
        match self.rng.below(10) {
            0..=4 => Victim::Processor(self.any_seat()),
            5..=7 => Victim::Egress(self.rng.pick(&[0, 1])),
            8 => Victim::Door(self.rng.pick(&[0, 1])),
            _ => Victim::Fanout,
        }
    }

    pub(super) fn crash(&mut self, victim: Victim) {
        match victim {
            Victim::Processor(seat) => self.processor_dies(self.seats[seat]),
            Victim::Egress(carrier) => self.owner_dies(self.owners[usize::from(carrier)]),
            Victim::Door(door) => {
                let door_state = &mut self.doors[usize::from(door)];
                *door_state = Door { life: door_state.life + 1, appended: door_state.appended, ..Door::default() };
                self.log.cut(Writer::Door(door));
                self.comes_back(victim);
            }
            Victim::Fanout => {
                self.fanout.up = false;
                self.fanout.copying = None;
                // Its file may be older than what it copied.
                self.fanout.position = usize::try_from(self.rng.below(self.fanout.position as u64 + 1)).unwrap_or(0);
                self.log.cut(Writer::Fanout);
                self.comes_back(victim);
            }
        }
    }

    /// Somebody starts it again, or another one in its place.
    pub(super) fn comes_back(&mut self, victim: Victim) {
        let back = if self.rng.chance(700) {
            self.rng.between(1, 3_000)
        } else {
            self.rng.between(3_000, 25_000)
        };
        self.after_ms(back, Event::Start(victim));
    }

    pub(super) fn start(&mut self, victim: Victim) -> Result<(), String> {
        match victim {
            Victim::Processor(seat) if !self.processors[self.seats[seat]].is_up() => {
                let index = self.seats[seat];
                self.runs += 1;
                self.processors[index].start(self.runs, &mut self.log, self.now)?;
            }
            Victim::Egress(carrier) if !self.egress[self.owners[usize::from(carrier)]].is_up() => {
                self.owner_starts(self.owners[usize::from(carrier)])?;
            }
            Victim::Door(door) => self.doors[usize::from(door)].up = true,
            Victim::Fanout => {
                self.fanout.up = true;
                self.after_ms(1, Event::CopyConfig);
            }
            Victim::Processor(_) | Victim::Egress(_) => {}
        }
        Ok(())
    }

    pub(super) fn pause(&mut self, tenant: usize, paused: bool) {
        self.configure(tenant_config(TENANTS[tenant], paused));
    }

    /// From now on everything works.
    pub(super) fn calm(&mut self) -> Result<(), String> {
        self.is_calm = true;
        self.crash_per_10_000 = 0;
        self.log.set_weather(FAIR_WEATHER);
        for carrier in &mut self.carriers {
            carrier.mood = Mood::FAIR;
        }
        let doomed = |event: &Event| {
            matches!(
                event,
                Event::Crash(_) | Event::LinkCut { .. } | Event::Stop(_) | Event::PowerLost(_) | Event::StandStill(..)
            )
        };
        self.queue.retain(|_, event| !doomed(event));
        self.about_to_stand.clear();
        for seat in 0..self.seats.len() {
            self.start(Victim::Processor(seat))?;
        }
        for victim in [Victim::Fanout, Victim::Door(0), Victim::Door(1), Victim::Egress(0), Victim::Egress(1)] {
            self.start(victim)?;
        }
        for tenant in 0..TENANTS.len() {
            self.pause(tenant, false);
        }
        self.settled_at = self.settled_at.max(self.now + SpanMs::from_secs(60));
        Ok(())
    }
}
