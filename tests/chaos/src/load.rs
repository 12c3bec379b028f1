//! A backend that sends without pause, and remembers exactly what it was told.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::task::JoinSet;
use volley_e2e::client::keyed;
use volley_wire::proto::messaging::v1::{
    SendMessageRequest, TrafficClass, messaging_service_client::MessagingServiceClient,
};

/// Calls under way at once.
const SENDERS: u32 = 32;

/// A call that is not answered by then is given up; the client then does not know.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// What the client was told OK: text by message id.
pub type Told = BTreeMap<String, String>;

/// The load: senders that go on until told to stop, over kills.
#[derive(Debug, Clone)]
pub struct Load {
    key: String,
    told: Arc<Mutex<Told>>,
    next: Arc<AtomicU32>,
}

impl Load {
    /// Nothing sent yet.
    pub fn new(key: String) -> Self {
        Self { key, told: Arc::default(), next: Arc::default() }
    }

    /// Sends to this front door until `stop`; what fails is not asked again.
    pub async fn run(&self, front_door: &str, stop: Arc<AtomicBool>) {
        let mut senders = JoinSet::new();
        for _ in 0..SENDERS {
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
            let text = format!("alert {number:07}");
            let message = SendMessageRequest {
                request_id: format!("kill-{number}"),
                from: volley_e2e::provision::ACME_NUMBER.to_owned(),
                to: handset(number),
                text: text.clone(),
                traffic_class: TrafficClass::Transactional.into(),
                ..Default::default()
            };
            match tokio::time::timeout(CALL_TIMEOUT, messaging.send_message(message)).await {
                Ok(Ok(answer)) => {
                    let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
                    told.insert(answer.into_inner().message_id, text);
                }
                // Killed under the call, or overloaded: the client does not know, or knows it was not taken.
                Ok(Err(_)) | Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// What the client was told OK so far.
    pub fn told(&self) -> Told {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A handset for each message. None ends in 99xx: those have other fates at the carrier.
fn handset(number: u32) -> String {
    format!("+8210{:04}{:04}", 4_000 + number / 9_900, number % 9_900)
}
