//! One broker alone.

use crate::Cluster;

/// A cluster of one broker. Dropping it ends it.
pub struct Broker {
    cluster: Cluster,
}

impl Broker {
    /// Starts it, and waits until it takes connections: three to ten seconds.
    ///
    /// # Errors
    ///
    /// As [`Cluster::start`].
    pub fn start() -> anyhow::Result<Self> {
        Ok(Self { cluster: Cluster::start(1)? })
    }

    /// Its address, `host:port`.
    #[must_use]
    pub fn bootstrap(&self) -> String {
        self.cluster.bootstrap()
    }

    /// Ends it with SIGKILL.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        self.cluster.kill9(0)
    }

    /// Ends it the orderly way.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.cluster.stop(0)
    }

    /// Starts it again on its old data and port.
    ///
    /// # Errors
    ///
    /// As [`Cluster::start`].
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.cluster.restart(0)
    }
}
