//! What can be set about the embedded log.

/// Bounds and intervals of the embedded log. The defaults suit one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddedOptions {
    /// Appends that may wait for the writer, in octets; over it they are refused as overloaded.
    pub queue_bytes_max: usize,
    /// Newest batches kept in memory for readers at the tail, in octets, over all partitions together.
    pub tail_bytes_max: usize,
    /// One memtable of RocksDB, in octets; up to three exist, and as much write-ahead log is replayed after a crash.
    pub memtable_bytes: usize,
    /// How often records past their retention are looked for, in milliseconds.
    pub retention_interval_ms: u64,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self {
            queue_bytes_max: 64 << 20,
            tail_bytes_max: 64 << 20,
            memtable_bytes: 32 << 20,
            retention_interval_ms: 10_000,
        }
    }
}
