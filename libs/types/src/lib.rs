//! The words of Volley, as types that cannot hold a wrong value.
//!
//! Every id, number and time that crosses a crate boundary is a newtype with a private field and a fallible constructor, so a
//! value is checked once, where it enters, and trusted from then on. Nothing here does I/O, reads a clock or draws a random number.
//!
//! | module | holds |
//! |---|---|
//! | [`name`] | the short names of tenants, carriers, accounts, subscriptions, polls |
//! | [`message`] | message, attempt, request and arrival ids |
//! | [`address`] | countries, dialled addresses (digits, TON, NPI), virtual numbers |
//! | [`subscriber`] | the canonical handset and its partition |
//! | [`class`] | traffic classes, lanes, and what each class promises |
//! | [`state`] | the states a message can be in and the reasons for them |
//! | [`error_code`] | what was wrong at a carrier, in one vocabulary for all |
//! | [`time`] | points in time and spans |
//! | [`position`] | where a record comes from: source, offset, index |
//! | [`body`] | message text, which never shows itself |

pub mod address;
pub mod body;
pub mod class;
pub mod error_code;
pub mod message;
pub mod name;
pub mod position;
pub mod state;
pub mod subscriber;
pub mod time;

pub use address::{Country, DialAddress, Npi, NumberId, NumberKind, Ton};
pub use body::Body;
pub use class::{AmbiguityPolicy, Lane, TrafficClass};
pub use error_code::ErrorCode;
pub use message::{ArrivalId, AttemptId, ContentHash, MessageId, RequestId, RunId, ThreadId};
pub use name::{AccountId, CarrierName, InvalidName, Keyword, PollId, SubscriptionId, TenantId};
pub use position::{Position, Source};
pub use state::{FinalState, MessageState, Reason};
pub use subscriber::{PARTITIONS_MAX, Partition, SubscriberId};
pub use time::{SpanMs, Timestamp};
