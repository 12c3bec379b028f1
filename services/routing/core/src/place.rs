//! Finding a place for a message: an account with room, somewhere to wait, or the end.
//!
//! ```text
//!   objection? ──▶ its time? ──▶ first in its line? ──▶ a route? ──▶ paused? ──▶ an account with room? ──▶ handed over
//!       │              │                │                 │            └────────────┴─ no: parked
//!       └─ closed      └─ scheduled     └─ in line        └─ no: refused
//! ```

use volley_directory::Directory;
use volley_events::{Closed, Considered, Planned, QueueReason, Queued, Verdict, config::RouteConfig};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_sms_text::SegmentOptions;
use volley_types::{AccountId, AttemptId, FinalState, Lane, MessageId, Position, Reason, Timestamp};

use crate::{
    RoutingError, consent,
    engine::{Effect, Step},
    life::Life,
    orders, retry,
    rows::{AllowanceRow, ConfigWaitKey, LaneKey, MessageRow, OrderFacts, QueueKey},
};

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// Hands a message to an account, lets it wait, or closes it. The row is the caller's to keep.
    pub fn place(
        &mut self,
        message: MessageId,
        row: &mut MessageRow,
        avoid: Option<&AccountId>,
    ) -> Result<(), RoutingError> {
        if row.cancelled {
            return self.take_back(message, row);
        }
        let facts = row.facts(message)?.clone();
        if let Some((state, reason)) = self.objection(&facts)? {
            return self.close(message, row, state, reason, None);
        }
        if let Some(time) = facts.send_at.filter(|time| *time > self.at.now) {
            return self.wait(message, row, Life::Scheduled, Some(time), QueueReason::Schedule);
        }
        if !self.is_first_in_line(message, &facts)? {
            return self.wait(message, row, Life::InLine, None, QueueReason::Order);
        }
        let Some(route) = self.here.directory.route(&facts.subscriber).cloned() else {
            return self.close(message, row, FinalState::Refused, Reason::NoRoute, None);
        };
        if self.here.is_paused(&facts.tenant) {
            return self.park(message, row, &facts, &route, QueueReason::Paused);
        }
        match choose(&self.here.directory, &route, facts.class.lane(), avoid, self.rows)? {
            Some(choice) => self.hand_over(message, row, &facts, &route, choice),
            None => self.park(message, row, &facts, &route, QueueReason::NoAllowance),
        }
    }

    /// Places a message that waits, and keeps its row.
    pub fn place_again(&mut self, message: MessageId) -> Result<(), RoutingError> {
        let mut row = self.row(message, "waits, but has no row")?;
        self.place(message, &mut row, None)?;
        Ok(self.rows.put_row(&message, &row)?)
    }

    /// Lets a message wait until the directory has come to an offset. It has no timer, and whatever happens meanwhile is decided
    /// then: before, mo-correlation may not know yet whom to tell how it ended.
    pub fn wait_for_config(
        &mut self,
        message: MessageId,
        row: &mut MessageRow,
        config_offset: u64,
    ) -> Result<(), RoutingError> {
        let taken_by = row.facts(message)?.taken_by;
        let life = Life::WaitsForConfig(ConfigWaitKey { config_offset, taken_by, message });
        self.move_to(message, row, life, None)?;
        self.tell(Verdict::Queued(Queued { message, reason: QueueReason::Configuration, until: None }));
        Ok(())
    }

    /// Lets a message wait, until a time or until its validity ends, whichever is first.
    pub fn wait(
        &mut self,
        message: MessageId,
        row: &mut MessageRow,
        life: Life,
        until: Option<Timestamp>,
        reason: QueueReason,
    ) -> Result<(), RoutingError> {
        let deadline = row.facts(message)?.deadline;
        let due = until.map_or(deadline, |until| until.min(deadline));
        self.move_to(message, row, life, Some(due))?;
        self.tell(Verdict::Queued(Queued { message, reason, until: until.map(|_| due) }));
        Ok(())
    }

    /// Ends a message.
    pub fn close(
        &mut self,
        message: MessageId,
        row: &mut MessageRow,
        state: FinalState,
        reason: Reason,
        carrier_status: Option<u32>,
    ) -> Result<(), RoutingError> {
        self.finish(message, row)?;
        self.tell(Verdict::Closed(Closed { message, state, reason, carrier_status }));
        Ok(())
    }

    /// Why a message must not go out, if there is a reason.
    fn objection(&self, facts: &OrderFacts) -> Result<Option<(FinalState, Reason)>, RowError> {
        let refused = |reason| Ok(Some((FinalState::Refused, reason)));
        if self.at.now >= facts.deadline {
            return Ok(Some((FinalState::Expired, Reason::ValidityEnded)));
        }
        let directory = &self.here.directory;
        if directory.tenant(&facts.tenant).is_none_or(|tenant| tenant.suspended) {
            return refused(Reason::TenantSuspended);
        }
        if !directory.may_send(&facts.tenant, &facts.sender) {
            return refused(Reason::SenderNotOwned);
        }
        if consent::forbids(self.rows, facts)? {
            return refused(Reason::OptedOut);
        }
        Ok(None)
    }

    fn hand_over(
        &mut self,
        message: MessageId,
        row: &mut MessageRow,
        facts: &OrderFacts,
        route: &RouteConfig,
        choice: Choice,
    ) -> Result<(), RoutingError> {
        let Choice { account, others } = choice;
        let Ok(orders::Worded { plan, substitutions }) = orders::plan(facts, &self.cutting_of(&account)) else {
            return self.close(message, row, FinalState::Refused, Reason::TooManySegments, None);
        };
        let unknown = RoutingError::Invariant { message, what: "its number or account is not configured" };
        let directory = &self.here.directory;
        let (Some(number), Some(config)) = (directory.number(&facts.sender), directory.account(&account)) else {
            return Err(unknown);
        };
        row.attempts = row.attempts.saturating_add(1);
        let attempt = AttemptId { message, number: row.attempts };
        let (carrier, margin) = (config.carrier.clone(), retry::settle_margin(config.response_timeout));
        let order = orders::order(self.rows, attempt, facts, number, &plan, self.at.now)?;
        let (lane, overdue_at) = (facts.class.lane(), order.send_before + margin);
        let planned = Planned {
            attempt,
            account: account.clone(),
            carrier,
            lane,
            segments: plan.count(),
            data_coding: order.data_coding,
            send_before: order.send_before,
            route_prefix: route.prefix.clone(),
            others,
            submits: u8::try_from(order.segments.len()).unwrap_or(u8::MAX),
            substitutions,
        };
        take_room(self.rows, &account, lane)?;
        self.tell(Verdict::Planned(planned));
        let life = Life::Unsettled { account: account.clone(), lane, ordered: self.next_position() };
        self.move_to(message, row, life, Some(overdue_at))?;
        self.effects.push(Effect::Order { account, lane, order: Box::new(order) });
        Ok(())
    }

    /// How the carrier of an account wants texts encoded and cut.
    fn cutting_of(&self, account: &AccountId) -> SegmentOptions {
        let directory = &self.here.directory;
        let profile = directory
            .account(account)
            .and_then(|account| directory.profile(&account.carrier));
        profile.map(|profile| profile.text.segment_options()).unwrap_or_default()
    }

    /// The place of the next effect among what this partition writes.
    fn next_position(&self) -> Position {
        let index = u32::try_from(self.effects.len()).unwrap_or(u32::MAX);
        Position { offset: self.at.offset, index }
    }

    fn park(
        &mut self,
        message: MessageId,
        row: &mut MessageRow,
        facts: &OrderFacts,
        route: &RouteConfig,
        reason: QueueReason,
    ) -> Result<(), RoutingError> {
        let key = QueueKey {
            route: route.prefix.clone(),
            lane: facts.class.lane(),
            tenant: facts.tenant.clone(),
            taken_by: facts.taken_by,
            message,
        };
        self.wait(message, row, Life::Parked(key), None, reason)
    }
}

fn take_room<S: RowStore + ?Sized>(rows: &mut S, account: &AccountId, lane: Lane) -> Result<(), RowError> {
    let key = LaneKey(account.clone(), lane);
    let mut allowance = rows.row::<AllowanceRow>(&key)?.unwrap_or_default();
    allowance.unsettled += 1;
    rows.put_row(&key, &allowance)
}

/// The account that takes it, and why the others do not.
struct Choice {
    account: AccountId,
    others: Vec<Considered>,
}

/// The first open account of the route with room; the one to avoid only when no other has any.
fn choose<S: RowStore + ?Sized>(
    directory: &Directory,
    route: &RouteConfig,
    lane: Lane,
    avoid: Option<&AccountId>,
    rows: &S,
) -> Result<Option<Choice>, RowError> {
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
    Ok(chosen.or(fallback).map(|account| {
        others.retain(|other| other.account != account);
        Choice { account, others }
    }))
}
