//! A record that says it is longer than its file: torn when a process died, or damaged?
//!
//! What a process leaves that dies while it writes is a header as it was meant and the beginning of its payload. So it is damage
//! when the header is none, when its checksum fits a shorter payload that is there, or when a whole record lies behind it.
//! A false alarm needs a checksum of 32 bits to fit by chance: one torn end in some hundred thousand.

use crate::framing::Header;

/// What is wrong with the record that `rest`, up to the end of the file, begins with; `None` when it is torn.
pub(crate) fn damage(header: Header, rest: &[u8]) -> Option<&'static str> {
    if !header.is_known() {
        return Some("no record has such a type");
    }
    if header.fitting(rest, 0).is_some() {
        return Some("the record is whole, and its length is wrong");
    }
    let whole = |rest: &[u8]| Header::read(rest).is_some_and(|header| header.payload > 0 && header.is_whole(rest));
    (1..rest.len())
        .any(|at| whole(&rest[at..]))
        .then_some("the record is cut short, and a whole one lies behind it")
}
