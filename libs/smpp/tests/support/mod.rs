//! What several tests need.

use volley_smpp::{DeliverSm, SubmitSm};

/// The `submit_sm` with the same fields: the two operations have one body.
pub fn as_submit(message: &DeliverSm) -> SubmitSm {
    SubmitSm {
        service_type: message.service_type.clone(),
        source: message.source.clone(),
        destination: message.destination.clone(),
        esm_class: message.esm_class,
        protocol_id: message.protocol_id,
        priority: message.priority,
        schedule: message.schedule.clone(),
        validity: message.validity.clone(),
        registered_delivery: message.registered_delivery,
        replace_if_present: message.replace_if_present,
        data_coding: message.data_coding,
        default_message_id: message.default_message_id,
        short_message: message.short_message.clone(),
        tlvs: message.tlvs.clone(),
    }
}
