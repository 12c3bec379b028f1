//! Opt-outs and opt-ins.

use serde::{Deserialize, Serialize};
use volley_types::{ArrivalId, NumberId, SubscriberId, TenantId, Timestamp};

/// What the person asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ConsentAction {
    /// STOP in any of its words: nothing from this number, no advertising from any of the tenant's numbers.
    OptOut,
    /// Something that very likely means STOP: acts like it, and is marked for review.
    OptOutLikely,
    /// START: everything from this tenant again.
    OptIn,
    /// HELP: changes nothing, is answered.
    Help,
}

/// A person opted out of, or back into, what a tenant sends. On `routing.in`, ahead of everything the client can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentChanged {
    /// The tenant it concerns.
    pub tenant: TenantId,
    /// The number the person wrote to.
    pub number: NumberId,
    /// The person.
    pub subscriber: SubscriberId,
    /// What was asked for; never [`ConsentAction::Help`].
    pub action: ConsentAction,
    /// The arrival that said so.
    pub arrival: ArrivalId,
    /// When it came in at our edge.
    pub received_at: Timestamp,
}
