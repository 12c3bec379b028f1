//! The handle of a running carrier: what tests and the control port ask of it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::Shared;
use super::connection::Call;
use crate::carrier::{End, Outage, ReceivedText};
use crate::clock::Now;
use crate::config::ConfigError;
use crate::journal::{Counters, Entry, JournalFilter};
use crate::mo::{Mo, MoError};
use crate::pattern::Pattern;
use crate::person::Person;
use crate::rule::Rule;
use crate::timetable::{TIMETABLE_MAX, TimetableLine};

/// Milliseconds a shutdown waits for its clients.
const PARTING_MS: u64 = 1_000;

/// A running carrier. Clones speak to the same one; it runs until [`shutdown`](Self::shutdown).
#[derive(Clone)]
pub struct CarrierSimHandle {
    shared: Arc<Shared>,
    addr: SocketAddr,
}

/// No such text came in time.
#[derive(Debug, Error)]
#[error("no such text within {0:?}")]
pub struct WaitTimeout(Duration);

impl CarrierSimHandle {
    pub(super) fn new(shared: Arc<Shared>, addr: SocketAddr) -> Self {
        Self { shared, addr }
    }

    /// Where it listens for binds.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Sends `unbind` to everyone, hears their last answers, writes the journal out and ends. Later calls do nothing.
    pub async fn shutdown(&self) {
        self.shared.closing.cancel();
        self.recover();
        self.shared.carrier().end_all(End::AfterWriting);
        self.shared.connections.close();
        if tokio::time::timeout(Duration::from_millis(PARTING_MS), self.shared.connections.wait())
            .await
            .is_err()
        {
            tracing::debug!("a client did not let go in time");
        }
        self.shared.closed.cancel();
        self.shared.connections.wait().await;
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        let file = self.shared.carrier().journal.take_file();
        if tokio::task::spawn_blocking(move || drop(file)).await.is_err() {
            tracing::error!("the journal could not be closed");
        }
    }

    /// Sets what becomes of messages to a number, ahead of all other rules.
    pub fn rule(&self, number: impl Into<Pattern>, rule: Rule) {
        self.shared.carrier().rules.set(number.into(), rule);
    }

    /// Adds a line to the timetable, counted from now.
    ///
    /// # Errors
    /// When it would happen without pause, or there are too many to come already.
    pub fn plan(&self, line: TimetableLine) -> Result<(), ConfigError> {
        line.check()?;
        match self.shared.carrier().plan_line(line, Now::read()) {
            true => Ok(()),
            false => Err(ConfigError::TooMany { what: "timetable", count: TIMETABLE_MAX + 1, max: TIMETABLE_MAX }),
        }
    }

    /// Forgets all rules but the table of last digits.
    pub fn clear_rules(&self) {
        self.shared.carrier().rules.clear();
    }

    /// Adds a played person ahead of the others; false if there are too many.
    pub fn person(&self, person: Person) -> bool {
        self.shared.carrier().add_person(person)
    }

    /// The kept texts of one handset, by the number as submits write it, oldest first.
    pub fn inbox(&self, number: &str) -> Vec<ReceivedText> {
        let number = number.trim_start_matches('+');
        let carrier = self.shared.carrier();
        carrier
            .texts_since(0)
            .filter(|text| text.handset == number)
            .map(|text| (**text).clone())
            .collect()
    }

    /// Waits for a text on one handset; those already there count.
    pub async fn wait_for_text(
        &self,
        number: &str,
        wanted: impl Fn(&ReceivedText) -> bool,
        timeout: Duration,
    ) -> Result<ReceivedText, WaitTimeout> {
        let number = number.trim_start_matches('+');
        let wait = async {
            let mut since = 0;
            loop {
                let arrived = self.shared.arrived.notified();
                tokio::pin!(arrived);
                arrived.as_mut().enable();
                if let Some(text) = self.find_text(number, &wanted, &mut since) {
                    return text;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(timeout, wait).await.map_err(|_| WaitTimeout(timeout))
    }

    /// Sends a text from a handset in the cheapest alphabet; gives the number of its parts.
    pub fn send_mo(&self, from: &str, to: &str, text: &str) -> Result<usize, MoError> {
        self.send(&Mo::new(from, to, text))
    }

    /// Sends a text from a handset; gives the number of its parts.
    pub fn send(&self, mo: &Mo) -> Result<usize, MoError> {
        self.shared.carrier().send_mo(mo, Now::read())
    }

    /// Counts since the start.
    pub fn counters(&self) -> Counters {
        self.shared.carrier().journal.counters
    }

    /// The kept journal entries that fit, oldest first.
    pub fn journal(&self, filter: &JournalFilter) -> Vec<Entry> {
        self.shared.carrier().journal.find(filter)
    }

    /// Keeps all responses to submits back, or lets them go. What is kept when a link ends never goes out.
    pub fn pause_responses(&self, paused: bool) {
        self.shared.carrier().pause_responses(paused, Now::read());
    }

    /// Calls a client: connects to it, and says `outbind` with this name and password.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn outbind(&self, to: SocketAddr, system_id: &str, password: &str) -> io::Result<()> {
        let call = Call { system_id: system_id.to_owned(), password: password.to_owned() };
        super::call(&self.shared, to, call).await
    }

    /// Says to whoever wrote last from `sender` that a handset can be reached again; false where nobody is bound to hear it.
    pub fn alert(&self, handset: &str, sender: &str) -> bool {
        self.shared.carrier().alert(handset, sender)
    }

    /// Cuts every link without a word; new ones are welcome.
    pub fn cut_links(&self) {
        self.shared.carrier().end_all(End::AtOnce);
    }

    /// Begins an outage; without a duration it lasts until [`recover`](Self::recover).
    pub fn outage(&self, kind: Outage, lasts: Option<Duration>) {
        self.shared.carrier().go_out(kind, lasts, Now::read());
    }

    /// Ends an outage.
    pub fn recover(&self) {
        self.shared.carrier().recover(Now::read());
    }

    fn find_text(&self, number: &str, wanted: impl Fn(&ReceivedText) -> bool, since: &mut u64) -> Option<ReceivedText> {
        let carrier = self.shared.carrier();
        let mut texts = carrier.texts_since(*since);
        let found = texts
            .find(|text| text.handset == number && wanted(text))
            .map(|text| (**text).clone());
        *since = carrier.next_text_position();
        found
    }
}
