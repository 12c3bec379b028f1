//! The timetable in force.

use std::time::Duration;

use super::Carrier;
use super::link::End;
use super::timers::Due;
use crate::clock::Now;
use crate::timetable::{Event, TIMETABLE_MAX, TimetableLine};

impl Carrier {
    /// Plans a line, counted from now; false if there are [`TIMETABLE_MAX`] to come already.
    pub(crate) fn plan_line(&mut self, line: TimetableLine, now: Now) -> bool {
        if self.lines >= TIMETABLE_MAX {
            return false;
        }
        self.lines += 1;
        let at = now.instant + Duration::from_millis(line.after_ms);
        self.timers.set(at, Due::Line(Box::new(line)));
        true
    }

    /// A line of the timetable is due.
    pub(super) fn happen(&mut self, line: TimetableLine, now: Now) {
        self.lines -= 1;
        let later = |lasts_ms: u64| now.instant + Duration::from_millis(lasts_ms);
        match &line.event {
            Event::Outage { kind, lasts_ms } => self.go_out(*kind, Some(Duration::from_millis(*lasts_ms)), now),
            Event::CutLinks => self.end_all(End::AtOnce),
            Event::PauseResponses { lasts_ms } => {
                let pause = self.pause_responses(true, now);
                self.timers.set(later(*lasts_ms), Due::PauseEnds { pause });
            }
            Event::Rule { number, rule, lasts_ms } => {
                let rule = self.rules.set(number.clone(), **rule);
                self.timers.set(later(*lasts_ms), Due::RuleEnds { rule });
            }
        }
        if let Some(every_ms) = line.every_ms {
            self.plan_line(TimetableLine { after_ms: every_ms, ..line }, now);
        }
    }

    /// Ends a pause of the responses, if it is still that one.
    pub(super) fn end_pause(&mut self, pause: u64, now: Now) {
        if pause == self.pauses {
            self.pause_responses(false, now);
        }
    }
}
