//! Between the wire and the domain. Nothing here does I/O.
//!
//! ```text
//!            Record ──encode──▶ Envelope octets ──▶ a log entry with its Header (48 octets, readable when the body is not)
//!            Record ◀──decode── Envelope octets           │
//!       PublicEvent ──public_record──▶ flat octets, CloudEvents attributes
//!       ClientEvent ──client_event──▶ messaging.v1.Event with its cursor
//! ```
//!
//! - What [`encode`] writes, [`decode`] reads back to an equal record, and the same record always gives the same octets (G4).
//! - [`decode`] checks every limit of the domain's types; a [`WireError`] names the field and the fault. No octets make it panic.
//! - Texts and whole numbers of handsets show in no `Debug`, no [`describe`] and no [`to_json`].
//!
//! The generated types are in [`proto`], the names of the topics in [`topics`].

mod answers;
mod at_carrier;
mod attempt;
mod client;
mod config;
mod consent;
mod control;
mod cursor;
mod describe;
mod envelope;
mod error;
mod fields;
mod inbound;
mod recall;
mod redact;
mod routing;
mod submission;
mod words;

pub mod header;
pub mod proto;
pub mod public;
pub mod topics;

pub use answers::{client_event, client_reply, message_status};
pub use cursor::{CursorError, decode_cursor, encode_cursor};
pub use describe::{Described, describe, receipt_state, to_json};
pub use envelope::{TraceContext, decode, decode_traced, encode};
pub use error::{Fault, WireError};
pub use header::{HEADER_OCTETS, Header, HeaderError};
pub use public::{Handsets, Pseudonyms, PublicRecord, event_id, public_event, public_record, public_to_json};
