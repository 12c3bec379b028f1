//! Opt-outs and opt-ins.

use volley_events::ConsentChanged;
use volley_types::{ArrivalId, NumberId, TenantId, Timestamp};

use crate::{
    error::{At, WireError},
    fields::{id, octets, required},
    proto::{internal::v1 as wire, messaging::v1::ConsentAction},
    words::{number, word},
};

impl From<&ConsentChanged> for wire::ConsentChanged {
    fn from(change: &ConsentChanged) -> Self {
        Self {
            tenant: change.tenant.as_str().to_owned(),
            number: change.number.as_str().to_owned(),
            subscriber: Some((&change.subscriber).into()),
            action: number::<ConsentAction, _>(change.action),
            arrival: id(change.arrival.to_bytes()),
            received_at_us: change.received_at.as_micros(),
        }
    }
}

impl TryFrom<wire::ConsentChanged> for ConsentChanged {
    type Error = WireError;
    fn try_from(wire: wire::ConsentChanged) -> Result<Self, WireError> {
        Ok(Self {
            tenant: TenantId::new(&wire.tenant).at("consent_changed.tenant")?,
            number: NumberId::new(&wire.number).at("consent_changed.number")?,
            subscriber: required(wire.subscriber).at("consent_changed.subscriber")?,
            action: word::<ConsentAction, _>(wire.action).at("consent_changed.action")?,
            arrival: octets(&wire.arrival).map(ArrivalId::from_bytes).at("consent_changed.arrival")?,
            received_at: Timestamp::from_micros(wire.received_at_us),
        })
    }
}
