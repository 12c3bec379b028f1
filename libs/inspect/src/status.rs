//! What a `command_status` says, and what is done about it.

use serde_json::Value;
use volley_smpp::{CommandStatus, StatusClass};

use crate::error::CaseError;
use crate::input::{self, Object};
use crate::sheet::Sheet;

/// Answers a case of `smpp_status.json`.
pub(crate) fn case(case: &Object) -> Result<Object, CaseError> {
    let code = input::present(case, "code").ok_or(CaseError::Missing { field: "code" })?;
    let status = match code {
        Value::String(text) => parse(text)?,
        _ => {
            let wrong = || CaseError::WrongKind { field: "code".to_owned(), wanted: "a number of 32 bits" };
            let number = input::integer_of(code).and_then(|number| u32::try_from(number).ok());
            CommandStatus(number.ok_or_else(wrong)?)
        }
    };
    Ok(data(status))
}

/// Reads a status as people write it: `88`, `0x58` or `ESME_RTHROTTLED`, in any case and without `ESME_` too.
///
/// # Errors
/// If it is none of these.
pub fn parse(text: &str) -> Result<CommandStatus, CaseError> {
    let name = text.trim().to_ascii_uppercase();
    let number = input::number_in(text).and_then(|number| u32::try_from(number).ok());
    number
        .map(CommandStatus)
        .or_else(|| CommandStatus::from_name(&name))
        .or_else(|| CommandStatus::from_name(&format!("ESME_{name}")))
        .or_else(|| CommandStatus::from_name(&format!("ESME_R{name}")))
        .ok_or_else(|| CaseError::UnknownStatus(text.to_owned()))
}

/// The answer as data.
#[must_use]
pub fn data(status: CommandStatus) -> Object {
    Object::from_iter([
        ("code".to_owned(), status.0.into()),
        ("hex".to_owned(), format!("0x{:08X}", status.0).into()),
        ("name".to_owned(), status.name().into()),
        ("class".to_owned(), status.class().as_str().into()),
        ("says".to_owned(), status.says().into()),
        ("action".to_owned(), action(status.class()).into()),
    ])
}

/// The answer in words.
#[must_use]
pub fn words(status: CommandStatus) -> String {
    let mut sheet = Sheet::default();
    let nameless = if status.is_vendor() {
        "a code of the carrier's own"
    } else {
        "no code of the specifications"
    };
    sheet.row("status", &format!("{}, 0x{:08X}, {}", status.name().unwrap_or(nameless), status.0, status.0));
    if let Some(says) = status.says() {
        sheet.row("says", says);
    }
    sheet.row("class", status.class().as_str());
    sheet.row("that is", action(status.class()));
    sheet.row("unless", "the carrier's profile gives this code another class");
    sheet.finish()
}

/// What Volley does about a class, where the carrier's profile says nothing else.
const fn action(class: StatusClass) -> &'static str {
    match class {
        StatusClass::Ok => "accepted: a message id follows",
        StatusClass::ThrottleBackoff => "cut the rate and send again first; it does not count as an attempt",
        StatusClass::RetrySameRouteLater => "the same route again later, with growing pauses, within the validity",
        StatusClass::RetryOtherRoute => "another route now; without one, once more on this one later",
        StatusClass::Permanent => "the message fails",
        StatusClass::Rebind => "close the session and bind again after a pause",
        StatusClass::ConfigError => "our settings are wrong: alert, and another route only where the sender is allowed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_found_however_it_is_written() {
        for text in ["88", "0x58", "0x00000058", "ESME_RTHROTTLED", "rthrottled", "throttled"] {
            assert_eq!(parse(text), Ok(CommandStatus::THROTTLED), "{text}");
        }
        assert!(parse("what").is_err());
    }

    #[test]
    fn a_carriers_own_code_has_a_class_too() {
        assert_eq!(data(CommandStatus(0x410))["class"], "retry_other_route");
        assert_eq!(data(CommandStatus(0x410))["name"], Value::Null);
        assert!(words(CommandStatus(0x410)).contains("a code of the carrier's own, 0x00000410, 1040"));
    }
}
