//! What was wrong at a carrier, in the words of all carriers (`docs/error-codes.md`): as the carrier's profile says, else as its own
//! words do.

use volley_carrier_profile::{ErrorTable, Profile};
use volley_directory::Directory;
use volley_events::ReceiptState;
use volley_types::{CarrierName, ErrorCode};

/// What a refused submit means.
pub fn of_refusal(directory: &Directory, carrier: &CarrierName, status: u32) -> ErrorCode {
    table(directory, carrier, |table| table.of_status(status))
}

/// What a receipt means that is no good news; `None` of any other.
pub fn of_receipt(
    directory: &Directory,
    carrier: &CarrierName,
    said: ReceiptState,
    error: Option<&str>,
) -> Option<ErrorCode> {
    let by_state = match said {
        ReceiptState::Enroute | ReceiptState::Delivered => return None,
        ReceiptState::Expired => ErrorCode::ExpiredAtCarrier,
        ReceiptState::Deleted => ErrorCode::DeletedAtCarrier,
        ReceiptState::Rejected => ErrorCode::Refused,
        ReceiptState::Undeliverable | ReceiptState::Skipped | ReceiptState::Unknown => ErrorCode::NotDeliverable,
    };
    let by_error = error.and_then(|error| table(directory, carrier, |table| table.of_receipt(error)));
    Some(by_error.unwrap_or(by_state))
}

fn table<T>(directory: &Directory, carrier: &CarrierName, ask: impl FnOnce(&ErrorTable) -> T) -> T {
    match directory.profile(carrier) {
        Some(profile) => ask(&profile.errors),
        None => ask(&Profile::default().errors),
    }
}
