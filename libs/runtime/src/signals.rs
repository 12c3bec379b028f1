//! SIGTERM and SIGINT: the first asks for a drain, the second ends the process at once.
//!
//! They are waited for on a thread of their own, so that the second one works also when every worker of the runtime is stuck.

use std::{fmt, io, thread};

use signal_hook::low_level;
use tokio::{
    runtime,
    signal::unix::{Signal as Stream, SignalKind, signal},
    sync::watch,
};

/// What a shell adds to the number of a signal in the exit status of a process that the signal ended.
const SIGNAL_STATUS_BASE: i32 = 128;

/// A request to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: someone pressed Ctrl-C.
    Interrupt,
    /// SIGTERM: the service manager asks.
    Terminate,
}

impl Signal {
    /// The exit status of a process ended by this signal: 130 or 143.
    #[must_use]
    pub fn exit_status(self) -> i32 {
        SIGNAL_STATUS_BASE + self.kind().as_raw_value()
    }

    fn kind(self) -> SignalKind {
        match self {
            Self::Interrupt => SignalKind::interrupt(),
            Self::Terminate => SignalKind::terminate(),
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        })
    }
}

/// The signals of this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Signals(watch::Receiver<Option<Signal>>);

impl Signals {
    /// Takes over SIGTERM and SIGINT for the rest of the process's life. Call it once, early.
    ///
    /// # Errors
    /// When the operating system refuses the handlers or the thread.
    pub fn install() -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
        let mut streams = {
            let _inside = runtime.enter();
            Streams {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            }
        };
        let (first, received) = watch::channel(None);
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            runtime.block_on(async {
                first.send_replace(Some(streams.next().await));
                let second = streams.next().await;
                tracing::warn!(signal = %second, "second signal, leaving at once");
                // Not `process::exit`: the destructors of C++ libraries would run while their threads still work.
                low_level::exit(second.exit_status());
            });
        })?;
        Ok(Self(received))
    }

    /// Resolves when the first signal has come, and at once from then on.
    pub async fn received(&mut self) -> Signal {
        match self.0.wait_for(Option::is_some).await.map(|signal| *signal) {
            Ok(Some(signal)) => signal,
            // The thread holds the sender until the process exits.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

struct Streams {
    interrupt: Stream,
    terminate: Stream,
}

impl Streams {
    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_statuses_are_those_a_shell_reports() {
        assert_eq!((Signal::Interrupt.exit_status(), Signal::Terminate.exit_status()), (130, 143));
    }
}
