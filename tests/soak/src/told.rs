//! What the clients' streams say.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Result;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use volley_e2e::{Backend, backend::is_final};
use volley_wire::proto::messaging::v1::{ConsentAction, MessageState, MessageStatus, Reply, event};

/// How often what came is taken over, and every how many times it is acknowledged.
const TURN: Duration = Duration::from_secs(1);
const TURNS_PER_ACKNOWLEDGEMENT: u32 = 5;

/// A tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tenant {
    /// The first.
    Acme,
    /// The second.
    Globex,
}

/// A text from a handset, as a client got it.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Who got it.
    pub tenant: Tenant,
    /// It.
    pub reply: Reply,
}

/// Everything that was told.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Final states, corrections included, by message id, as they came.
    pub ends: BTreeMap<String, Vec<MessageStatus>>,
    /// Replies by their ids.
    pub replies: BTreeMap<String, Heard>,
    /// Replies that came more than once under one id.
    pub repeats: u64,
    /// By handset: when a client learnt of its STOP.
    pub stops: BTreeMap<String, Instant>,
}

impl Told {
    fn status(&mut self, status: MessageStatus) {
        if is_final(status.state()) {
            self.ends.entry(status.message_id.clone()).or_default().push(status);
        }
    }

    fn reply(&mut self, tenant: Tenant, reply: Reply) {
        if reply.consent() == ConsentAction::OptOut {
            self.stops.entry(reply.from.clone()).or_insert_with(Instant::now);
        }
        let before = self.replies.insert(reply.reply_id.clone(), Heard { tenant, reply });
        self.repeats += u64::from(before.is_some());
    }

    /// How a message ended last, if it did.
    pub fn end_of(&self, message: &str) -> Option<&MessageStatus> {
        self.ends.get(message).and_then(|ends| ends.last())
    }

    /// Ends that are no corrections.
    pub fn ends_of(&self, message: &str) -> usize {
        let ends = self.ends.get(message).map(Vec::as_slice).unwrap_or_default();
        ends.iter().filter(|end| end.corrects() == MessageState::Unspecified).count()
    }
}

/// What all clients were told, shared.
#[derive(Debug, Clone, Default)]
pub struct Ears(Arc<Mutex<Told>>);

impl Ears {
    /// What was told so far.
    pub fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a tenant's stream, and acknowledges, until `stop`.
    pub fn listen(&self, tenant: Tenant, backend: Backend, stop: CancellationToken) -> JoinHandle<Result<()>> {
        tokio::spawn(self.clone().follow(tenant, backend, stop))
    }

    async fn follow(self, tenant: Tenant, mut backend: Backend, stop: CancellationToken) -> Result<()> {
        let mut turns = 0_u32;
        while !stop.is_cancelled() {
            for event in backend.events_within(TURN).await? {
                match event.event {
                    Some(event::Event::Status(status)) => self.told().status(status),
                    Some(event::Event::Reply(reply)) => self.told().reply(tenant, reply),
                    Some(event::Event::RequestConflict(_)) | None => {}
                }
            }
            turns += 1;
            if turns.is_multiple_of(TURNS_PER_ACKNOWLEDGEMENT) {
                backend.acknowledge().await?;
            }
        }
        Ok(())
    }
}
