//! A carrier's bad half hour, as a timetable from a seed: pure, so that a seed means the same storm for ever.

use std::time::Duration;

use volley_carrier_sim::{Chance, Event, Outage, ReceiptAddresses, Rule, SubmitAnswer, TIMETABLE_MAX, TimetableLine};

/// Quiet at the beginning, and between the start of one trouble and the next, in milliseconds.
const FIRST_MS: u64 = 4_000;
const GAP_MS: (u64, u64) = (3_000, 12_000);
/// The longest a trouble lasts, in milliseconds; it also ends with the storm.
const LASTS_MS_MAX: u64 = 20_000;
/// One outage in so many is a long one, and lasts so many milliseconds, where the storm is long enough for it.
const LONG_ONE_IN: usize = 8;
const LONG_OUTAGE_MS: u64 = 120_000;

/// `ESME_RTHROTTLED`.
const THROTTLED: u32 = 0x58;

/// What goes wrong until `span` is over.
pub fn storm(seed: u64, span: Duration) -> Vec<TimetableLine> {
    let mut chance = Chance::from_seed(seed);
    let end_ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let mut lines = Vec::new();
    let mut at_ms = FIRST_MS;
    while at_ms < end_ms && lines.len() < TIMETABLE_MAX {
        let left_ms = end_ms - at_ms;
        let lasts_ms = between(&mut chance, 1_000, LASTS_MS_MAX).min(left_ms);
        lines.push(TimetableLine::once(at_ms, trouble(&mut chance, lasts_ms, left_ms)));
        at_ms += between(&mut chance, GAP_MS.0, GAP_MS.1);
    }
    lines
}

fn trouble(chance: &mut Chance, lasts_ms: u64, left_ms: u64) -> Event {
    match chance.below(16) {
        0 | 1 => Event::CutLinks,
        2 | 3 => outage(chance, Outage::HungUp, lasts_ms, left_ms),
        4 => outage(chance, Outage::Silent, lasts_ms, left_ms),
        5 | 6 => Event::PauseResponses { lasts_ms: lasts_ms / 2 },
        7 | 8 => {
            let refuse = SubmitAnswer::Refuse { status: THROTTLED, times: 0 };
            let share = [20, 50, 100][chance.below(3)];
            for_all(lasts_ms / 2, share, Rule { submit: refuse, ..Rule::DELIVERED })
        }
        9 => for_all(lasts_ms, 10, Rule { submit: SubmitAnswer::Lose, ..Rule::DELIVERED }),
        10 => for_all(lasts_ms, 3, Rule { submit: SubmitAnswer::Cut, ..Rule::DELIVERED }),
        11 | 12 => {
            let receipt_addresses = LYING[chance.below(LYING.len())];
            for_all(lasts_ms, 100, Rule { receipt_addresses, ..Rule::DELIVERED })
        }
        13 => for_all(lasts_ms, 3, Rule { reuse_message_id: true, ..Rule::DELIVERED }),
        14 => for_all(lasts_ms, 3, Rule { receipt_answer_lost: true, ..Rule::DELIVERED }),
        _ => {
            let twice = Rule { receipt_copies: 2, receipt_before_response: true, ..Rule::DELIVERED };
            for_all(lasts_ms, 50, twice)
        }
    }
}

const LYING: [ReceiptAddresses; 4] = [
    ReceiptAddresses::Masked,
    ReceiptAddresses::National,
    ReceiptAddresses::Swapped,
    ReceiptAddresses::Empty,
];

fn for_all(lasts_ms: u64, share_percent: u8, rule: Rule) -> Event {
    Event::Rule { number: "*".into(), rule: Box::new(Rule { share_percent, ..rule }), lasts_ms }
}

fn outage(chance: &mut Chance, kind: Outage, lasts_ms: u64, left_ms: u64) -> Event {
    let long = chance.below(LONG_ONE_IN) == 0 && left_ms > 2 * LONG_OUTAGE_MS;
    Event::Outage { kind, lasts_ms: if long { LONG_OUTAGE_MS } else { lasts_ms } }
}

fn between(chance: &mut Chance, low: u64, high: u64) -> u64 {
    low + chance.draw() % (high - low + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_storm_and_another_one_another() {
        let minute = Duration::from_secs(60);
        assert_eq!(storm(7, minute), storm(7, minute));
        assert_ne!(storm(7, minute), storm(8, minute));
    }

    #[test]
    fn nothing_goes_on_when_the_storm_is_over() {
        let end_ms = 1_800_000;
        let lines = storm(3, Duration::from_millis(end_ms));
        assert!(lines.len() > 100 && lines.len() < TIMETABLE_MAX);
        for line in lines {
            let lasts_ms = match line.event {
                Event::Outage { lasts_ms, .. } | Event::PauseResponses { lasts_ms } | Event::Rule { lasts_ms, .. } => {
                    lasts_ms
                }
                Event::CutLinks => 0,
            };
            assert!(line.after_ms + lasts_ms <= end_ms);
        }
    }
}
