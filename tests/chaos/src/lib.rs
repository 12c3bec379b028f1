//! `kill -9` under load, then counting: what the client was told, what the carrier saw, and what the client's stream says must agree.

pub mod audit;
pub mod carrier;
pub mod journal;
pub mod load;

pub use carrier::Carrier;
pub use load::{Load, Told};
