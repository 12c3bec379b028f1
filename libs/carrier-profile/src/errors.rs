//! What a carrier's own codes mean in the words of all carriers (`docs/error-codes.md`).
//!
//! ```text
//!   command_status ──statuses──▶ ErrorCode, by default after the common table
//!   error of a receipt ──errors──▶ ErrorCode, by default only for GSM numbers of network_error_code ("3/27")
//! ```

use std::collections::BTreeMap;

use volley_smpp::{CommandStatus, StatusClass};
use volley_types::ErrorCode;

/// Type 3 of `network_error_code`: the numbers are those of GSM (SMPP 3.4 §5.3.2.31), written in front of the number.
const GSM: &str = "3/";

/// One carrier's error table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorTable {
    pub(crate) statuses: BTreeMap<u32, ErrorCode>,
    pub(crate) errors: BTreeMap<String, ErrorCode>,
}

impl ErrorTable {
    /// What a refused `submit_sm` means.
    #[must_use]
    pub fn of_status(&self, status: u32) -> ErrorCode {
        self.statuses
            .get(&status)
            .copied()
            .unwrap_or_else(|| common(CommandStatus(status)))
    }

    /// What the error of a receipt means, as written: a text of the carrier's own, or the type and number of a
    /// `network_error_code`, such as `3/27`. `None` where nobody has said.
    #[must_use]
    pub fn of_receipt(&self, error: &str) -> Option<ErrorCode> {
        let error = error.trim().to_ascii_lowercase();
        let bare = error.trim_start_matches('0');
        let own = self.errors.get(&error).or_else(|| self.errors.get(bare)).copied();
        own.or_else(|| error.strip_prefix(GSM).and_then(gsm))
    }

    /// What the profile says of refusals, by code.
    pub fn statuses(&self) -> impl Iterator<Item = (CommandStatus, ErrorCode)> {
        self.statuses.iter().map(|(status, code)| (CommandStatus(*status), *code))
    }

    /// What the profile says of the errors of receipts.
    pub fn errors(&self) -> impl Iterator<Item = (&str, ErrorCode)> {
        self.errors.iter().map(|(error, code)| (error.as_str(), *code))
    }
}

/// The common table: what the specification names, and the rest by what it asks of us.
fn common(status: CommandStatus) -> ErrorCode {
    match status.0 {
        0x0A | 0x48 | 0x49 => ErrorCode::InvalidSender,
        0x0B | 0x50 | 0x51 => ErrorCode::InvalidDestination,
        0x01 | 0x103 | 0x104 => ErrorCode::ContentRefused,
        0x14 => ErrorCode::QueueFull,
        0xFE => ErrorCode::NotDeliverable,
        0x102 => ErrorCode::CarrierFailure,
        _ => match status.class() {
            StatusClass::ThrottleBackoff => ErrorCode::Throttled,
            StatusClass::RetrySameRouteLater | StatusClass::Rebind => ErrorCode::CarrierFailure,
            StatusClass::ConfigError => ErrorCode::CarrierConfiguration,
            StatusClass::Ok | StatusClass::RetryOtherRoute | StatusClass::Permanent => ErrorCode::Refused,
        },
    }
}

/// The numbers of GSM MAP (3GPP TS 29.002 §17.6.6; telecom.md §3.10).
fn gsm(number: &str) -> Option<ErrorCode> {
    Some(match number.parse::<u16>().ok()? {
        1 | 5 => ErrorCode::UnknownSubscriber,
        6 | 27 => ErrorCode::AbsentSubscriber,
        9 | 13 => ErrorCode::Barred,
        11 | 21 => ErrorCode::NotProvisioned,
        12 | 32 => ErrorCode::HandsetRefused,
        31 => ErrorCode::SubscriberBusy,
        33 => ErrorCode::QueueFull,
        34..=36 => ErrorCode::CarrierFailure,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_status_has_a_code_and_an_unknown_one_is_a_refusal() {
        let table = ErrorTable::default();
        for (status, code) in [
            (0x08, ErrorCode::CarrierFailure),
            (0x0A, ErrorCode::InvalidSender),
            (0x0B, ErrorCode::InvalidDestination),
            (0x14, ErrorCode::QueueFull),
            (0x45, ErrorCode::Refused),
            (0x58, ErrorCode::Throttled),
            (0xC3, ErrorCode::CarrierConfiguration),
            (0x104, ErrorCode::ContentRefused),
            (0x400, ErrorCode::Refused),
        ] {
            assert_eq!(table.of_status(status), code, "{status:#x}");
        }
    }

    #[test]
    fn a_carriers_own_numbers_are_not_guessed_but_those_of_gsm_are_known() {
        let table = ErrorTable::default();
        assert_eq!(table.of_receipt("027"), None, "every carrier numbers its own way");
        assert_eq!(table.of_receipt("3/27"), Some(ErrorCode::AbsentSubscriber));
        assert_eq!(table.of_receipt("3/999"), None);
        assert_eq!(table.of_receipt("8/27"), None, "type 8 is the carrier's own");
    }

    #[test]
    fn the_profile_overrides_the_common_table() {
        let table = ErrorTable {
            statuses: BTreeMap::from([(0x45, ErrorCode::Blocked)]),
            errors: BTreeMap::from([("27".into(), ErrorCode::MemoryFull), ("3/27".into(), ErrorCode::Blocked)]),
        };
        assert_eq!((table.of_status(0x45), table.of_status(0x08)), (ErrorCode::Blocked, ErrorCode::CarrierFailure));
        assert_eq!(table.of_receipt("027"), Some(ErrorCode::MemoryFull), "leading zeros say nothing");
        assert_eq!(table.of_receipt("3/27"), Some(ErrorCode::Blocked));
    }
}
