//! Volley against SMPP servers that are not ours.
//!
//! ```text
//!   scenario ──gRPC──▶ volley up --carrier sim=smpp://… ──SMPP──▶ a carrier on jsmpp, Cloudhopper or node-smpp
//!      ▲                                                             │
//!      └────────────────── its journal, JSON lines ◀─────────────────┘
//! ```

pub mod carrier;
pub mod certificates;
pub mod kit;
pub mod scenarios;
pub mod volley;

pub use carrier::ForeignCarrier;
pub use kit::Library;
pub use volley::Up;
