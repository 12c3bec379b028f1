//! The tables of a profile whose keys are a carrier's codes.

use std::collections::BTreeMap;

use toml::Value;
use volley_smpp::{CommandStatus, StatusClass, StatusClasses};
use volley_types::ErrorCode;

use crate::section::{Section, shown};

/// Entries of one table of codes.
const CODES_MAX: usize = 256;
/// Octets of a receipt's error.
const ERROR_OCTETS_MAX: usize = 32;

const CLASSES: &str = "\"throttle_backoff\", \"retry_same_route_later\", \"retry_other_route\", \"permanent\", \"rebind\", \
                       \"config_error\"";

/// `"0x45" = "permanent"`, or `{ class = "permanent", error = "blocked" }`, or one of the two.
pub(crate) fn statuses(mut section: Section<'_>) -> (StatusClasses, BTreeMap<u32, ErrorCode>) {
    let (mut classes, mut codes) = (Vec::new(), BTreeMap::new());
    for (key, value) in section.entries() {
        let status = hexadecimal(key, u32::MAX.into()).and_then(|status| u32::try_from(status).ok());
        let Some(status @ 1..) = status else {
            section.fault(key, "is no command_status: write it as \"0x45\", from \"0x01\" on");
            continue;
        };
        match meaning(value) {
            Some((class, code)) => {
                classes.extend(class.map(|class| (CommandStatus(status), class)));
                codes.extend(code.map(|code| (status, code)));
            }
            None => section.fault(
                key,
                format!("is {}, and must be one of {CLASSES}, or {{ class = …, error = … }} with a word of docs/error-codes.md", shown(value)),
            ),
        }
    }
    check_count(&mut section);
    (classes.into_iter().collect(), codes)
}

fn meaning(value: &Value) -> Option<(Option<StatusClass>, Option<ErrorCode>)> {
    let class = |value: &Value| {
        let class = value.as_str()?.parse::<StatusClass>().ok()?;
        (class != StatusClass::Ok).then_some(class)
    };
    let Some(table) = value.as_table() else {
        return Some((Some(class(value)?), None));
    };
    let (said_class, said_code) = (table.get("class"), table.get("error"));
    let known = usize::from(said_class.is_some()) + usize::from(said_code.is_some());
    if known == 0 || known != table.len() {
        return None;
    }
    let read_class = said_class.map(class);
    let read_code = said_code.map(code);
    (read_class != Some(None) && read_code != Some(None)).then_some((read_class.flatten(), read_code.flatten()))
}

/// `"027" = "absent_subscriber"`, `"3/27" = …`.
pub(crate) fn errors(mut section: Section<'_>) -> BTreeMap<String, ErrorCode> {
    let mut errors = BTreeMap::new();
    for (key, value) in section.entries() {
        if key.is_empty() || key.len() > ERROR_OCTETS_MAX || !key.bytes().all(|octet| octet.is_ascii_graphic()) {
            section.fault(key, format!("is no error of a receipt: 1 to {ERROR_OCTETS_MAX} printable characters"));
            continue;
        }
        let bare = key.to_ascii_lowercase().trim_start_matches('0').to_owned();
        match code(value) {
            Some(code) => {
                errors.insert(bare, code);
            }
            None => section.fault(key, format!("is {}, and must be a word of docs/error-codes.md", shown(value))),
        }
    }
    check_count(&mut section);
    errors
}

fn check_count(section: &mut Section<'_>) {
    let count = section.entries().count();
    if count > CODES_MAX {
        section.fault("", format!("has {count} entries; allowed are {CODES_MAX}"));
    }
}

fn code(value: &Value) -> Option<ErrorCode> {
    value.as_str()?.parse().ok()
}

/// `0x45` as a number.
pub(crate) fn hexadecimal(key: &str, most: u64) -> Option<u64> {
    let digits = key.strip_prefix("0x")?;
    u64::from_str_radix(digits, 16).ok().filter(|number| *number <= most)
}
