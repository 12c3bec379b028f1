//! What this front door remembers of the requests it took (D10): bounded, the longest unused forgotten first.

use std::sync::Arc;

use moka::{policy::EvictionPolicy, sync::Cache};
use volley_events::{StatusChange, Submission};
use volley_ingest_core::Known;
use volley_types::{MessageId, MessageState, Reason, TenantId, Timestamp};
use volley_wire::{message_status, proto::messaging::v1::CancelOutcome};

use crate::FoundMessage;

/// Requests remembered; some 300 octets each.
const REQUESTS_MAX: u64 = 200_000;

/// Requests by the message id they derive, which tells tenant, request id and handset apart.
#[derive(Clone)]
pub(crate) struct Memory(Cache<MessageId, Remembered>);

/// One request.
#[derive(Clone)]
pub(crate) struct Remembered {
    /// What it asked for, and whether it is durable.
    pub(crate) known: Known,
    facts: Arc<Facts>,
}

struct Facts {
    tenant: TenantId,
    change: StatusChange,
    received_at: Timestamp,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self(
            Cache::builder()
                .max_capacity(REQUESTS_MAX)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
        )
    }

    pub(crate) fn get(&self, message: MessageId) -> Option<Remembered> {
        self.0.get(&message)
    }

    pub(crate) fn keep(&self, message: MessageId, remembered: Remembered) {
        self.0.insert(message, remembered);
    }

    /// The log has it: the next equal request is answered from memory.
    pub(crate) fn durable(&self, message: MessageId, mut remembered: Remembered) {
        remembered.known.durable = true;
        self.keep(message, remembered);
    }

    /// Nobody knows whether the log has it: the next equal request is appended.
    pub(crate) fn forget(&self, message: MessageId) {
        self.0.invalidate(&message);
    }
}

impl Remembered {
    /// A request on its way to the log.
    pub(crate) fn of(submission: &Submission, segments: u8) -> Self {
        let change = StatusChange {
            message: submission.message,
            request: submission.request.clone(),
            sender: submission.sender.clone(),
            subscriber: submission.subscriber.clone(),
            class: submission.class,
            state: MessageState::Accepted,
            reason: Reason::None,
            corrects: None,
            segments,
            attempts: 0,
            ambiguous: false,
            inferred: false,
            carrier_status: None,
            carrier_error: None,
            error_code: None,
        };
        let facts = Facts { tenant: submission.tenant.clone(), change, received_at: submission.received_at };
        Self {
            known: Known { content: submission.content, durable: false },
            facts: Arc::new(facts),
        }
    }

    /// Its state as far as the door knows; `None` until it is durable.
    pub(crate) fn found(&self) -> Option<FoundMessage> {
        let Facts { tenant, change, received_at } = &*self.facts;
        let status = message_status(change, *received_at, Some(*received_at));
        let cancel = CancelOutcome::Unspecified;
        self.known
            .durable
            .then(|| FoundMessage { tenant: tenant.clone(), status, cancel, edit: None })
    }
}
