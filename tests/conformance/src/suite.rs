//! The promises, in three chapters.

pub mod appending;
pub mod keeping;
pub mod reading;
