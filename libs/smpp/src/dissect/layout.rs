//! What stands in the body of each operation, in order (SMPP 3.4 §4, SMPP 5.0 §4).

/// One field of a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub name: &'static str,
    pub form: Form,
}

/// How a field is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// One octet.
    Octet,
    /// Four octets.
    Word,
    /// A C-octet string of so many characters, terminator excluded.
    CString(usize),
    /// As many octets as the field before says.
    Counted,
    /// As many groups as the field before says; the groups of a destination depend on its `dest_flag`.
    Destinations,
    /// As many groups as the field before says.
    Groups(&'static [&'static [Slot]]),
}

const fn octet(name: &'static str) -> Slot {
    Slot { name, form: Form::Octet }
}

const fn text(name: &'static str, characters_max: usize) -> Slot {
    Slot { name, form: Form::CString(characters_max) }
}

pub(super) type Layout = &'static [&'static [Slot]];

const SERVICE: &[Slot] = &[text("service_type", 5)];
const SOURCE: &[Slot] = &[octet("source_addr_ton"), octet("source_addr_npi"), text("source_addr", 20)];
const DESTINATION: &[Slot] = &[octet("dest_addr_ton"), octet("dest_addr_npi"), text("destination_addr", 20)];
const LONG_SOURCE: &[Slot] = &[octet("source_addr_ton"), octet("source_addr_npi"), text("source_addr", 64)];
const LONG_DESTINATION: &[Slot] = &[octet("dest_addr_ton"), octet("dest_addr_npi"), text("destination_addr", 64)];
const MESSAGE_ID: &[Slot] = &[text("message_id", 64)];
const SCHEDULE: &[Slot] = &[text("schedule_delivery_time", 16), text("validity_period", 16)];
const CLASSES: &[Slot] = &[octet("esm_class"), octet("protocol_id"), octet("priority_flag")];
const CODING: &[Slot] = &[
    octet("registered_delivery"),
    octet("replace_if_present_flag"),
    octet("data_coding"),
    octet("sm_default_msg_id"),
];
const SHORT_MESSAGE: &[Slot] = &[octet("sm_length"), Slot { name: "short_message", form: Form::Counted }];

pub(super) const NOTHING: Layout = &[];
pub(super) const ID_ONLY: Layout = &[MESSAGE_ID];
pub(super) const BIND: Layout = &[&[
    text("system_id", 15),
    text("password", 8),
    text("system_type", 12),
    octet("interface_version"),
    octet("addr_ton"),
    octet("addr_npi"),
    text("address_range", 40),
]];
pub(super) const BIND_RESP: Layout = &[&[text("system_id", 15)]];
pub(super) const OUTBIND: Layout = &[&[text("system_id", 15), text("password", 8)]];
pub(super) const MESSAGE: Layout = &[SERVICE, SOURCE, DESTINATION, CLASSES, SCHEDULE, CODING, SHORT_MESSAGE];
pub(super) const DATA_SM: Layout = &[
    SERVICE,
    LONG_SOURCE,
    LONG_DESTINATION,
    &[octet("esm_class"), octet("registered_delivery"), octet("data_coding")],
];
pub(super) const SUBMIT_MULTI: Layout = &[
    SERVICE,
    SOURCE,
    &[octet("number_of_dests"), Slot { name: "dest_address", form: Form::Destinations }],
    CLASSES,
    SCHEDULE,
    CODING,
    SHORT_MESSAGE,
];
pub(super) const SUBMIT_MULTI_RESP: Layout =
    &[MESSAGE_ID, &[octet("no_unsuccess"), Slot { name: "unsuccess_sme", form: Form::Groups(FAILURE) }]];
const FAILURE: Layout = &[DESTINATION, &[Slot { name: "error_status_code", form: Form::Word }]];
pub(super) const ADDRESS_BY_FLAG: Layout = &[DESTINATION];
pub(super) const LIST_BY_FLAG: Layout = &[&[text("dl_name", 20)]];
pub(super) const DEST_FLAG: Slot = octet("dest_flag");
pub(super) const QUERY_SM: Layout = &[MESSAGE_ID, SOURCE];
pub(super) const QUERY_SM_RESP: Layout =
    &[MESSAGE_ID, &[text("final_date", 16), octet("message_state"), octet("error_code")]];
pub(super) const CANCEL_SM: Layout = &[SERVICE, MESSAGE_ID, SOURCE, DESTINATION];
pub(super) const REPLACE_SM: Layout = &[
    MESSAGE_ID,
    SOURCE,
    SCHEDULE,
    &[octet("registered_delivery"), octet("sm_default_msg_id")],
    SHORT_MESSAGE,
];
pub(super) const ALERT_NOTIFICATION: Layout =
    &[LONG_SOURCE, &[octet("esme_addr_ton"), octet("esme_addr_npi"), text("esme_addr", 64)]];
pub(super) const BROADCAST_SM: Layout = &[
    SERVICE,
    SOURCE,
    MESSAGE_ID,
    &[octet("priority_flag")],
    SCHEDULE,
    &[octet("replace_if_present_flag"), octet("data_coding"), octet("sm_default_msg_id")],
];
pub(super) const QUERY_BROADCAST_SM: Layout = &[MESSAGE_ID, SOURCE];
pub(super) const CANCEL_BROADCAST_SM: Layout = &[SERVICE, MESSAGE_ID, SOURCE];
