//! The suite over the embedded log; and again with no tail in memory, so that every read comes from RocksDB.

use std::sync::Arc;

use tempfile::TempDir;
use volley_conformance::helpers::Log;
use volley_event_log::embedded::{EmbeddedLog, EmbeddedOptions};

async fn open(options: EmbeddedOptions) -> anyhow::Result<(Log, TempDir)> {
    let directory = tempfile::tempdir()?;
    let log = EmbeddedLog::open(directory.path(), options).await?;
    Ok((Arc::new(log), directory))
}

mod with_a_tail {
    use super::*;

    volley_conformance::conformance_suite!(open(EmbeddedOptions::default()));
}

mod without_a_tail {
    use super::*;

    volley_conformance::conformance_suite!(open(EmbeddedOptions { tail_bytes_max: 0, ..EmbeddedOptions::default() }));
}

mod with_tiny_memtables {
    use super::*;

    volley_conformance::conformance_suite!(open(EmbeddedOptions {
        tail_bytes_max: 10_000,
        memtable_bytes: 64 << 10,
        ..EmbeddedOptions::default()
    }));
}
