//! API keys: `vk_<12 hexadecimal digits>_<43 characters of base64url>`.
//!
//! The digits are the public part, by which a key is named in lists and logs. The characters are 32 random octets. Only the
//! SHA-256 of the whole key is ever stored.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// SHA-256 of a whole key.
pub type KeyHash = [u8; 32];

/// Octets of the public part.
pub const KEY_ID_OCTETS: usize = 6;

/// Octets of the secret.
pub const SECRET_OCTETS: usize = 32;

/// A key that was just made.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    key_id: String,
    text: String,
}

impl ApiKey {
    /// Makes a key of random octets.
    pub fn from_random(key_id: [u8; KEY_ID_OCTETS], secret: [u8; SECRET_OCTETS]) -> Self {
        let key_id = hex::encode(key_id);
        let text = format!("vk_{key_id}_{}", URL_SAFE_NO_PAD.encode(secret));
        Self { key_id, text }
    }

    /// The public part.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The whole key, for its owner and nobody else.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What it is known by.
    pub fn hash(&self) -> KeyHash {
        hash_of_key(&self.text)
    }
}

/// Shows the public part only.
impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey(vk_{}_…)", self.key_id)
    }
}

/// What a key that somebody shows is looked up by. Any text has a hash; only a key's own is in the directory.
pub fn hash_of_key(text: &str) -> KeyHash {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_public_part_and_43_characters_of_secret() {
        let key = ApiKey::from_random([0xAB; 6], [0xFF; 32]);
        assert_eq!(key.key_id(), "abababababab");
        assert_eq!(key.expose().len(), 3 + 12 + 1 + 43);
        assert!(key.expose().starts_with("vk_abababababab_"));
        assert_eq!(key.hash(), hash_of_key(key.expose()));
    }

    #[test]
    fn another_secret_is_another_hash_and_the_secret_never_shows() {
        let (key, other) = (ApiKey::from_random([1; 6], [1; 32]), ApiKey::from_random([1; 6], [2; 32]));
        assert_ne!(key.hash(), other.hash());
        let secret = key.expose().rsplit('_').next().unwrap();
        assert!(!format!("{key:?}").contains(secret));
    }
}
