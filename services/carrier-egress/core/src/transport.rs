//! The way out: whatever carries segments to the carrier.

use volley_events::CarrierRequest;
use volley_types::{DialAddress, Timestamp};

/// One segment on its way out.
#[derive(Debug, Clone, Copy)]
pub struct SegmentToSend<'a> {
    /// Who sends.
    pub source: &'a DialAddress,
    /// Who receives.
    pub destination: &'a DialAddress,
    /// `data_coding` (SMPP 3.4 §5.2.19).
    pub data_coding: u8,
    /// `esm_class` (SMPP 3.4 §5.2.12).
    pub esm_class: u8,
    /// What the handset gets, user data header first where there is one.
    pub octets: &'a [u8],
    /// End of the message's validity.
    pub deadline: Timestamp,
    /// It is a whole text of several parts: it goes as `message_payload`, and the carrier splits it.
    pub whole: bool,
}

/// A question about one segment that the carrier has.
#[derive(Debug, Clone, Copy)]
pub struct PartToAsk<'a> {
    /// What is asked.
    pub request: &'a CarrierRequest,
    /// The carrier's id for the segment, as it wrote it.
    pub id: &'a str,
}

/// The segment does not fit the protocol: it will never be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsendable {
    /// The `command_status` a carrier would have refused it with.
    pub status: u32,
}

/// Takes segments into its output. Nothing leaves the machine before the shell has written the rows of the same turn.
pub trait Transport {
    /// How many more segments a bind takes now; 0 while it is not bound.
    fn room(&self, bind: u16) -> usize;

    /// Takes a segment; `token` comes back with its answer. Called only while there is room.
    ///
    /// # Errors
    /// The segment does not fit the protocol; nothing was taken.
    fn submit(&mut self, bind: u16, token: u64, segment: SegmentToSend<'_>) -> Result<(), Unsendable>;

    /// Takes a question about a segment that the carrier has; `token` comes back with its answer. Called only while there is room.
    ///
    /// # Errors
    /// The question does not fit the protocol; nothing was taken.
    fn ask(&mut self, bind: u16, token: u64, part: PartToAsk<'_>) -> Result<(), Unsendable>;
}

/// Numbers the segments that are sent to one carrier, over all its accounts.
#[derive(Debug, Default)]
pub struct Tokens(u64);

impl Tokens {
    /// The next number, from 1.
    pub fn issue(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }

    /// The newest number issued; 0 before the first.
    pub fn newest(&self) -> u64 {
        self.0
    }
}
