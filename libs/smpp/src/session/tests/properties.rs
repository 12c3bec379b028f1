use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use proptest::prelude::*;
use rusmpp::CommandId;

use super::{carrier, start};
use crate::session::{EsmeSession, Event, SessionConfig};
use crate::status::CommandStatus;

const WINDOW: u16 = 5;

/// What may happen to a session, in any order.
#[derive(Debug, Clone)]
enum Step {
    Submit,
    Answer { back: u32, status: u32 },
    Nack { back: u32 },
    Deliver { sequence: u32 },
    Respond { sequence: u32 },
    Header { command: u32, sequence: u32 },
    Noise(Vec<u8>),
    Wait { seconds: u64 },
    Unbind,
    Lose,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => Just(Step::Submit),
        8 => (0..9_u32, 0..3_u32).prop_map(|(back, status)| Step::Answer { back, status }),
        1 => (0..9_u32).prop_map(|back| Step::Nack { back }),
        3 => (0..9_u32).prop_map(|sequence| Step::Deliver { sequence }),
        3 => (0..9_u32).prop_map(|sequence| Step::Respond { sequence }),
        1 => (prop::sample::select(vec![0x15, 0x06, 0x8000_0015, 0x8000_0006, 0x8000_0009]), 0..9_u32)
            .prop_map(|(command, sequence)| Step::Header { command, sequence }),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Step::Noise),
        3 => (0..40_u64).prop_map(|seconds| Step::Wait { seconds }),
        1 => Just(Step::Unbind),
        1 => Just(Step::Lose),
    ]
}

/// A session together with what was seen of it.
struct Watched {
    session: EsmeSession,
    now: Instant,
    next_token: u64,
    last_sequence: u32,
    ends: BTreeMap<u64, u32>,
    late: BTreeMap<u64, u32>,
    closed: u32,
    after_closed: u32,
}

impl Watched {
    fn bound() -> Self {
        let now = start();
        let config = SessionConfig { window: WINDOW, ..SessionConfig::new("acme", "secret08") };
        let mut session = EsmeSession::new(config, now).expect("sound");
        session.handle_input(&carrier::bind_resp(CommandStatus::OK), now);
        Self {
            session,
            now,
            next_token: 0,
            last_sequence: 1,
            ends: BTreeMap::new(),
            late: BTreeMap::new(),
            closed: 0,
            after_closed: 0,
        }
    }

    fn take(&mut self, step: Step) {
        let behind = |back: u32| self.last_sequence.saturating_sub(back);
        match step {
            Step::Submit => self.submit(),
            Step::Answer { back, status } => {
                let octets = carrier::submit_resp(CommandStatus(status), behind(back), "id");
                self.session.handle_input(&octets, self.now);
            }
            Step::Nack { back } => {
                let status = CommandStatus::INVALID_COMMAND_ID;
                let octets = carrier::header(CommandId::GenericNack, status, behind(back));
                self.session.handle_input(&octets, self.now);
            }
            Step::Deliver { sequence } => {
                self.session.handle_input(&carrier::deliver(sequence), self.now);
            }
            Step::Respond { sequence } => {
                self.session.respond_deliver(sequence, CommandStatus::OK);
            }
            Step::Header { command, sequence } => {
                let octets = carrier::header(command.into(), CommandStatus::OK, sequence);
                self.session.handle_input(&octets, self.now);
            }
            Step::Noise(octets) => self.session.handle_input(&octets, self.now),
            Step::Wait { seconds } => {
                self.now += Duration::from_secs(seconds);
                self.session.handle_timeout(self.now);
            }
            Step::Unbind => self.session.unbind(self.now),
            Step::Lose => self.session.connection_lost(self.now),
        }
        self.look();
    }

    fn submit(&mut self) {
        let room = self.session.room();
        match self.session.submit(self.next_token, &carrier::message(), self.now) {
            Ok(sequence) => {
                assert!(room > 0, "taken without room");
                self.last_sequence = sequence.get();
                self.ends.insert(self.next_token, 0);
                self.next_token += 1;
            }
            Err(_) => assert_eq!(room, 0, "refused with room"),
        }
    }

    fn look(&mut self) {
        self.session.take_output(&mut BytesMut::new());
        while let Some(event) = self.session.next_event() {
            self.after_closed += u32::from(self.closed > 0);
            match event {
                Event::SubmitAnswered(answer) => *self.ends.entry(answer.token).or_default() += 1,
                Event::SubmitUnanswered { token } => *self.ends.entry(token).or_default() += 1,
                Event::SubmitAnsweredLate(answer) => *self.late.entry(answer.token).or_default() += 1,
                Event::Closed { .. } => self.closed += 1,
                _ => {}
            }
        }
    }
}

proptest! {
    /// SES-1, SES-2, SES-3, over any order of what can happen.
    #[test]
    fn every_token_ends_once_and_the_window_holds(steps in prop::collection::vec(any_step(), 0..120)) {
        let mut watched = Watched::bound();
        for step in steps {
            watched.take(step);
            let open = watched.ends.values().filter(|ends| **ends == 0).count();
            prop_assert!(open <= usize::from(WINDOW));
            prop_assert!(watched.session.poll_timeout().is_none() == watched.session.is_closed());
        }
        watched.take(Step::Lose);

        prop_assert!(watched.ends.values().all(|ends| *ends == 1), "{:?}", watched.ends);
        prop_assert!(watched.late.values().all(|late| *late == 1), "{:?}", watched.late);
        prop_assert_eq!((watched.closed, watched.after_closed), (1, 0));
    }

    /// A session that is called when it asks ends by itself when the carrier is silent.
    #[test]
    fn time_alone_ends_a_silent_session(messages in 0..=WINDOW, unbind: bool) {
        let mut watched = Watched::bound();
        for _ in 0..messages {
            watched.take(Step::Submit);
        }
        if unbind {
            watched.take(Step::Unbind);
        }
        for _ in 0..32 {
            let Some(due) = watched.session.poll_timeout() else { break };
            watched.now = due;
            watched.session.handle_timeout(due);
            watched.look();
        }

        prop_assert!(watched.session.is_closed());
        prop_assert!(watched.ends.values().all(|ends| *ends == 1));
    }
}
