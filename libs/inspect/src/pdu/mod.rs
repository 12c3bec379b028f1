//! What a PDU holds, field by field.

mod data;
mod words;

pub(crate) use data::case;
pub use data::data;
pub use words::words;
