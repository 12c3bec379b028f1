//! From what somebody wrote to the handset it means, and back.
//!
//!   DialAddress, home country --subscriber_of--> SubscriberId --dial_international--> DialAddress
//!   a client's text           --check_recipient--> Recipient
//!
//! NUM-1: `subscriber_of` is total: every address has exactly one key, whatever its octets.
//! NUM-2: a key is settled: what `dial_international` writes for a key reads as that key again.
//! NUM-3: a recipient the front door accepted has the same key at every carrier, whatever that carrier's home country is.
//! NUM-4: nothing here reads a clock, draws a random number or does I/O, so a replay gives the same keys.
//!
//! Numbering plans come from libphonenumber's metadata, compiled into the library. Metadata decides keys, keys decide
//! partitions: the workspace pins the exact version, and another version means another [`CANONICALISATION_VERSION`].
//!
//! | module | holds |
//! |---|---|
//! | [`canonical`] | address to key |
//! | [`recipient`] | the check at the front door |
//! | [`dial`] | key to address, international and national |
//! | [`digits`] | E.164 digits for longest-prefix match |
//! | [`country`] | the country of a key |
//! | `written` | separators and digits of any script |
//! | `plan` | one text read by the numbering plans |
//! | `reading` | the several ways to read an address, and which one wins |

pub mod canonical;
pub mod country;
pub mod dial;
pub mod digits;
pub mod recipient;

mod plan;
mod reading;
mod written;

pub use canonical::{CANONICALISATION_VERSION, subscriber_of};
pub use country::country_of;
pub use dial::{TrunkPrefix, dial_international, dial_national};
pub use digits::E164Digits;
pub use recipient::{RECIPIENT_CHARACTERS_MAX, Recipient, RecipientError, check_recipient};
