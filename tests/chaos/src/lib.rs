//! `kill -9`, hand-over, lost brokers, full and damaged disks, then counting: what the client was told, what the carrier saw, and what the client's stream says must agree.

pub mod audit;
pub mod balance;
pub mod carrier;
pub mod damage;
pub mod journal;
pub mod load;
pub mod small_disk;

pub use carrier::Carrier;
pub use load::{Load, Pace, Told};
pub use small_disk::SmallDisk;
