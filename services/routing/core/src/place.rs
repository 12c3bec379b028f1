//! Finding a place for a message: an account with room, a queue, or the end.

use volley_directory::Directory;
use volley_events::{
    Accepted, Closed, Considered, Planned, QueueReason, Queued, RoutingFact, Submission, SubmitOrder, Verdict,
    config::RouteConfig,
};
use volley_rows::{RowStore, RowsExt};
use volley_types::{AccountId, AttemptId, FinalState, Lane, MessageId, Reason, Timestamp};

use crate::{
    At, Effect, Routing, RoutingError, consent,
    life::Life,
    orders,
    rows::{AllowanceRow, LaneKey, MessageRow, OrderFacts, QueueKey},
    timers::{self, FORGET_AFTER},
};

/// What was decided about a message, and the order that goes with it.
pub struct Placed {
    verdict: Option<Verdict>,
    order: Option<(AccountId, Lane, Box<SubmitOrder>)>,
}

impl Placed {
    /// Nothing to tell.
    pub fn nothing() -> Self {
        Self { verdict: None, order: None }
    }

    /// It waits for a configuration record.
    pub fn waits_for_config(message: MessageId) -> Self {
        Self::queued(message, QueueReason::Configuration, None)
    }

    /// It waits until a back-off ends.
    pub fn backs_off(message: MessageId, due: Timestamp) -> Self {
        Self::queued(message, QueueReason::BackOff, Some(due))
    }

    fn queued(message: MessageId, reason: QueueReason, until: Option<Timestamp>) -> Self {
        Self { verdict: Some(Verdict::Queued(Queued { message, reason, until })), order: None }
    }

    /// The first thing told of a message: that it was taken, and the verdict.
    pub fn into_first(self, accepted: impl FnOnce(Verdict) -> Accepted) -> impl Iterator<Item = Effect> {
        let told = self.verdict.map(|verdict| RoutingFact::Accepted(Box::new(accepted(verdict))));
        told.map(Effect::Tell).into_iter().chain(self.order.map(order_effect))
    }

    /// What is told later: the verdict alone.
    pub fn into_later(self) -> impl Iterator<Item = Effect> {
        let told = self.verdict.map(|verdict| match verdict {
            Verdict::Planned(planned) => RoutingFact::Planned(planned),
            Verdict::Queued(queued) => RoutingFact::Queued(queued),
            Verdict::Closed(closed) => RoutingFact::Closed(closed),
        });
        told.map(Effect::Tell).into_iter().chain(self.order.map(order_effect))
    }
}

fn order_effect((account, lane, order): (AccountId, Lane, Box<SubmitOrder>)) -> Effect {
    Effect::Order { account, lane, order }
}

impl MessageRow {
    /// A message that was just taken.
    pub fn new(submission: Submission, accepted_at: Timestamp) -> Self {
        let confirms = match submission.origin {
            volley_events::Origin::Client => None,
            volley_events::Origin::Confirmation { arrival } => Some(arrival),
        };
        let facts = OrderFacts {
            tenant: submission.tenant,
            request: submission.request,
            sender: submission.sender,
            subscriber: submission.subscriber,
            text: submission.text,
            class: submission.class,
            deadline: submission.deadline,
            accepted_at,
            received_at: submission.received_at,
            confirms,
        };
        let life = Life::BacksOff { avoid: None };
        Self {
            content: submission.content,
            life,
            attempts: 0,
            counted: 0,
            order: Some(Box::new(facts)),
            timer: None,
        }
    }

    /// What an attempt needs; only a message that is done has none.
    pub fn facts(&self, message: MessageId) -> Result<&OrderFacts, RoutingError> {
        self.order
            .as_deref()
            .ok_or(RoutingError::Invariant { message, what: "is not done, but has nothing to send" })
    }

    /// The fact that it was taken, but for the verdict.
    pub fn accepted(&self, message: MessageId) -> impl FnOnce(Verdict) -> Accepted + use<> {
        let facts = self.order.clone().expect("a message that was just taken has its facts");
        move |verdict| Accepted {
            message,
            origin: facts.origin(),
            tenant: facts.tenant,
            request: facts.request,
            sender: facts.sender,
            subscriber: facts.subscriber,
            class: facts.class,
            deadline: facts.deadline,
            received_at: facts.received_at,
            accepted_at: facts.accepted_at,
            verdict,
        }
    }
}

