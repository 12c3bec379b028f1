//! What clients want, and what people answer.

use volley_types::{MessageId, SpanMs, Timestamp, TrafficClass};

use crate::{
    rng::Rng,
    setup::{HANDSETS, OWN, SHARED, TENANTS},
};

/// Added to the number in the text when a client uses a request id again with another text.
pub const OTHER_TEXT: u64 = 1_000;

/// When the last client has asked for the first time, milliseconds after the start.
pub const ASKED_MS: u64 = 60_000;

/// One message that a client wants sent, and how it goes for him.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Counts them; it is in the text.
    pub number: u64,
    /// Whose: a place in [`TENANTS`].
    pub tenant: usize,
    /// The virtual number.
    pub from: &'static str,
    /// The handset.
    pub handset: u64,
    /// The class.
    pub class: TrafficClass,
    /// Whether order was asked for.
    pub in_order: bool,
    /// Its validity.
    pub validity: SpanMs,
    /// When it may leave, if a time was set.
    pub send_at: Option<Timestamp>,
    /// Whether its text takes several segments.
    pub long: bool,
    /// Its id, once a door has derived it.
    pub message: Option<MessageId>,
    /// The client was told OK.
    pub accepted: bool,
    /// How often it was asked for.
    pub tries: u32,
}

impl Wish {
    /// Any wish.
    pub fn draw(number: u64, rng: &mut Rng, start: Timestamp) -> Self {
        let tenant = usize::from(rng.chance(500));
        let in_order = rng.chance(300);
        let late = !in_order && rng.chance(100);
        Self {
            number,
            tenant,
            from: if rng.chance(500) { SHARED } else { OWN[tenant] },
            handset: rng.below(HANDSETS),
            class: rng.pick(&TrafficClass::ALL[..TENANTS.len() + 1]),
            in_order,
            validity: SpanMs::from_secs(rng.pick(&[20, 60, 150, 300])),
            send_at: late.then(|| start + SpanMs::from_millis(rng.between(1_000, ASKED_MS + 30_000))),
            long: rng.chance(200),
            message: None,
            accepted: false,
            tries: 0,
        }
    }

    /// Its text: every segment names the message.
    pub fn text(&self, number: u64) -> String {
        match self.long {
            false => format!("m{number} hello"),
            true => format!("m{number} ").repeat(60),
        }
    }
}

/// The message that a segment names.
pub fn named_by(octets: &[u8]) -> Option<u64> {
    let text: String = octets.iter().map(|octet| char::from(*octet)).collect();
    let words = text.split(' ').filter_map(|word| word.strip_prefix('m'));
    // A word may be cut at either end of a segment; the longest is whole, for all of them are equal.
    words.filter_map(|digits| digits.parse().ok()).max()
}

/// What somebody writes who votes: every time the same.
pub const VOTE: &str = "kelly";

/// What a person wrote.
#[derive(Debug, Clone)]
pub struct SentReply {
    /// The handset.
    pub handset: u64,
    /// The virtual number, as digits.
    pub number: String,
    /// The text.
    pub text: String,
    /// The message it answers.
    pub answers: u64,
    /// Whether it is a word of consent.
    pub consent: bool,
}
