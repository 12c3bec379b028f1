//! Short names that people choose and topics carry: tenants, carriers, accounts, subscriptions, polls, keywords.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize};

/// Longest name, in octets: it must fit into a topic name beside its prefix and suffix.
pub const NAME_OCTETS_MAX: usize = 48;

/// Longest keyword after folding, in octets of UTF-8.
pub const KEYWORD_OCTETS_MAX: usize = 64;

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Nothing in it.
    #[error("is empty")]
    Empty,
    /// Longer than its limit.
    #[error("has {octets} octets, the limit is {limit}")]
    TooLong {
        /// Octets given.
        octets: usize,
        /// Octets allowed.
        limit: usize,
    },
    /// A character outside the allowed set.
    #[error("has the character {character:?} at position {position}; allowed are {allowed}")]
    Character {
        /// The first offending character.
        character: char,
        /// Its position in characters, from 0.
        position: usize,
        /// The allowed set, in words.
        allowed: &'static str,
    },
}

/// A lower-case name: `a-z`, `0-9`, `-` and `_`, first a letter or digit, 1 to [`NAME_OCTETS_MAX`] octets.
fn check_name(text: &str) -> Result<(), InvalidName> {
    const ALLOWED: &str = "a-z, 0-9, '-' and '_', the first a letter or digit";
    check_length(text, NAME_OCTETS_MAX)?;
    let fault = text.chars().enumerate().find(|&(position, c)| {
        let alphanumeric = c.is_ascii_lowercase() || c.is_ascii_digit();
        !(alphanumeric || (position > 0 && matches!(c, '-' | '_')))
    });
    match fault {
        Some((position, character)) => Err(InvalidName::Character { character, position, allowed: ALLOWED }),
        None => Ok(()),
    }
}

/// A folded keyword: no blanks, no control characters, 1 to [`KEYWORD_OCTETS_MAX`] octets.
fn check_keyword(text: &str) -> Result<(), InvalidName> {
    check_length(text, KEYWORD_OCTETS_MAX)?;
    match text.chars().enumerate().find(|(_, c)| c.is_whitespace() || c.is_control()) {
        Some((position, character)) => {
            Err(InvalidName::Character { character, position, allowed: "letters and digits without blanks" })
        }
        None => Ok(()),
    }
}

fn check_length(text: &str, limit: usize) -> Result<(), InvalidName> {
    match text.len() {
        0 => Err(InvalidName::Empty),
        octets if octets > limit => Err(InvalidName::TooLong { octets, limit }),
        _ => Ok(()),
    }
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident by $check:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks and keeps the name.
            pub fn new(text: &str) -> Result<Self, InvalidName> {
                $check(text)?;
                Ok(Self(Arc::from(text)))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;
            fn from_str(text: &str) -> Result<Self, InvalidName> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

names! {
    /// A client of Volley: who owns numbers, sends messages and receives replies.
    TenantId by check_name;
    /// Whom we have a contract with; the space in which carrier message ids are unique.
    CarrierName by check_name;
    /// One login (`system_id`) at a carrier. Names its topics; never used twice.
    AccountId by check_name;
    /// One ordered stream of a tenant's events.
    SubscriptionId by check_name;
    /// One poll or vote.
    PollId by check_name;
    /// The folded first word of a reply that names a service on a shared number.
    Keyword by check_keyword;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_plain_name_and_names_the_fault_of_others() {
        assert_eq!(TenantId::new("acme-bank_2").unwrap().as_str(), "acme-bank_2");
        assert_eq!(TenantId::new(""), Err(InvalidName::Empty));
        assert!(matches!(TenantId::new("Acme"), Err(InvalidName::Character { character: 'A', position: 0, .. })));
        assert!(matches!(TenantId::new("-acme"), Err(InvalidName::Character { character: '-', .. })));
        assert!(matches!(TenantId::new(&"a".repeat(49)), Err(InvalidName::TooLong { octets: 49, limit: 48 })));
    }

    #[test]
    fn a_row_with_a_bad_name_does_not_decode() {
        let bytes = postcard::to_allocvec("Not A Name").unwrap();
        assert!(postcard::from_bytes::<TenantId>(&bytes).is_err());
        let bytes = postcard::to_allocvec(&TenantId::new("acme").unwrap()).unwrap();
        assert_eq!(postcard::from_bytes::<TenantId>(&bytes).unwrap(), TenantId::new("acme").unwrap());
    }
}
