//! EGR-1 and EGR-2, over any order of what can happen to an account, restarts included.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use support::{Bench, Wish, alert, attempt};
use volley_carrier_egress_core::{AccountSettings, SegmentAnswer};
use volley_events::RefusalClass;
use volley_types::{AttemptId, Lane, SpanMs};

const SETTINGS: AccountSettings = AccountSettings::new(2, 3, 0);

#[derive(Debug, Clone, Copy)]
enum Step {
    Read { segments: usize, handset: u64, send_before_s: u64 },
    Bind(u16),
    Unbind(u16),
    Answer { which: usize, how: u8 },
    Log,
    Pass { ms: u64 },
    Restart,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1usize..5, 0u64..4, 1u64..200).prop_map(|(segments, handset, send_before_s)| Step::Read {
            segments,
            handset,
            send_before_s,
        }),
        2 => (0u16..2).prop_map(Step::Bind),
        1 => (0u16..2).prop_map(Step::Unbind),
        8 => (0usize..8, 0u8..4).prop_map(|(which, how)| Step::Answer { which, how }),
        2 => Just(Step::Log),
        2 => (1u64..90_000).prop_map(|ms| Step::Pass { ms }),
        1 => Just(Step::Restart),
    ]
}

/// Runs the account, and watches it from outside.
struct Watched {
    bench: Bench,
    wishes: Vec<Wish>,
    /// Tokens without an answer, by bind.
    open: BTreeMap<u64, u16>,
    /// How many segments were looked at in this run, and which were sent in any.
    seen: usize,
    sent: BTreeSet<(u16, u8)>,
    ended: BTreeSet<AttemptId>,
    reports: usize,
}

impl Watched {
    fn new() -> Self {
        let bench = Bench::new(SETTINGS);
        let (wishes, open, sent) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        Self { bench, wishes, open, seen: 0, sent, ended: BTreeSet::new(), reports: 0 }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Read { segments, handset, send_before_s } => {
                let number = u16::try_from(self.wishes.len()).unwrap();
                let send_before = SpanMs::from_secs(self.bench.elapsed.as_millis() / 1_000 + send_before_s);
                let wish = Wish { segments, handset: 79_140_000_000 + handset, send_before, ..alert(number) };
                self.wishes.push(wish);
                self.bench.read(u64::from(number), wish);
            }
            Step::Bind(bind) => self.bench.bind_up(bind),
            Step::Unbind(bind) => {
                self.bench.bind_down(bind);
                self.note_sent();
                self.open.retain(|_, of| *of != bind);
            }
            Step::Answer { which, how } => self.answer(which, how),
            Step::Log => {
                self.bench.log_catches_up();
            }
            Step::Pass { ms } => self.bench.pass(SpanMs::from_millis(ms)),
            Step::Restart => self.restart(),
        }
        self.note_sent();
    }

    fn answer(&mut self, which: usize, how: u8) {
        let Some(token) = self.open.keys().nth(which % self.open.len().max(1)).copied() else {
            return;
        };
        self.open.remove(&token);
        match how {
            0 => self.bench.answer(token, SegmentAnswer::Lost),
            1 => self.bench.refuse(token, 0x45, RefusalClass::RetryOtherRoute),
            _ => self.bench.take(token),
        }
    }

    fn restart(&mut self) {
        let rows = std::mem::take(&mut self.bench.rows);
        let elapsed = self.bench.elapsed;
        self.note_sent();
        self.bench = Bench::on(rows, SETTINGS);
        self.bench.elapsed = elapsed;
        self.open.clear();
        self.seen = 0;
        self.reports = 0;
        let from = self.bench.position(Lane::Normal);
        for (offset, wish) in (0..).zip(self.wishes.clone()).filter(|(offset, _)| *offset >= from) {
            self.bench.read(offset, wish);
        }
    }

    /// Looks at what was sent and reported since the last look.
    fn note_sent(&mut self) {
        for sent in &self.bench.wire.sent[self.seen..] {
            self.open.insert(sent.token, sent.bind);
            let first = self.sent.insert((sent.order, sent.segment));
            assert!(first, "segment {} of order {} was sent twice", sent.segment, sent.order);
            assert!(!self.ended.contains(&attempt(sent.order)), "order {} was sent after its outcome", sent.order);
        }
        self.seen = self.bench.wire.sent.len();
        for (_, report) in &self.bench.reports[self.reports..] {
            self.ended.insert(report.attempt);
        }
        self.reports = self.bench.reports.len();
        for bind in 0..2 {
            let unanswered = self.open.values().filter(|of| **of == bind).count();
            assert!(unanswered <= usize::from(SETTINGS.window), "{unanswered} segments are unanswered on bind {bind}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// EGR-2 at every step; EGR-1: nothing is sent twice or after its outcome, in this run or a later one, and once everything
    /// has had its time, each order has one outcome, told again only with the same words.
    #[test]
    fn every_order_ends_once_and_windows_are_kept(steps in prop::collection::vec(any_step(), 1..80)) {
        let mut watched = Watched::new();
        let mut told = BTreeMap::new();
        for step in steps {
            watched.step(step);
            for (_, report) in &watched.bench.reports {
                let first = told.entry(report.attempt).or_insert_with(|| report.clone());
                prop_assert_eq!(&*first, report, "an outcome was reconsidered");
            }
        }
        watched.step(Step::Unbind(0));
        watched.step(Step::Unbind(1));
        watched.step(Step::Pass { ms: 400_000 });
        watched.step(Step::Log);
        prop_assert_eq!(watched.ended.len(), watched.wishes.len());
        prop_assert_eq!(watched.bench.position(Lane::Normal), watched.wishes.len() as u64);
        prop_assert_eq!(watched.bench.account().unfinished(), 0);
    }
}
