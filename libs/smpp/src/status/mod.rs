//! What a carrier said about a request: `command_status`, its name, and what it asks of us.
//!
//!   0x00000058 --name--> ESME_RTHROTTLED --class--> ThrottleBackoff
//!
//! Every `u32` is a status: codes outside the table keep their number and get the class of the unknown ones.

mod class;
mod table;

use std::fmt;

pub use class::{StatusClass, StatusClasses};

/// A `command_status` of SMPP 3.4 §5.1.3 and 5.0 §4.7.6, vendor codes included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CommandStatus(pub u32);

impl CommandStatus {
    /// `ESME_ROK`: done.
    pub const OK: Self = Self(0x00);
    /// `ESME_RINVMSGLEN`: the message length is wrong.
    pub const INVALID_MESSAGE_LENGTH: Self = Self(0x01);
    /// `ESME_RINVCMDLEN`: the command length is wrong.
    pub const INVALID_COMMAND_LENGTH: Self = Self(0x02);
    /// `ESME_RINVCMDID`: the operation is not known or not supported.
    pub const INVALID_COMMAND_ID: Self = Self(0x03);
    /// `ESME_RINVBNDSTS`: the operation does not fit the state of the session.
    pub const INVALID_BIND_STATUS: Self = Self(0x04);
    /// `ESME_RALYBND`: already bound.
    pub const ALREADY_BOUND: Self = Self(0x05);
    /// `ESME_RSYSERR`: the carrier is in trouble.
    pub const SYSTEM_ERROR: Self = Self(0x08);
    /// `ESME_RINVSRCADR`: the source address is refused.
    pub const INVALID_SOURCE_ADDRESS: Self = Self(0x0A);
    /// `ESME_RINVDSTADR`: the destination address is refused.
    pub const INVALID_DESTINATION_ADDRESS: Self = Self(0x0B);
    /// `ESME_RINVMSGID`: no message has this id.
    pub const INVALID_MESSAGE_ID: Self = Self(0x0C);
    /// `ESME_RBINDFAIL`: the login failed, for no stated reason.
    pub const BIND_FAILED: Self = Self(0x0D);
    /// `ESME_RINVPASWD`: wrong password.
    pub const INVALID_PASSWORD: Self = Self(0x0E);
    /// `ESME_RINVSYSID`: unknown `system_id`.
    pub const INVALID_SYSTEM_ID: Self = Self(0x0F);
    /// `ESME_RMSGQFUL`: a queue is full, try later.
    pub const MESSAGE_QUEUE_FULL: Self = Self(0x14);
    /// `ESME_RINVSERTYP`: unknown `service_type`.
    pub const INVALID_SERVICE_TYPE: Self = Self(0x15);
    /// `ESME_RSUBMITFAIL`: refused, for no stated reason.
    pub const SUBMIT_FAILED: Self = Self(0x45);
    /// `ESME_RINVSYSTYP`: unknown `system_type`.
    pub const INVALID_SYSTEM_TYPE: Self = Self(0x53);
    /// `ESME_RTHROTTLED`: over the agreed rate.
    pub const THROTTLED: Self = Self(0x58);
    /// `ESME_RINVSCHED`: the scheduled delivery time is malformed.
    pub const INVALID_SCHEDULE: Self = Self(0x61);
    /// `ESME_RINVEXPIRY`: the validity period is malformed.
    pub const INVALID_EXPIRY: Self = Self(0x62);
    /// `ESME_RX_T_APPN`: temporary trouble at the receiver; in a `deliver_sm_resp` it asks for the message again.
    pub const TEMPORARY_RECEIVER_ERROR: Self = Self(0x64);
    /// `ESME_RX_R_APPN`: the receiver refuses this one message.
    pub const RECEIVER_REFUSES: Self = Self(0x66);
    /// `ESME_RINVOPTPARSTREAM`: the optional parameters do not parse.
    pub const INVALID_TLV_STREAM: Self = Self(0xC0);
    /// `ESME_RUNKNOWNERR`: an error without a name.
    pub const UNKNOWN_ERROR: Self = Self(0xFF);

    /// True for `ESME_ROK`.
    #[must_use]
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// The name the specifications print, for the 67 codes that have one.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        table::row(self).map(|row| row.1)
    }

    /// What the code says, in words, for the 67 codes that have a name.
    #[must_use]
    pub fn says(self) -> Option<&'static str> {
        table::row(self).map(|row| row.3)
    }

    /// The code of a name of the specifications, `ESME_RTHROTTLED`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::named().find(|status| status.name() == Some(name))
    }

    /// Whether the code lies in the range 0x400 to 0x4FF, left to the makers of message centres.
    #[must_use]
    pub const fn is_vendor(self) -> bool {
        matches!(self.0, 0x400..=0x4FF)
    }

    /// What the status asks of the sender of a `submit_sm`, where the carrier has no rule of its own.
    #[must_use]
    pub fn class(self) -> StatusClass {
        table::row(self).map_or(StatusClass::UNKNOWN_CODE, |row| row.2)
    }

    /// Every named status, by rising code.
    pub fn named() -> impl Iterator<Item = Self> {
        table::ROWS.iter().map(|row| Self(row.0))
    }
}

impl From<u32> for CommandStatus {
    fn from(code: u32) -> Self {
        Self(code)
    }
}

/// `ESME_RTHROTTLED (0x58)`, or the bare number of a code without a name.
impl fmt::Display for CommandStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} (0x{:02X})", self.0),
            None => write!(f, "0x{:08X}", self.0),
        }
    }
}

impl fmt::Debug for CommandStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_outside_the_table_goes_to_another_route() {
        assert_eq!(CommandStatus(0x410).class(), StatusClass::RetryOtherRoute);
        assert_eq!(CommandStatus(0xDEAD_BEEF).class(), StatusClass::RetryOtherRoute);
        assert_eq!(CommandStatus(0xDEAD_BEEF).name(), None);
        assert!(CommandStatus(0x410).is_vendor());
    }

    #[test]
    fn the_table_is_sorted_so_that_it_can_be_searched() {
        assert!(table::ROWS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(CommandStatus::named().count(), 67);
    }

    #[test]
    fn a_status_prints_name_and_number() {
        assert_eq!(CommandStatus::THROTTLED.to_string(), "ESME_RTHROTTLED (0x58)");
        assert_eq!(CommandStatus(0x401).to_string(), "0x00000401");
        assert_eq!(CommandStatus::from_name("ESME_RTHROTTLED"), Some(CommandStatus::THROTTLED));
        assert_eq!(CommandStatus::THROTTLED.says(), Some("over the agreed rate"));
    }
}
