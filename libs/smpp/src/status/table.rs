//! The 67 named codes by rising value. The class is the default for a `submit_sm_resp`.

use super::CommandStatus;
use super::StatusClass::{
    self, ConfigError, Ok, Permanent, Rebind, RetryOtherRoute, RetrySameRouteLater, ThrottleBackoff,
};

/// Code, name and default class.
pub(super) type Row = (u32, &'static str, StatusClass);

/// The row of `status`, if the specifications name it.
pub(super) fn row(status: CommandStatus) -> Option<&'static Row> {
    ROWS.binary_search_by_key(&status.0, |row| row.0).ok().map(|index| &ROWS[index])
}

pub(super) const ROWS: [Row; 67] = [
    (0x000, "ESME_ROK", Ok),
    (0x001, "ESME_RINVMSGLEN", Permanent),
    (0x002, "ESME_RINVCMDLEN", Rebind),
    (0x003, "ESME_RINVCMDID", ConfigError),
    (0x004, "ESME_RINVBNDSTS", Rebind),
    (0x005, "ESME_RALYBND", Rebind),
    (0x006, "ESME_RINVPRTFLG", ConfigError),
    (0x007, "ESME_RINVREGDLVFLG", ConfigError),
    (0x008, "ESME_RSYSERR", RetrySameRouteLater),
    (0x00A, "ESME_RINVSRCADR", ConfigError),
    (0x00B, "ESME_RINVDSTADR", Permanent),
    (0x00C, "ESME_RINVMSGID", Permanent),
    (0x00D, "ESME_RBINDFAIL", Rebind),
    (0x00E, "ESME_RINVPASWD", ConfigError),
    (0x00F, "ESME_RINVSYSID", ConfigError),
    (0x011, "ESME_RCANCELFAIL", Permanent),
    (0x013, "ESME_RREPLACEFAIL", Permanent),
    (0x014, "ESME_RMSGQFUL", RetrySameRouteLater),
    (0x015, "ESME_RINVSERTYP", ConfigError),
    (0x033, "ESME_RINVNUMDESTS", ConfigError),
    (0x034, "ESME_RINVDLNAME", ConfigError),
    (0x040, "ESME_RINVDESTFLAG", ConfigError),
    (0x042, "ESME_RINVSUBREP", ConfigError),
    (0x043, "ESME_RINVESMCLASS", ConfigError),
    (0x044, "ESME_RCNTSUBDL", ConfigError),
    (0x045, "ESME_RSUBMITFAIL", RetryOtherRoute),
    (0x048, "ESME_RINVSRCTON", ConfigError),
    (0x049, "ESME_RINVSRCNPI", ConfigError),
    (0x050, "ESME_RINVDSTTON", ConfigError),
    (0x051, "ESME_RINVDSTNPI", ConfigError),
    (0x053, "ESME_RINVSYSTYP", ConfigError),
    (0x054, "ESME_RINVREPFLAG", ConfigError),
    (0x055, "ESME_RINVNUMMSGS", ConfigError),
    (0x058, "ESME_RTHROTTLED", ThrottleBackoff),
    (0x061, "ESME_RINVSCHED", ConfigError),
    (0x062, "ESME_RINVEXPIRY", ConfigError),
    (0x063, "ESME_RINVDFTMSGID", ConfigError),
    (0x064, "ESME_RX_T_APPN", RetrySameRouteLater),
    (0x065, "ESME_RX_P_APPN", Permanent),
    (0x066, "ESME_RX_R_APPN", Permanent),
    (0x067, "ESME_RQUERYFAIL", Permanent),
    (0x0C0, "ESME_RINVOPTPARSTREAM", ConfigError),
    (0x0C1, "ESME_ROPTPARNOTALLWD", ConfigError),
    (0x0C2, "ESME_RINVPARLEN", ConfigError),
    (0x0C3, "ESME_RMISSINGOPTPARAM", ConfigError),
    (0x0C4, "ESME_RINVOPTPARAMVAL", ConfigError),
    (0x0FE, "ESME_RDELIVERYFAILURE", RetrySameRouteLater),
    (0x0FF, "ESME_RUNKNOWNERR", RetryOtherRoute),
    (0x100, "ESME_RSERTYPUNAUTH", ConfigError),
    (0x101, "ESME_RPROHIBITED", ConfigError),
    (0x102, "ESME_RSERTYPUNAVAIL", RetryOtherRoute),
    (0x103, "ESME_RSERTYPDENIED", Permanent),
    (0x104, "ESME_RINVDCS", ConfigError),
    (0x105, "ESME_RINVSRCADDRSUBUNIT", ConfigError),
    (0x106, "ESME_RINVDSTADDRSUBUNIT", ConfigError),
    (0x107, "ESME_RINVBCASTFREQINT", ConfigError),
    (0x108, "ESME_RINVBCASTALIAS_NAME", ConfigError),
    (0x109, "ESME_RINVBCASTAREAFMT", ConfigError),
    (0x10A, "ESME_RINVNUMBCAST_AREAS", ConfigError),
    (0x10B, "ESME_RINVBCASTCNTTYPE", ConfigError),
    (0x10C, "ESME_RINVBCASTMSGCLASS", ConfigError),
    (0x10D, "ESME_RBCASTFAIL", ConfigError),
    (0x10E, "ESME_RBCASTQUERYFAIL", ConfigError),
    (0x10F, "ESME_RBCASTCANCELFAIL", ConfigError),
    (0x110, "ESME_RINVBCAST_REP", ConfigError),
    (0x111, "ESME_RINVBCASTSRVGRP", ConfigError),
    (0x112, "ESME_RINVBCASTCHANIND", ConfigError),
];
