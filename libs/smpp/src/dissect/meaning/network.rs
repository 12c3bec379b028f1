//! The codes of a `network_error_code`.

/// The network of a `network_error_code` (SMPP 5.0 §4.8.4.42).
pub(super) fn network_type(value: u8) -> String {
    match value {
        1 | 4 => "ANSI-136".to_owned(),
        2 | 5 => "IS-95".to_owned(),
        3 => "GSM".to_owned(),
        6 => "ANSI-41".to_owned(),
        7 => "SMPP".to_owned(),
        8 => "the message centre's own".to_owned(),
        _ => format!("network type {value},"),
    }
}

/// The usual names of GSM's codes, and whether they pass. Aggregators renumber them.
pub(super) const fn gsm_error(network: u8, code: u16) -> Option<&'static str> {
    const GSM: u8 = 3;
    if network != GSM {
        return None;
    }
    Some(match code {
        1 => "unknown subscriber, permanent",
        5 => "unidentified subscriber, permanent",
        6 | 27 => "absent subscriber, temporary",
        9 => "illegal subscriber, permanent",
        11 => "teleservice not provisioned, permanent",
        12 => "illegal equipment, permanent",
        13 => "call barred, permanent",
        21 => "facility not supported, permanent",
        31 => "subscriber busy, temporary",
        32 => "delivery failure such as a full memory, temporary",
        33 => "message waiting list full, temporary",
        34 => "system failure, temporary",
        35 => "data missing, temporary",
        36 => "unexpected value, temporary",
        _ => return None,
    })
}
