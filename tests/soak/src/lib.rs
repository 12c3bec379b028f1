//! Steady traffic in both directions while two carriers do everything wrong from a seed; then every account must balance.
//!
//! ```text
//!   clients ──gRPC──▶ volley up ══SMPP══▶ carrier, carrier (in this process, each with a storm planned from the seed)
//!      ▲                  │                   │
//!   what they were     the books        what they took, sent and were answered: their journals
//!   told: `told`                            : `witness`
//!      └─────────────────────▶ `verdict` ◀────┘
//! ```
//!
//! SOAK-1: every message accepted is in one final state, or in flight with a reason that the carriers' journals bear out.
//! SOAK-2: delivered means that the handset has it; failed by receipt, that it has not.
//! SOAK-3: what a carrier took twice is called ambiguous.
//! SOAK-4: every text whose every part was answered with 0 came to its tenant, once, or once more marked as a possible repeat; never
//!         to another one.
//! SOAK-5: whoever wrote STOP gets no more.
//! SOAK-6: `volley books` adds up.

mod memory;
mod reasons;
pub mod run;
mod storm;
mod told;
mod traffic;
mod verdict;
mod wish;
mod witness;
mod words;

pub use run::run;
pub use verdict::Verdict;
pub use wish::Wish;
