//! Message text. It travels sealed in one type, so that it never shows itself and can be encrypted without a schema change.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// Text or octets of a message, with the key they are sealed with.
///
/// `key_id` 0 means unsealed: the bytes are UTF-8 text (or raw octets where the field says so).
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Body {
    /// Key the bytes are sealed with; 0 is none.
    pub key_id: u32,
    bytes: Arc<[u8]>,
}

impl Body {
    /// An unsealed body.
    pub fn plain(bytes: impl AsRef<[u8]>) -> Self {
        Self { key_id: 0, bytes: Arc::from(bytes.as_ref()) }
    }

    /// A body sealed with a key.
    pub fn sealed(key_id: u32, bytes: impl AsRef<[u8]>) -> Self {
        Self { key_id, bytes: Arc::from(bytes.as_ref()) }
    }

    /// The bytes as they travel.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The text of an unsealed body; `None` when sealed or not UTF-8.
    pub fn text(&self) -> Option<&str> {
        if self.key_id == 0 { std::str::from_utf8(&self.bytes).ok() } else { None }
    }
}

/// Shows the length only: message texts stay out of the logs.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} octets, key {})", self.bytes.len(), self.key_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_text() {
        assert_eq!(format!("{:?}", Body::plain("code 4711")), "Body(9 octets, key 0)");
    }

    #[test]
    fn a_sealed_body_is_no_text() {
        assert_eq!(Body::sealed(3, "x").text(), None);
        assert_eq!(Body::plain("x").text(), Some("x"));
    }
}
