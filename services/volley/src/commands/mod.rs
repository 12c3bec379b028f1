//! What is asked of a running Volley, and `inspect`, which needs none.

mod books;
mod cancel;
mod carrier;
mod edit;
mod inspect;
mod receipts;
mod replay;
mod send;
mod tail;
mod threads;
mod trace;
mod votes;

use std::process::ExitCode;

use anyhow::Context;

pub use books::{BooksOptions, books};
pub use cancel::cancel;
pub use carrier::{CarrierOptions, carrier, in_lines, load};
pub use edit::edit;
pub use inspect::{InspectOptions, inspect};
pub use receipts::{ReceiptsOptions, receipts};
pub use replay::{ReplayCommand, replay_command};
pub use send::send;
pub use tail::tail;
pub use threads::threads;
pub use trace::trace;
pub use votes::votes;

/// Status of a wish about a message whose answer is not known yet.
const NOT_KNOWN_YET: u8 = 5;

/// Runs one command to its end.
pub fn run(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("cannot start the runtime")?.block_on(command)
}
