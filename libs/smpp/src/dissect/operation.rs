//! The operations of SMPP 3.4 and 5.0 by `command_id`.

use super::layout::{self, Layout};

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// Its `command_id`.
    pub id: u32,
    /// The specification's name.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub purpose: &'static str,
    pub(super) layout: Layout,
    /// Whether the specifications put optional parameters behind its fields.
    pub(super) parameters: bool,
}

impl Operation {
    /// Whether it answers another: bit 31 of the id.
    #[must_use]
    pub const fn is_response(&self) -> bool {
        self.id & 0x8000_0000 != 0
    }
}

/// The operation of a `command_id`; `None` for one that the specifications do not know.
#[must_use]
pub fn operation(command_id: u32) -> Option<&'static Operation> {
    OPERATIONS
        .binary_search_by_key(&command_id, |operation| operation.id)
        .ok()
        .map(|index| &OPERATIONS[index])
}

const fn plain(id: u32, name: &'static str, layout: Layout, purpose: &'static str) -> Operation {
    Operation { id, name, purpose, layout, parameters: false }
}

const fn with_parameters(id: u32, name: &'static str, layout: Layout, purpose: &'static str) -> Operation {
    Operation { id, name, purpose, layout, parameters: true }
}

/// By rising id.
#[rustfmt::skip]
static OPERATIONS: [Operation; 33] = [
    plain(0x0000_0001, "bind_receiver", layout::BIND, "a login that receives only"),
    plain(0x0000_0002, "bind_transmitter", layout::BIND, "a login that sends only"),
    plain(0x0000_0003, "query_sm", layout::QUERY_SM, "what became of a message?"),
    with_parameters(0x0000_0004, "submit_sm", layout::MESSAGE, "a message to a phone"),
    with_parameters(0x0000_0005, "deliver_sm", layout::MESSAGE, "a message or receipt from the carrier"),
    plain(0x0000_0006, "unbind", layout::NOTHING, "the sender wants to end the session"),
    with_parameters(0x0000_0007, "replace_sm", layout::REPLACE_SM, "another text for a message still at the carrier"),
    plain(0x0000_0008, "cancel_sm", layout::CANCEL_SM, "take back a message still at the carrier"),
    plain(0x0000_0009, "bind_transceiver", layout::BIND, "a login that sends and receives"),
    plain(0x0000_000B, "outbind", layout::OUTBIND, "the carrier asks to be bound to"),
    plain(0x0000_0015, "enquire_link", layout::NOTHING, "is anybody there?"),
    with_parameters(0x0000_0021, "submit_multi", layout::SUBMIT_MULTI, "one message to several phones"),
    with_parameters(0x0000_0102, "alert_notification", layout::ALERT_NOTIFICATION, "a phone can be reached again"),
    with_parameters(0x0000_0103, "data_sm", layout::DATA_SM, "a message in either direction, its text a parameter"),
    with_parameters(0x0000_0111, "broadcast_sm", layout::BROADCAST_SM, "a message to all phones of an area"),
    with_parameters(0x0000_0112, "query_broadcast_sm", layout::QUERY_BROADCAST_SM, "what became of a broadcast?"),
    with_parameters(0x0000_0113, "cancel_broadcast_sm", layout::CANCEL_BROADCAST_SM, "take back a broadcast"),
    plain(0x8000_0000, "generic_nack", layout::NOTHING, "a request was not understood"),
    with_parameters(0x8000_0001, "bind_receiver_resp", layout::BIND_RESP, "the answer to a bind_receiver"),
    with_parameters(0x8000_0002, "bind_transmitter_resp", layout::BIND_RESP, "the answer to a bind_transmitter"),
    plain(0x8000_0003, "query_sm_resp", layout::QUERY_SM_RESP, "what became of the message"),
    with_parameters(0x8000_0004, "submit_sm_resp", layout::ID_ONLY, "the answer to a submit_sm"),
    with_parameters(0x8000_0005, "deliver_sm_resp", layout::ID_ONLY, "the answer to a deliver_sm"),
    plain(0x8000_0006, "unbind_resp", layout::NOTHING, "the end of the session is agreed to"),
    plain(0x8000_0007, "replace_sm_resp", layout::NOTHING, "the answer to a replace_sm"),
    plain(0x8000_0008, "cancel_sm_resp", layout::NOTHING, "the answer to a cancel_sm"),
    with_parameters(0x8000_0009, "bind_transceiver_resp", layout::BIND_RESP, "the answer to a bind_transceiver"),
    plain(0x8000_0015, "enquire_link_resp", layout::NOTHING, "somebody is there"),
    with_parameters(0x8000_0021, "submit_multi_resp", layout::SUBMIT_MULTI_RESP, "the answer to a submit_multi"),
    with_parameters(0x8000_0103, "data_sm_resp", layout::ID_ONLY, "the answer to a data_sm"),
    with_parameters(0x8000_0111, "broadcast_sm_resp", layout::ID_ONLY, "the answer to a broadcast_sm"),
    with_parameters(0x8000_0112, "query_broadcast_sm_resp", layout::ID_ONLY, "what became of the broadcast"),
    plain(0x8000_0113, "cancel_broadcast_sm_resp", layout::NOTHING, "the answer to a cancel_broadcast_sm"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_request_but_two_has_its_response() {
        assert!(OPERATIONS.windows(2).all(|pair| pair[0].id < pair[1].id));
        let silent: Vec<&str> = OPERATIONS
            .iter()
            .filter(|request| !request.is_response() && operation(request.id | 0x8000_0000).is_none())
            .map(|request| request.name)
            .collect();
        assert_eq!(silent, ["outbind", "alert_notification"]);
    }
}
