//! When a message may leave, and until when it is worth delivering.

use volley_types::{SpanMs, Timestamp, TrafficClass};

use crate::{SendRequest, fault::Checks};

/// Shortest validity a client may ask for.
pub const VALIDITY_MIN: SpanMs = SpanMs::from_secs(1);

/// Longest validity a client may ask for: 7 days.
pub const VALIDITY_MAX: SpanMs = SpanMs::from_hours(7 * 24);

/// How far ahead a client may set the time to send: 7 days.
pub const AHEAD_MAX: SpanMs = SpanMs::from_hours(7 * 24);

/// The times of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timing {
    /// It leaves no earlier; `None` is at once.
    pub send_at: Option<Timestamp>,
    /// End of its validity.
    pub deadline: Timestamp,
}

/// Reads the times of a request. `None` when one is at fault, or the class that has the default is missing.
pub(crate) fn timing(
    checks: &mut Checks,
    request: &SendRequest<'_>,
    class: Option<TrafficClass>,
    now: Timestamp,
) -> Option<Timing> {
    let send_at = send_at(checks, request, now)?;
    let deadline = deadline(checks, request, class, send_at.unwrap_or(now))?;
    Some(Timing { send_at, deadline })
}

/// The time set by the client. One that has passed is at once: a request may be repeated after its time.
fn send_at(checks: &mut Checks, request: &SendRequest<'_>, now: Timestamp) -> Option<Option<Timestamp>> {
    let at = Timestamp::from_micros(request.send_at_us);
    if request.send_at_us != 0 && request.in_order {
        checks.fail("in_order", "cannot be asked for together with send_at_us");
    } else if request.send_at_us < 0 {
        checks.fail("send_at_us", "is negative");
    } else if at > now + AHEAD_MAX {
        checks.fail("send_at_us", format!("lies more than {} ms (7 days) ahead", AHEAD_MAX.as_millis()));
    } else {
        return Some(Some(at).filter(|at| *at > now));
    }
    None
}

fn deadline(
    checks: &mut Checks,
    request: &SendRequest<'_>,
    class: Option<TrafficClass>,
    from: Timestamp,
) -> Option<Timestamp> {
    match (request.validity_ms, request.valid_until_us) {
        (0, 0) => Some(from + class?.validity_default()),
        (0, until) => absolute(checks, Timestamp::from_micros(until), from),
        (validity_ms, 0) => {
            let (least, most) = (VALIDITY_MIN.as_millis(), VALIDITY_MAX.as_millis());
            let validity_ms = checks.within("validity_ms", validity_ms, 0, least, most)?;
            Some(from + SpanMs::from_millis(validity_ms))
        }
        _ => {
            checks.fail("valid_until_us", "is given beside validity_ms: give one of them, or neither");
            None
        }
    }
}

fn absolute(checks: &mut Checks, until: Timestamp, from: Timestamp) -> Option<Timestamp> {
    if until <= from {
        checks.fail("valid_until_us", "lies in the past, or before send_at_us");
    } else if until > from + VALIDITY_MAX {
        let limit = VALIDITY_MAX.as_millis();
        checks.fail("valid_until_us", format!("lies more than {limit} ms (7 days) ahead"));
    } else {
        return Some(until);
    }
    None
}
