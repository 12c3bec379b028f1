//! A simulated mobile carrier: an SMPP 3.4 server with handsets, played persons and a journal.
//!
//! ```text
//!   client ==SMPP==> submit ---> rule by number ---> handset's inbox ---> played person
//!     ^                 |              |                                       |
//!     +== response <----+              |                                       |
//!     +== receipt  <-------------------+                                       |
//!     +== text     <-----------------------------------------------------------+
//!                 everything, as it happens ---> journal (memory, JSON Lines)
//! ```
//!
//! [`CarrierSim::start`] gives a [`CarrierSimHandle`]; the binary of the same name wraps it with flags and an HTTP
//! control port. What becomes of a message is asked for by the number dialled: [`RULES_BY_LAST_DIGITS`], or a [`Rule`]
//! of one's own. The README lists both, and the statuses of every refusal.
//!
//! It shares no protocol code with the system it is there to test.

pub mod bench;
mod carrier;
pub mod cli;
mod clock;
mod config;
mod control;
mod journal;
mod mo;
mod pattern;
mod person;
mod receipt;
mod redact;
mod rule;
mod server;
mod text;
mod timetable;
mod wire;

pub use carrier::{DELIVERIES_MAX, KEPT_MAX, Outage, RETRY_DELAY_MS, ReceivedText};
pub use clock::Chance;
pub use config::{AccountConfig, ConfigError, SimConfig};
pub use control::Control;
pub use journal::{Counters, DeliveryKind, Entry, FLUSH_INTERVAL_MS, Fact, JournalFilter};
pub use mo::{Alphabet, LongText, Mo, MoError, PartOrder};
pub use pattern::Pattern;
pub use person::{ANSWER_DELAY_MS, Line, PERSONS_MAX, Person, default_persons};
pub use rule::{
    BEFORE_RESPONSE_GAP_MS, IdForm, LastDigits, Outcome, RULES_BY_LAST_DIGITS, RULES_MAX, ReceiptAddresses,
    ReceiptFacts, Rule, RuleFor, SubmitAnswer,
};
pub use server::{CarrierSim, CarrierSimHandle, StartError, WaitTimeout};
pub use timetable::{EVERY_MS_MIN, Event, TIMETABLE_MAX, TimetableLine};
pub use wire::Address;