impl Routing {
    /// Hands a message to an account, parks it, or closes it.
    pub(crate) fn place<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        message: MessageId,
        row: &mut MessageRow,
        avoid: Option<&AccountId>,
        rows: &mut S,
    ) -> Result<Placed, RoutingError> {
        let facts = row.facts(message)?.clone();
        if let Some((state, reason)) = self.objection(at, &facts, rows)? {
            return self.close(message, row, state, reason, None, rows);
        }
        let Some(route) = self.directory.route(&facts.subscriber).cloned() else {
            return self.close(message, row, FinalState::Refused, Reason::NoRoute, None, rows);
        };
        match choose(&self.directory, &route, facts.class.lane(), avoid, rows)? {
            Choice::Account { account, others } => {
                self.hand_over(at, message, row, &facts, &route, account, others, rows)
            }
            Choice::None => self.park(at, message, row, &facts, &route, rows),
        }
    }

    /// Why a message must not go out, if there is a reason.
    fn objection<S: RowStore + ?Sized>(
        &self,
        at: At,
        facts: &OrderFacts,
        rows: &S,
    ) -> Result<Option<(FinalState, Reason)>, RoutingError> {
        let refused = |reason| Ok(Some((FinalState::Refused, reason)));
        if at.now >= facts.deadline {
            return Ok(Some((FinalState::Expired, Reason::ValidityEnded)));
        }
        if self.directory.tenant(&facts.tenant).is_none_or(|tenant| tenant.suspended) {
            return refused(Reason::TenantSuspended);
        }
        if !self.directory.may_send(&facts.tenant, &facts.sender) {
            return refused(Reason::SenderNotOwned);
        }
        if consent::forbids(rows, facts)? {
            return refused(Reason::OptedOut);
        }
        Ok(None)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one order, each of another kind")]
    fn hand_over<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        message: MessageId,
        row: &mut MessageRow,
        facts: &OrderFacts,
        route: &RouteConfig,
        account: AccountId,
        others: Vec<Considered>,
        rows: &mut S,
    ) -> Result<Placed, RoutingError> {
        let Ok(plan) = orders::plan(facts) else {
            return self.close(message, row, FinalState::Refused, Reason::TooManySegments, None, rows);
        };
        let unknown = RoutingError::Invariant { message, what: "its number or account is not configured" };
        let (Some(number), Some(config)) = (self.directory.number(&facts.sender), self.directory.account(&account))
        else {
            return Err(unknown);
        };
        row.attempts = row.attempts.saturating_add(1);
        let attempt = AttemptId { message, number: row.attempts };
        let order = orders::order(rows, attempt, facts, number, &plan, at.now)?;
        let lane = facts.class.lane();
        let planned = Planned {
            attempt,
            account: account.clone(),
            carrier: config.carrier.clone(),
            lane,
            segments: plan.count(),
            data_coding: order.data_coding,
            send_before: order.send_before,
            route_prefix: route.prefix.clone(),
            others,
        };
        take_room(rows, &account, lane)?;
        row.life = Life::Unsettled { account: account.clone(), lane };
        timers::set(rows, message, row, None)?;
        Ok(Placed {
            verdict: Some(Verdict::Planned(planned)),
            order: Some((account, lane, Box::new(order))),
        })
    }

    fn park<S: RowStore + ?Sized>(
        &mut self,
        at: At,
        message: MessageId,
        row: &mut MessageRow,
        facts: &OrderFacts,
        route: &RouteConfig,
        rows: &mut S,
    ) -> Result<Placed, RoutingError> {
        let key = QueueKey {
            route: route.prefix.clone(),
            lane: facts.class.lane(),
            tenant: facts.tenant.clone(),
            parked_by: at.offset,
            message,
        };
        self.queues.park(rows, &key)?;
        row.life = Life::Parked(key);
        timers::set(rows, message, row, Some(facts.deadline))?;
        Ok(Placed::queued(message, QueueReason::NoAllowance, None))
    }

    pub(crate) fn close<S: RowStore + ?Sized>(
        &mut self,
        message: MessageId,
        row: &mut MessageRow,
        state: FinalState,
        reason: Reason,
        carrier_status: Option<u32>,
        rows: &mut S,
    ) -> Result<Placed, RoutingError> {
        self.finish(message, row, rows)?;
        let closed = Closed { message, state, reason, carrier_status };
        Ok(Placed { verdict: Some(Verdict::Closed(closed)), order: None })
    }

    /// Keeps the id, drops the rest.
    pub(crate) fn finish<S: RowStore + ?Sized>(
        &mut self,
        message: MessageId,
        row: &mut MessageRow,
        rows: &mut S,
    ) -> Result<(), RoutingError> {
        let forget_at = row.facts(message)?.deadline + FORGET_AFTER;
        row.life = Life::Done;
        row.order = None;
        Ok(timers::set(rows, message, row, Some(forget_at))?)
    }
}

fn take_room<S: RowStore + ?Sized>(rows: &mut S, account: &AccountId, lane: Lane) -> Result<(), RoutingError> {
    let key = LaneKey(account.clone(), lane);
    let mut allowance = rows.row::<AllowanceRow>(&key)?.unwrap_or_default();
    allowance.unsettled += 1;
    Ok(rows.put_row(&key, &allowance)?)
}

enum Choice {
    Account { account: AccountId, others: Vec<Considered> },
    None,
}

/// The first open account of the route with room; the one to avoid only when no other has any.
fn choose<S: RowStore + ?Sized>(
    directory: &Directory,
    route: &RouteConfig,
    lane: Lane,
    avoid: Option<&AccountId>,
    rows: &S,
) -> Result<Choice, RoutingError> {
    let (mut chosen, mut fallback, mut others) = (None, None, Vec::new());
    for account in &route.accounts {
        let room = rows
            .row::<AllowanceRow>(&LaneKey(account.clone(), lane))?
            .is_some_and(|row| row.has_room());
        let because = match directory.account(account) {
            None => "is not configured",
            Some(config) if config.closed => "is closed",
            Some(_) if !room => "has no room",
            Some(_) if chosen.is_some() => "comes later in the route",
            Some(_) if avoid == Some(account) => {
                fallback = Some(account.clone());
                "did not take it before"
            }
            Some(_) => {
                chosen = Some(account.clone());
                continue;
            }
        };
        others.push(Considered { account: account.clone(), because: because.to_owned() });
    }
    Ok(match chosen.or(fallback) {
        Some(account) => {
            others.retain(|other| other.account != account);
            Choice::Account { account, others }
        }
        None => Choice::None,
    })
}
