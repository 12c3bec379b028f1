//! The text of an SMS, both ways: characters to the octets a carrier is given, and octets back to characters.
//!
//! ```text
//!   text --smart--> text --encoding--> units --segment--> bodies (UDH + octets)    to the phone
//!   text <-----------------decode---------------------- octets, data_coding, UDHI    from the phone
//!     |
//!     +--normalise--> key --optout--> Action
//!                      |----keyword-> Tokens
//! ```
//!
//! Everything here is a pure function of its arguments: no clock, no I/O, no state.
//! Every `Debug` of something that holds a message shows sizes and never the text itself.
//!
//! | module | what it answers |
//! |---|---|
//! | [`gsm7`] | which septets stand for a character, and back, with the national tables |
//! | [`encoding`] | which alphabet a text fits, what it costs there, which data_coding names it |
//! | [`segment`] | how many parts a message takes, and the exact octets of each |
//! | [`udh`] | what a user data header says |
//! | [`decode`](mod@decode) | what a phone wrote |
//! | [`korea`] | how a Korean relay counts and prices a text |
//! | [`smart`] | which typographic characters have a cheaper look-alike |
//! | [`preview`](mod@preview) | what a text will cost, and which characters make it so |
//! | [`optout`] | whether a phone asks to be left alone |
//! | [`keyword`] | which word a phone began with |

pub mod decode;
pub mod encoding;
mod error;
pub mod gsm7;
pub mod keyword;
pub mod korea;
pub mod normalise;
pub mod optout;
pub mod preview;
pub mod segment;
pub mod smart;
pub mod udh;

pub use decode::{DecodeOptions, DecodedText, Part, decode, decode_parts};
pub use encoding::{Encoding, EncodingSet, Limits};
pub use error::{TextError, UdhError};
pub use normalise::key;
pub use preview::{Preview, preview};
pub use segment::{Carriage, LongForm, SEGMENTS_MAX, SegmentBody, SegmentOptions, SegmentPlan, plan};
pub use smart::{Worded, Wording, worded};
pub use udh::{Concatenation, RefBits, Udh};
