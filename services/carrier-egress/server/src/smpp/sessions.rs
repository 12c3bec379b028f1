//! The sessions of one account, as the way out for its orders.

use std::time::Instant;

use volley_carrier_egress_core::{PartToAsk, SegmentToSend, Transport, Unsendable};
use volley_carrier_profile::Profile;
use volley_smpp::{CommandStatus, EncodeError, EsmeSession, ReconnectBackoff, SubmitError, SubmitSm};
use volley_types::Timestamp;

use super::{ask::pdu_of, draft::write_draft};
use crate::link::Link;

/// The place of one session.
pub(crate) struct Slot {
    pub state: SlotState,
    pub backoff: ReconnectBackoff,
    /// What the operating system said when the connection ended.
    pub cause: Option<String>,
}

/// How far a session is.
pub(crate) enum SlotState {
    /// Nothing; a connection may be tried from this moment on.
    Idle {
        from: Instant,
    },
    Connecting(Link),
    Open {
        link: Link,
        session: Box<EsmeSession>,
    },
}

impl Slot {
    pub fn idle(from: Instant) -> Self {
        Self { state: SlotState::Idle { from }, backoff: ReconnectBackoff::new(), cause: None }
    }

    pub fn session(&self) -> Option<&EsmeSession> {
        match &self.state {
            SlotState::Open { session, .. } => Some(session),
            SlotState::Idle { .. } | SlotState::Connecting(_) => None,
        }
    }

    pub fn session_mut(&mut self) -> Option<&mut EsmeSession> {
        match &mut self.state {
            SlotState::Open { session, .. } => Some(session),
            SlotState::Idle { .. } | SlotState::Connecting(_) => None,
        }
    }

    pub fn is_bound(&self) -> bool {
        self.session().is_some_and(EsmeSession::is_bound)
    }

    pub fn is_idle(&self) -> bool {
        matches!(self.state, SlotState::Idle { .. })
    }
}

/// The sessions of an account at one moment.
pub(crate) struct Sessions<'a> {
    pub slots: &'a mut [Slot],
    pub profile: &'a Profile,
    /// The message being written; kept so that its texts keep their memory.
    pub draft: &'a mut SubmitSm,
    pub now: Instant,
    pub wall: Timestamp,
    /// Segments taken.
    pub taken: u64,
}

impl Transport for Sessions<'_> {
    fn room(&self, bind: u16) -> usize {
        let slot = self.slots.get(usize::from(bind));
        slot.and_then(Slot::session).map_or(0, EsmeSession::room)
    }

    fn submit(&mut self, bind: u16, token: u64, segment: SegmentToSend<'_>) -> Result<(), Unsendable> {
        write_draft(self.draft, &segment, self.profile, self.wall);
        let slot = self.slots.get_mut(usize::from(bind));
        let Some(session) = slot.and_then(Slot::session_mut) else {
            return Err(refusal(SubmitError::NotBound));
        };
        session.submit(token, self.draft, self.now).map_err(refusal)?;
        self.taken += 1;
        Ok(())
    }

    fn ask(&mut self, bind: u16, token: u64, part: PartToAsk<'_>) -> Result<(), Unsendable> {
        let pdu = pdu_of(part, self.profile, self.wall).map_err(|error| refusal(error.into()))?;
        let slot = self.slots.get_mut(usize::from(bind));
        let Some(session) = slot.and_then(Slot::session_mut) else {
            return Err(refusal(SubmitError::NotBound));
        };
        session.request(token, &pdu, self.now).map(drop).map_err(refusal)
    }
}

/// The status a carrier would have refused with. Anything but a field that does not fit cannot happen while there is room.
fn refusal(error: SubmitError) -> Unsendable {
    let status = match error {
        SubmitError::Encode(EncodeError::TooLong { field, .. } | EncodeError::Unprintable { field }) => match field {
            "source_addr" => CommandStatus::INVALID_SOURCE_ADDRESS,
            "destination_addr" => CommandStatus::INVALID_DESTINATION_ADDRESS,
            _ => CommandStatus::INVALID_MESSAGE_LENGTH,
        },
        SubmitError::Encode(EncodeError::TimeLength { .. }) => CommandStatus::INVALID_EXPIRY,
        SubmitError::WindowFull | SubmitError::NotBound | SubmitError::ReceiverOnly | SubmitError::Operation => {
            CommandStatus::SYSTEM_ERROR
        }
    };
    Unsendable { status: status.0 }
}
