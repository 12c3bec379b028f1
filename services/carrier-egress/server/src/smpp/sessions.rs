//! The sessions of one account, as the way out for its orders.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use bytes::Bytes;
use volley_carrier_egress_core::{SegmentToSend, Transport, Unsendable};
use volley_smpp::{
    Address, CommandStatus, EncodeError, EsmeSession, ReconnectBackoff, SmppTime, SubmitError, SubmitSm,
    time::RelativeTime,
};
use volley_types::{DialAddress, SpanMs, Timestamp};

use crate::link::Link;

/// `registered_delivery`: a receipt of success and of failure (SMPP 3.4 §5.2.17).
const RECEIPT_WANTED: u8 = 0x01;

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

    pub fn is_idle(&self) -> bool {
        matches!(self.state, SlotState::Idle { .. })
    }
}

/// The sessions of an account at one moment.
pub(crate) struct Sessions<'a> {
    pub slots: &'a mut [Slot],
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
        write_draft(self.draft, &segment, self.wall);
        let slot = self.slots.get_mut(usize::from(bind));
        let Some(session) = slot.and_then(Slot::session_mut) else {
            return Err(refusal(SubmitError::NotBound));
        };
        session.submit(token, self.draft, self.now).map_err(refusal)?;
        self.taken += 1;
        Ok(())
    }
}

fn write_draft(draft: &mut SubmitSm, segment: &SegmentToSend<'_>, now: Timestamp) {
    write_address(&mut draft.source, segment.source);
    write_address(&mut draft.destination, segment.destination);
    draft.esm_class = segment.esm_class;
    draft.data_coding = segment.data_coding;
    draft.registered_delivery = RECEIPT_WANTED;
    draft.short_message = Bytes::copy_from_slice(segment.octets);
    draft.validity.clear();
    let rest = Duration::from_millis(segment.deadline.since(now).max(SpanMs::from_secs(1)).as_millis());
    // Writing into a text cannot fail.
    let _ = write!(draft.validity, "{}", SmppTime::Relative(RelativeTime::from_duration(rest)));
}

fn write_address(address: &mut Address, dial: &DialAddress) {
    address.ton = dial.ton.0.into();
    address.npi = dial.npi.0.into();
    address.digits.clear();
    address.digits.push_str(dial.digits());
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

#[cfg(test)]
mod tests {
    use volley_types::{Npi, Ton};

    use super::*;

    #[test]
    fn a_segment_is_written_with_the_rest_of_its_validity_and_asks_for_a_receipt() {
        let source = DialAddress::new("4565", Ton::UNKNOWN, Npi::ISDN).unwrap();
        let destination = DialAddress::new("79140000001", Ton::INTERNATIONAL, Npi::ISDN).unwrap();
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let segment = SegmentToSend {
            source: &source,
            destination: &destination,
            data_coding: 8,
            esm_class: 0x40,
            octets: b"\x05\x00\x03\x01\x02\x01",
            deadline: now + SpanMs::from_secs(600),
        };
        let mut draft = SubmitSm::default();
        write_draft(&mut draft, &segment, now);
        assert_eq!(draft.validity, "000000001000000R");
        assert_eq!((draft.registered_delivery, draft.data_coding, draft.esm_class), (1, 8, 0x40));
        assert_eq!((draft.source.digits.as_str(), draft.destination.digits.as_str()), ("4565", "79140000001"));
        assert_eq!(draft.check(), Ok(()));
    }
}
