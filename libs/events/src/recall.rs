//! What egress shall take back (D9).

use volley_types::{DialAddress, MessageId, SubscriberId, TenantId};

/// Takes back what its source decided before the recall's own position and what has not reached a socket; nothing later.
/// Repeating it changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recall {
    /// What is taken back.
    pub scope: RecallScope,
}

/// What a recall takes back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecallScope {
    /// One message, of which its client wants nothing more.
    Message(MessageId),
    /// What a person opted out of: everything of the tenant from this number, and all its advertising.
    OptOut {
        /// The tenant.
        tenant: TenantId,
        /// The person.
        subscriber: SubscriberId,
        /// The number as orders carry it: their `source_addr`.
        source: DialAddress,
    },
    /// Everything of a tenant that is paused.
    Tenant(TenantId),
}
