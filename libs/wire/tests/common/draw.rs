//! Values drawn from octets.

use volley_events::CarrierMessageId;
use volley_types::{
    AttemptId, Body, DialAddress, ErrorCode, FinalState, Lane, MessageId, MessageState, Npi, NumberId, Reason,
    RequestId, SubscriberId, Timestamp, Ton, TrafficClass,
};

/// Octets to draw values from; zeros when they are used up.
pub struct Draw<'a>(pub &'a [u8]);

const NAME: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-_";

impl Draw<'_> {
    pub fn octet(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    pub fn octets<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.octet())
    }

    pub fn short(&mut self) -> u16 {
        u16::from_be_bytes(self.octets())
    }

    pub fn int(&mut self) -> u32 {
        u32::from_be_bytes(self.octets())
    }

    pub fn long(&mut self) -> u64 {
        u64::from_be_bytes(self.octets())
    }

    pub fn flag(&mut self) -> bool {
        self.octet() % 2 == 1
    }

    pub fn time(&mut self) -> Timestamp {
        Timestamp::from_micros(self.long() as i64)
    }

    pub fn pick<T: Copy, const N: usize>(&mut self, choices: [T; N]) -> T {
        choices[usize::from(self.octet()) % N]
    }

    pub fn option<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.flag() { Some(value(self)) } else { None }
    }

    pub fn list<T>(&mut self, least: usize, value: impl Fn(&mut Self) -> T) -> Vec<T> {
        let count = least + usize::from(self.octet()) % 5;
        (0..count).map(|_| value(self)).collect()
    }

    /// Any text, also empty, also outside of ASCII.
    pub fn text(&mut self) -> String {
        let octets = self.list(0, Self::octet);
        String::from_utf8_lossy(&octets).into_owned()
    }

    /// A name that the constructor `new` takes.
    pub fn name<T, E: std::fmt::Debug>(&mut self, new: impl Fn(&str) -> Result<T, E>) -> T {
        let first = char::from(self.pick(*b"abcxyz019"));
        let rest = self.list(0, |draw| char::from(NAME[usize::from(draw.octet()) % NAME.len()]));
        new(&std::iter::once(first).chain(rest).collect::<String>()).unwrap()
    }

    pub fn message(&mut self) -> MessageId {
        MessageId::from_bytes(self.octets())
    }

    pub fn attempt(&mut self) -> AttemptId {
        AttemptId { message: self.message(), number: self.short() }
    }

    pub fn request(&mut self) -> RequestId {
        self.name(RequestId::new)
    }

    pub fn number(&mut self) -> NumberId {
        let ids = ["KR:4565", "KR:114@skt", "RU:79140000001", "GB:ACME Bank"];
        NumberId::new(self.pick(ids)).unwrap()
    }

    pub fn subscriber(&mut self) -> SubscriberId {
        if self.flag() {
            return SubscriberId::opaque(&format!("skt/{}/{}", self.octet(), self.int())).unwrap();
        }
        SubscriberId::e164(1_000_000 + self.long() % 900_000_000_000_000).unwrap()
    }

    pub fn address(&mut self) -> DialAddress {
        let digits = self.list(0, |draw| char::from(b' ' + draw.octet() % 95));
        DialAddress::new(&digits.into_iter().collect::<String>(), Ton(self.octet()), Npi(self.octet())).unwrap()
    }

    pub fn body(&mut self) -> Body {
        let octets = self.list(0, Self::octet);
        Body::sealed(self.int(), octets)
    }

    pub fn class(&mut self) -> TrafficClass {
        self.pick(TrafficClass::ALL)
    }

    pub fn lane(&mut self) -> Lane {
        self.pick(Lane::ALL)
    }

    pub fn final_state(&mut self) -> FinalState {
        use FinalState::{Cancelled, Delivered, Expired, Failed, Refused, Unknown};
        self.pick([Delivered, Failed, Expired, Unknown, Refused, Cancelled])
    }

    pub fn state(&mut self) -> MessageState {
        let over = MessageState::Final(self.final_state());
        self.pick([MessageState::Accepted, MessageState::Queued, MessageState::Routed, MessageState::Submitted, over])
    }

    pub fn reason(&mut self) -> Reason {
        self.pick([
            Reason::None,
            Reason::ReceiptDelivered,
            Reason::ReceiptUndeliverable,
            Reason::ReceiptExpired,
            Reason::ReceiptDeleted,
            Reason::ReceiptRejected,
            Reason::ReceiptSkipped,
            Reason::ReceiptUnknown,
            Reason::NoReceipt,
            Reason::CarrierRefused,
            Reason::RetriesExhausted,
            Reason::ValidityEnded,
            Reason::Ambiguous,
            Reason::OptedOut,
            Reason::NoRoute,
            Reason::SenderNotOwned,
            Reason::TenantSuspended,
            Reason::TooManySegments,
            Reason::CancelledByClient,
        ])
    }

    pub fn error_code(&mut self) -> ErrorCode {
        self.pick(ErrorCode::NAMES).0
    }

    pub fn carrier_id(&mut self) -> CarrierMessageId {
        CarrierMessageId::new(&format!("{:x}", self.long())).unwrap()
    }

    pub fn carrier_ids(&mut self) -> Vec<Option<CarrierMessageId>> {
        self.list(0, |draw| draw.option(Self::carrier_id))
    }
}
