//! The numbers and texts of a run. A text and a request id name the run and the message, so that every witness can be matched.

/// Handsets the load is spread over: more than a run has messages in flight, few enough that pairs come again.
const HANDSETS: u32 = 99_000;

/// The handset of a message, after five digits that choose its carrier. None ends in 99xx: those have fates of their own there.
pub fn of(first_digits: &str, message: u32) -> String {
    let handset = message % HANDSETS;
    format!("{first_digits}{:03}{:04}", handset / 9_900, handset % 9_900)
}

/// The text of a message: one segment of about the length of an alert.
pub fn text(run: u32, message: u32) -> String {
    format!(
        "{run}/{message} Your account 4711 was charged 12.50 EUR at 14:02. Call us if that was not you. Have a good day, your bank."
    )
}

/// Its request id.
pub fn request_id(run: u32, message: u32) -> String {
    format!("{run}/{message}")
}

/// Run and message of a text or request id.
pub fn parse(text: &str) -> Option<(u32, u32)> {
    let (run, rest) = text.split_once('/')?;
    let digits = rest.split_once(' ').map_or(rest, |(digits, _)| digits);
    Some((run.parse().ok()?, digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_again_by_its_text_and_its_request_id() {
        assert_eq!(parse(&text(3, 41)), Some((3, 41)));
        assert_eq!(parse(&request_id(3, 41)), Some((3, 41)));
        assert_eq!(parse("hello"), None);
    }
}
