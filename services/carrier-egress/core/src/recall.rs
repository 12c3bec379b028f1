//! Recalls that still hold (design D9): which orders must not leave any more.
//!
//! A recall takes back what its source decided before the recall's own position, nothing later; repeating it changes nothing. It is
//! forgotten when everything it could take back has passed its `send_before` anyway.

use std::collections::{BTreeMap, VecDeque};

use volley_events::{RecallScope, SubmitOrder};
use volley_types::{DialAddress, Lane, Position, Source, SpanMs, Timestamp, TrafficClass};

/// How long a recall holds: the longest time an order may lie in a lane.
pub const RECALL_HELD: SpanMs = Lane::Bulk.dwell_max();

/// Most recalls that hold at once. Of more, the oldest is forgotten: the lanes were read past what it takes back long ago, or are
/// so far behind that most of it has expired.
pub const RECALLS_MAX: usize = 262_144;

/// What holds, by what it takes back and who said so.
#[derive(Debug, Default)]
pub struct Recalls {
    held: BTreeMap<RecallScope, BTreeMap<Source, Held>>,
    /// By age, the oldest first; a recall that was repeated since is there twice.
    ages: VecDeque<(Timestamp, RecallScope, Source)>,
}

/// The newest recall of a scope by a source.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// Its place in what the source wrote.
    position: Position,
    /// When the log took it.
    at: Timestamp,
}

impl Recalls {
    /// Takes a recall in; whether it says more than was known.
    pub fn take(&mut self, scope: &RecallScope, source: Source, position: Position, at: Timestamp) -> bool {
        let by_source = self.held.entry(scope.clone()).or_default();
        if by_source.get(&source).is_some_and(|held| held.position >= position) {
            return false;
        }
        by_source.insert(source, Held { position, at });
        self.ages.push_back((at, scope.clone(), source));
        if self.ages.len() > RECALLS_MAX {
            self.drop_oldest();
        }
        true
    }

    /// Whether an order from this place must not leave.
    pub fn hold_back(&self, order: &SubmitOrder, (source, position): (Source, Position)) -> bool {
        if self.is_empty() {
            return false;
        }
        let takes =
            |by_source: &BTreeMap<Source, Held>| by_source.get(&source).is_some_and(|held| position < held.position);
        let exactly = |scope: RecallScope| self.held.get(&scope).is_some_and(takes);
        exactly(RecallScope::Message(order.attempt.message))
            || exactly(RecallScope::Tenant(order.tenant.clone()))
            || exactly(opt_out(order, order.source.clone()))
            || order.class == TrafficClass::Marketing && self.opt_outs_of(order).any(takes)
    }

    /// The opt-outs of an order's person from its tenant, whatever number they were sent to.
    fn opt_outs_of(&self, order: &SubmitOrder) -> impl Iterator<Item = &BTreeMap<Source, Held>> {
        let from = opt_out(order, DialAddress::default());
        let theirs = |scope: &RecallScope| {
            matches!(
                scope,
                RecallScope::OptOut { tenant, subscriber, .. }
                    if *tenant == order.tenant && *subscriber == order.subscriber
            )
        };
        self.held
            .range(from..)
            .take_while(move |(scope, _)| theirs(scope))
            .map(|(_, by_source)| by_source)
    }

    /// Forgets what has held long enough.
    pub fn forget(&mut self, now: Timestamp) {
        while self.ages.front().is_some_and(|(at, _, _)| now >= *at + RECALL_HELD) {
            self.drop_oldest();
        }
    }

    /// How many hold.
    pub fn len(&self) -> usize {
        self.held.values().map(BTreeMap::len).sum()
    }

    /// Whether none holds.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn drop_oldest(&mut self) {
        let Some((at, scope, source)) = self.ages.pop_front() else { return };
        let Some(by_source) = self.held.get_mut(&scope) else { return };
        if by_source.get(&source).is_some_and(|held| held.at == at) {
            by_source.remove(&source);
        }
        if by_source.is_empty() {
            self.held.remove(&scope);
        }
    }
}

/// Whether a recall takes this order back, as far as what it is about goes.
pub fn is_in_scope(order: &SubmitOrder, scope: &RecallScope) -> bool {
    match scope {
        RecallScope::Message(message) => order.attempt.message == *message,
        RecallScope::Tenant(tenant) => order.tenant == *tenant,
        RecallScope::OptOut { tenant, subscriber, source } => {
            order.subscriber == *subscriber
                && order.tenant == *tenant
                && (order.source == *source || order.class == TrafficClass::Marketing)
        }
    }
}

fn opt_out(order: &SubmitOrder, source: DialAddress) -> RecallScope {
    RecallScope::OptOut { tenant: order.tenant.clone(), subscriber: order.subscriber.clone(), source }
}
