//! How one carrier wants to be spoken to: what telecom people ask of every new carrier, as one table.
//!
//! ```text
//!   TOML --read--> Profile --> routing: encodings and cuts     --> egress: sessions, addresses, ids, receipts, statuses, pace
//!          |          +------> explain: in words
//!          +--> every mistake: key, fault, limit
//! ```
//!
//! A profile that leaves everything out is the default one: SMPP 3.4, GSM-7 and UCS-2, headers for long texts, receipts by
//! `esm_class`. `deploy/carriers/reference.toml` holds every key with its default; a test keeps the two together.

mod codes;
mod errors;
mod explain;
mod fault;
mod profile;
mod read;
mod section;

pub use errors::ErrorTable;
pub use explain::explain;
pub use fault::{Fault, Faults};
pub use profile::{
    Addresses, AtCarrier, BindStyle, Limits, MessageIds, Pace, Profile, ReceiptRules, SessionRules, Splitting,
    TextRules, Tls, TonNpi, ValidityForm, ValidityRules,
};
pub use read::{PROFILE_OCTETS_MAX, read};
