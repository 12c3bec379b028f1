//! What a step wants to be published.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use volley_event_log::Attribute;
use volley_types::Timestamp;

/// The full name of a topic, such as `volley.correlation.in.v1`. Cheap to clone; make it once, not per record.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName(Arc<str>);

impl TopicName {
    /// Keeps the name as it is; whether the topic exists is found out at the first output to it.
    pub fn new(name: &str) -> Self {
        Self(Arc::from(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn shared(&self) -> &Arc<str> {
        &self.0
    }
}

impl fmt::Debug for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// When an output is sent, relative to the others of its batch. A topic has one rank, always the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// Before everything of the second rank is sent, these are acknowledged: `correlation.in`, `routing.in`.
    First,
    /// `egress.*`, `recall`, `inbox`, `events`, `dead-letter`, `progress`.
    Second,
}

/// One record to be published. The loop adds the header: source, position, predecessor.
#[derive(Clone, PartialEq, Eq)]
pub struct Output {
    /// Where to.
    pub topic: TopicName,
    /// Which partition of it.
    pub partition: u32,
    /// When it is sent.
    pub rank: Rank,
    /// For consumers outside Volley; the partition is never derived from it.
    pub key: Option<Bytes>,
    /// Further headers, such as those of CloudEvents on `events`. Usually empty.
    pub attributes: Vec<Attribute>,
    /// The body.
    pub value: Bytes,
    /// When the fact was observed at the edge; goes into the header.
    pub observed_at: Timestamp,
}

/// Shows where it goes and how long it is, never what it says.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("topic", &self.topic)
            .field("partition", &self.partition)
            .field("rank", &self.rank)
            .field("value_bytes", &self.value.len())
            .finish_non_exhaustive()
    }
}

/// Collects the outputs of one step, in the order in which they are pushed.
#[derive(Debug, Default)]
pub struct Outbox(Vec<Output>);

impl Outbox {
    /// An empty one; tests of a fold make their own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an output.
    pub fn push(&mut self, output: Output) {
        self.0.push(output);
    }

    /// What was pushed so far.
    pub fn outputs(&self) -> &[Output] {
        &self.0
    }

    /// Takes everything out.
    pub fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.0)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Output> + '_ {
        self.0.drain(..)
    }
}
