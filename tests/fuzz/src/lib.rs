//! Hostile octets for everything that reads what carriers and phones send.
//!
//! ```text
//!   corpus --> mutate --> target(octets) --> Shape      a new shape: keep the input, mutate it further
//!                              |
//!                              +--> panic               a promise is broken: save the input
//! ```

pub mod corpus;
pub mod hunt;
pub mod mutate;
mod targets;

pub use targets::{Shape, TARGETS, Target, target};
