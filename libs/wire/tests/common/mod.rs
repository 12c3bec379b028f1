//! Records drawn from octets: the same octets give the same record, and fewer octets a simpler one, so that proptest can shrink it.

mod draw;
mod records;

pub use draw::Draw;
pub use records::{KINDS, any_record};
