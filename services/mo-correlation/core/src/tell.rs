//! News of messages as clients and strangers read them.

use volley_events::{ClientEventBody, PublicEvent, PublicKind, StatusChange};
use volley_rows::RowStore;
use volley_types::{ErrorCode, FinalState, MessageId, MessageState, Reason, TenantId, Timestamp};

use crate::{
    engine::{Effect, Step},
    life::{News, Tried},
    rows::MessageRow,
};

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// Tells everybody the news of a message, in their order.
    pub(crate) fn tell(&mut self, message: MessageId, row: &MessageRow, news: &[News]) {
        for news in news {
            if let Some((state, reason)) = told_state(news) {
                let corrects = match news {
                    News::Corrected { from, .. } => Some(*from),
                    _ => None,
                };
                let change = StatusChange { state, reason, corrects, ..status(message, row) };
                self.tell_client(&row.tenant, &ClientEventBody::Status(change));
            }
            let event = public(message, row, news, self.at.now);
            self.effects.push(Effect::Public(Box::new(event)));
        }
    }

    /// Tells strangers something that is not about a message.
    pub(crate) fn tell_strangers(&mut self, event: PublicEvent) {
        self.effects.push(Effect::Public(Box::new(event)));
    }
}

/// What a client is told: that it waits, that the carrier has it, and every end. The rest it may ask for.
fn told_state(news: &News) -> Option<(MessageState, Reason)> {
    match news {
        News::Queued => Some((MessageState::Queued, Reason::None)),
        News::Submitted(_) => Some((MessageState::Submitted, Reason::None)),
        News::Closed(to) | News::Corrected { to, .. } => Some((MessageState::Final(to.state), to.reason)),
        News::Accepted | News::Routed(_) | News::AttemptFailed(..) | News::Ambiguous(_) => None,
    }
}

/// A message as it is now.
pub fn status(message: MessageId, row: &MessageRow) -> StatusChange {
    StatusChange {
        message,
        request: row.request.clone(),
        sender: row.sender.clone(),
        subscriber: row.subscriber.clone(),
        class: row.class,
        state: row.state,
        reason: row.reason,
        corrects: None,
        segments: row.segments,
        attempts: row.attempts,
        ambiguous: row.ambiguous,
        inferred: row.inferred,
        carrier_status: row.carrier_status,
        carrier_error: row.carrier_error.clone(),
        error_code: row.error_told(),
    }
}

fn public(message: MessageId, row: &MessageRow, news: &News, at: Timestamp) -> PublicEvent {
    let (kind, tried, carrier_status) = match news {
        News::Accepted => (PublicKind::MessageAccepted, None, None),
        News::Queued => (PublicKind::MessageQueued, None, None),
        News::Routed(tried) => (PublicKind::MessageRouted, Some(tried.clone()), None),
        News::Submitted(tried) => (PublicKind::MessageSubmitted, Some(tried.clone()), None),
        News::AttemptFailed(tried, status) => (PublicKind::AttemptFailed, Some(tried.clone()), *status),
        News::Ambiguous(tried) => (PublicKind::MessageAmbiguous, Some(tried.clone()), None),
        News::Closed(_) => (PublicKind::MessageClosed, row.newest_try(), row.carrier_status),
        News::Corrected { .. } => (PublicKind::MessageCorrected, row.newest_try(), row.carrier_status),
    };
    let ending = match news {
        News::Closed(to) | News::Corrected { to, .. } => Some(to),
        _ => None,
    };
    let event = PublicEvent {
        message: Some(message),
        request: Some(row.request.clone()),
        number: Some(row.sender.clone()),
        subscriber: Some(row.subscriber.clone()),
        class: Some(row.class),
        state: ending.map(|to| to.state),
        reason: ending.map_or(Reason::None, |to| to.reason),
        carrier_status,
        carrier_error: ending.and(row.carrier_error.clone()),
        error_code: (ending.is_some() || carrier_status.is_some())
            .then(|| row.error_told())
            .flatten(),
        ..blank(kind, at, row.tenant.clone())
    };
    match tried {
        None => event,
        Some(Tried { number, account, carrier, segments }) => PublicEvent {
            attempt: number,
            account: Some(account),
            carrier: Some(carrier),
            segments,
            ..event
        },
    }
}

/// An event of which only kind, time and tenant are known.
pub fn blank(kind: PublicKind, at: Timestamp, tenant: TenantId) -> PublicEvent {
    PublicEvent {
        kind,
        at,
        tenant,
        message: None,
        request: None,
        thread: None,
        number: None,
        subscriber: None,
        class: None,
        attempt: 0,
        account: None,
        carrier: None,
        segments: 0,
        state: None,
        reason: Reason::None,
        carrier_status: None,
        carrier_error: None,
        error_code: None,
        keyword: None,
        poll: None,
    }
}

impl MessageRow {
    /// What was wrong; nothing, once it is delivered.
    fn error_told(&self) -> Option<ErrorCode> {
        self.error_code.filter(|_| self.ended() != Some(FinalState::Delivered))
    }

    fn newest_try(&self) -> Option<Tried> {
        self.tries.last().map(|kept| kept.tried())
    }
}
