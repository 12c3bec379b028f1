//! Memory that all stores of a process share.

use std::fmt;

use rocksdb::{Cache, WriteBufferManager};

/// How much memory the stores of a process use together, besides their overlays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedMemoryOptions {
    /// Blocks read from disk, indexes and filters, in octets.
    pub block_cache_bytes: usize,
    /// Rows that are not on disk yet, in octets. Beyond it stores flush early.
    pub write_buffer_bytes: usize,
}

impl Default for SharedMemoryOptions {
    fn default() -> Self {
        Self { block_cache_bytes: 256 << 20, write_buffer_bytes: 128 << 20 }
    }
}

/// One block cache and one write buffer budget for all stores of a process. Cheap to clone.
#[derive(Clone)]
pub struct SharedMemory {
    pub(crate) blocks: Cache,
    pub(crate) write_buffers: WriteBufferManager,
}

impl SharedMemory {
    /// Reserves nothing yet; the budgets are upper bounds.
    pub fn new(options: &SharedMemoryOptions) -> Self {
        let blocks = Cache::new_lru_cache(options.block_cache_bytes);
        let write_buffers = WriteBufferManager::new_write_buffer_manager(options.write_buffer_bytes, false);
        Self { blocks, write_buffers }
    }
}

impl fmt::Debug for SharedMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedMemory")
            .field("block_cache_bytes", &self.blocks.get_usage())
            .finish_non_exhaustive()
    }
}
