//! A backend that sends without pause, and remembers exactly what it was told.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use tokio::task::{JoinHandle, JoinSet};
use volley_e2e::client::keyed;
use volley_wire::proto::messaging::v1::{
    SendMessageRequest, TrafficClass, messaging_service_client::MessagingServiceClient,
};

/// How much is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Calls under way at once.
    pub senders: u32,
    /// How long a sender rests after each answer.
    pub rest: Duration,
}

impl Pace {
    /// As much as one process takes.
    pub const FULL: Self = Self { senders: 32, rest: Duration::ZERO };
    /// At most some 200 messages a second, that many processes on a small machine keep up with.
    pub const GENTLE: Self = Self { senders: 8, rest: Duration::from_millis(40) };
}

/// Where the handsets of a load begin, unless another one is running: `+8210 4000 0000`.
const EXCHANGE: u32 = 4_000;

/// A call that is not answered by then is given up; the client then does not know.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// What the client was told OK: text by message id.
pub type Told = BTreeMap<String, String>;

/// The load: senders that go on until told to stop, over kills.
#[derive(Debug, Clone)]
pub struct Load {
    key: String,
    pace: Pace,
    /// The digits after +8210 of its first handset; also tells its texts and requests from those of another load.
    exchange: u32,
    told: Arc<Mutex<Told>>,
    next: Arc<AtomicU32>,
}

impl Load {
    /// Nothing sent yet.
    pub fn new(key: String, pace: Pace) -> Self {
        Self::among(key, pace, EXCHANGE)
    }

    /// Nothing sent yet; the handsets are from this exchange on, four digits.
    pub fn among(key: String, pace: Pace, exchange: u32) -> Self {
        Self { key, pace, exchange, told: Arc::default(), next: Arc::default() }
    }

    /// Begins to send to this front door.
    pub fn start(&self, front_door: String) -> Running {
        let (load, stop) = (self.clone(), Arc::new(AtomicBool::new(false)));
        let stopped = Arc::clone(&stop);
        let task = tokio::spawn(async move { load.run(&front_door, stopped).await });
        Running { stop, task }
    }

    /// Sends to this front door until `stop`; what fails is not asked again.
    async fn run(&self, front_door: &str, stop: Arc<AtomicBool>) {
        let mut senders = JoinSet::new();
        for _ in 0..self.pace.senders {
            let (load, front_door, stop) = (self.clone(), front_door.to_owned(), Arc::clone(&stop));
            senders.spawn(async move { load.send_until(&front_door, &stop).await });
        }
        senders.join_all().await;
    }

    async fn send_until(&self, front_door: &str, stop: &AtomicBool) {
        let Ok(channel) = keyed(front_door, &self.key).await else { return };
        let mut messaging = MessagingServiceClient::new(channel);
        while !stop.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let text = format!("alert {} {number:07}", self.exchange);
            let message = SendMessageRequest {
                request_id: format!("kill-{}-{number}", self.exchange),
                from: volley_e2e::provision::ACME_NUMBER.to_owned(),
                to: self.handset(number),
                text: text.clone(),
                traffic_class: TrafficClass::Transactional.into(),
                ..Default::default()
            };
            match tokio::time::timeout(CALL_TIMEOUT, messaging.send_message(message)).await {
                Ok(Ok(answer)) => {
                    self.note(answer.into_inner().message_id, text);
                    if !self.pace.rest.is_zero() {
                        tokio::time::sleep(self.pace.rest).await;
                    }
                }
                // Killed under the call, or overloaded: the client does not know, or knows it was not taken.
                Ok(Err(_)) | Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn note(&self, message: String, text: String) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(message, text);
    }

    /// A handset for each message. None ends in 99xx: those have other fates at the carrier.
    fn handset(&self, number: u32) -> String {
        format!("+8210{:04}{:04}", self.exchange + number / 9_900, number % 9_900)
    }

    /// What the client was told OK so far.
    pub fn told(&self) -> Told {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A load under way.
#[derive(Debug)]
pub struct Running {
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Running {
    /// Ends it; every call is answered or given up.
    ///
    /// # Errors
    /// When it had panicked.
    pub async fn stop(self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        Ok(self.task.await?)
    }
}
