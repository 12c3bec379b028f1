//! The 67 named codes by rising value. The class is the default for a `submit_sm_resp`.

use super::CommandStatus;
use super::StatusClass::{
    self, ConfigError, Ok, Permanent, Rebind, RetryOtherRoute, RetrySameRouteLater, ThrottleBackoff,
};

/// Code, name, default class, and what it says in words.
pub(super) type Row = (u32, &'static str, StatusClass, &'static str);

/// The row of `status`, if the specifications name it.
pub(super) fn row(status: CommandStatus) -> Option<&'static Row> {
    ROWS.binary_search_by_key(&status.0, |row| row.0).ok().map(|index| &ROWS[index])
}

#[rustfmt::skip]
pub(super) const ROWS: [Row; 67] = [
    (0x000, "ESME_ROK", Ok, "accepted"),
    (0x001, "ESME_RINVMSGLEN", Permanent, "the message is too long for this carrier: our splitter and the carrier's limit disagree"),
    (0x002, "ESME_RINVCMDLEN", Rebind, "the length of the PDU was refused: the stream may be out of step"),
    (0x003, "ESME_RINVCMDID", ConfigError, "the carrier does not know this operation; after bind_transceiver, bind as transmitter and receiver"),
    (0x004, "ESME_RINVBNDSTS", Rebind, "the session is not bound for this operation"),
    (0x005, "ESME_RALYBND", Rebind, "already bound, or too many binds: wait until the old session has timed out"),
    (0x006, "ESME_RINVPRTFLG", ConfigError, "the priority_flag was refused"),
    (0x007, "ESME_RINVREGDLVFLG", ConfigError, "the registered_delivery was refused: receipts may not be allowed"),
    (0x008, "ESME_RSYSERR", RetrySameRouteLater, "the carrier is in trouble"),
    (0x00A, "ESME_RINVSRCADR", ConfigError, "the sender is not accepted on this route"),
    (0x00B, "ESME_RINVDSTADR", Permanent, "the destination is not accepted; if there are many, the route lacks the prefix"),
    (0x00C, "ESME_RINVMSGID", Permanent, "no message has this id (query, cancel, replace)"),
    (0x00D, "ESME_RBINDFAIL", Rebind, "the login failed for no stated reason: credentials, address list or number of binds"),
    (0x00E, "ESME_RINVPASWD", ConfigError, "wrong password"),
    (0x00F, "ESME_RINVSYSID", ConfigError, "unknown system_id"),
    (0x011, "ESME_RCANCELFAIL", Permanent, "the message could not be cancelled"),
    (0x013, "ESME_RREPLACEFAIL", Permanent, "the message could not be replaced"),
    (0x014, "ESME_RMSGQFUL", RetrySameRouteLater, "a queue is full, for this destination or for the whole carrier"),
    (0x015, "ESME_RINVSERTYP", ConfigError, "the service_type was refused"),
    (0x033, "ESME_RINVNUMDESTS", ConfigError, "the number of destinations was refused (submit_multi)"),
    (0x034, "ESME_RINVDLNAME", ConfigError, "the distribution list is not known (submit_multi)"),
    (0x040, "ESME_RINVDESTFLAG", ConfigError, "the dest_flag was refused (submit_multi)"),
    (0x042, "ESME_RINVSUBREP", ConfigError, "replace_if_present was refused"),
    (0x043, "ESME_RINVESMCLASS", ConfigError, "the esm_class was refused: often a user data header is not allowed; try sar_ parameters or message_payload"),
    (0x044, "ESME_RCNTSUBDL", ConfigError, "the distribution list cannot be submitted to"),
    (0x045, "ESME_RSUBMITFAIL", RetryOtherRoute, "refused for no stated reason; some carriers mean a blocked subscriber or content"),
    (0x048, "ESME_RINVSRCTON", ConfigError, "the sender's type of number was refused"),
    (0x049, "ESME_RINVSRCNPI", ConfigError, "the sender's numbering plan was refused"),
    (0x050, "ESME_RINVDSTTON", ConfigError, "the destination's type of number was refused"),
    (0x051, "ESME_RINVDSTNPI", ConfigError, "the destination's numbering plan was refused"),
    (0x053, "ESME_RINVSYSTYP", ConfigError, "the system_type of the login was refused"),
    (0x054, "ESME_RINVREPFLAG", ConfigError, "the replace_if_present_flag was refused"),
    (0x055, "ESME_RINVNUMMSGS", ConfigError, "the number of messages was refused"),
    (0x058, "ESME_RTHROTTLED", ThrottleBackoff, "over the agreed rate"),
    (0x061, "ESME_RINVSCHED", ConfigError, "the schedule_delivery_time is malformed or too far away"),
    (0x062, "ESME_RINVEXPIRY", ConfigError, "the validity_period is malformed or too long, or the clocks differ"),
    (0x063, "ESME_RINVDFTMSGID", ConfigError, "no canned message has this sm_default_msg_id"),
    (0x064, "ESME_RX_T_APPN", RetrySameRouteLater, "temporary trouble at the receiver; in a deliver_sm_resp it asks for the message again"),
    (0x065, "ESME_RX_P_APPN", Permanent, "the receiver refuses everything for this destination"),
    (0x066, "ESME_RX_R_APPN", Permanent, "the receiver refuses this one message"),
    (0x067, "ESME_RQUERYFAIL", Permanent, "the query failed; a few aggregators mean that the credit is used up"),
    (0x0C0, "ESME_RINVOPTPARSTREAM", ConfigError, "the optional parameters do not parse"),
    (0x0C1, "ESME_ROPTPARNOTALLWD", ConfigError, "an optional parameter is not allowed on this route"),
    (0x0C2, "ESME_RINVPARLEN", ConfigError, "an optional parameter has a wrong length"),
    (0x0C3, "ESME_RMISSINGOPTPARAM", ConfigError, "an optional parameter is missing, in India for instance the entity or template id"),
    (0x0C4, "ESME_RINVOPTPARAMVAL", ConfigError, "an optional parameter has a wrong value"),
    (0x0FE, "ESME_RDELIVERYFAILURE", RetrySameRouteLater, "not delivered (transaction mode): delivery_failure_reason says whether for good"),
    (0x0FF, "ESME_RUNKNOWNERR", RetryOtherRoute, "an error without a name"),
    (0x100, "ESME_RSERTYPUNAUTH", ConfigError, "the service_type is not allowed to us"),
    (0x101, "ESME_RPROHIBITED", ConfigError, "the operation is not allowed to us"),
    (0x102, "ESME_RSERTYPUNAVAIL", RetryOtherRoute, "the service_type is not available now"),
    (0x103, "ESME_RSERTYPDENIED", Permanent, "the service_type does not take this content"),
    (0x104, "ESME_RINVDCS", ConfigError, "the data_coding is not supported: try UCS-2"),
    (0x105, "ESME_RINVSRCADDRSUBUNIT", ConfigError, "the source_addr_subunit was refused"),
    (0x106, "ESME_RINVDSTADDRSUBUNIT", ConfigError, "the dest_addr_subunit was refused"),
    (0x107, "ESME_RINVBCASTFREQINT", ConfigError, "the broadcast_frequency_interval was refused"),
    (0x108, "ESME_RINVBCASTALIAS_NAME", ConfigError, "the name of the broadcast area was refused"),
    (0x109, "ESME_RINVBCASTAREAFMT", ConfigError, "the form of the broadcast area was refused"),
    (0x10A, "ESME_RINVNUMBCAST_AREAS", ConfigError, "the number of broadcast areas was refused"),
    (0x10B, "ESME_RINVBCASTCNTTYPE", ConfigError, "the broadcast_content_type was refused"),
    (0x10C, "ESME_RINVBCASTMSGCLASS", ConfigError, "the broadcast_message_class was refused"),
    (0x10D, "ESME_RBCASTFAIL", ConfigError, "the broadcast failed"),
    (0x10E, "ESME_RBCASTQUERYFAIL", ConfigError, "the query about a broadcast failed"),
    (0x10F, "ESME_RBCASTCANCELFAIL", ConfigError, "the broadcast could not be cancelled"),
    (0x110, "ESME_RINVBCAST_REP", ConfigError, "the number of repetitions was refused"),
    (0x111, "ESME_RINVBCASTSRVGRP", ConfigError, "the broadcast_service_group was refused"),
    (0x112, "ESME_RINVBCASTCHANIND", ConfigError, "the broadcast_channel_indicator was refused"),
];
