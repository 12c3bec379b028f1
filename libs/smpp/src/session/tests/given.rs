//! A session under test: what is given to it, what is wanted of it.

use std::time::{Duration, Instant};

use bytes::BytesMut;
use rusmpp::CommandId;

use super::{carrier, start};
use crate::framing::{Frame, FrameDecoder};
use crate::session::{EsmeSession, Event, SessionConfig, SubmitAnswer};
use crate::status::CommandStatus;

pub(super) struct Given {
    pub session: EsmeSession,
    pub now: Instant,
}

/// A session that waits for the answer to its bind.
pub(super) fn binding(config: SessionConfig) -> Given {
    let now = start();
    let mut given = Given { session: EsmeSession::new(config, now).expect("a sound config"), now };
    given.written();
    given
}

/// A bound transceiver with a window of 10.
pub(super) fn bound() -> Given {
    bound_with(SessionConfig::new("acme", "secret08"))
}

pub(super) fn bound_with(config: SessionConfig) -> Given {
    let mut given = binding(config);
    given.receives(&carrier::bind_resp(CommandStatus::OK));
    assert!(matches!(given.events()[..], [Event::Bound { .. }]));
    given
}

impl Given {
    pub(super) fn receives(&mut self, octets: &[u8]) -> &mut Self {
        self.session.handle_input(octets, self.now);
        self
    }

    pub(super) fn receives_header(&mut self, command: CommandId, status: CommandStatus, sequence: u32) -> &mut Self {
        let octets = carrier::header(command, status, sequence);
        self.receives(&octets)
    }

    /// Submits one message and gives its sequence number.
    pub(super) fn submits(&mut self, token: u64) -> u32 {
        self.session
            .submit(token, &carrier::message(), self.now)
            .expect("room in the window")
            .get()
    }

    pub(super) fn waits(&mut self, seconds: u64) -> &mut Self {
        self.now += Duration::from_secs(seconds);
        self.session.handle_timeout(self.now);
        self
    }

    /// Waits until the session itself wants to be called.
    pub(super) fn waits_as_asked(&mut self) -> &mut Self {
        self.now = self.session.poll_timeout().expect("a running session");
        self.session.handle_timeout(self.now);
        self
    }

    pub(super) fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.session.next_event()).collect()
    }

    /// What the session has written since the last look.
    pub(super) fn written(&mut self) -> Vec<Frame> {
        let mut octets = BytesMut::new();
        self.session.take_output(&mut octets);
        let mut decoder = FrameDecoder::new();
        decoder.feed(&octets);
        std::iter::from_fn(|| decoder.next_frame())
            .map(|frame| frame.expect("the session writes sound PDUs"))
            .collect()
    }

    /// The ids and statuses of what was written, from its octets.
    pub(super) fn written_headers(&mut self) -> Vec<(CommandId, CommandStatus, u32)> {
        let mut octets = BytesMut::new();
        self.session.take_output(&mut octets);
        let mut headers = Vec::new();
        while !octets.is_empty() {
            let word = |at: usize| u32::from_be_bytes(octets[at..at + 4].try_into().expect("4 octets"));
            headers.push((word(4).into(), CommandStatus(word(8)), word(12)));
            let length = word(0) as usize;
            let _ = octets.split_to(length);
        }
        headers
    }
}

pub(super) fn answer(token: u64, status: CommandStatus, id: Option<&str>) -> SubmitAnswer {
    SubmitAnswer {
        token,
        status,
        message_id: id.and_then(crate::pdu::CarrierMessageId::new),
        congestion: None,
    }
}
