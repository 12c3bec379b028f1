//! One carrier: all its accounts, and what it delivers on any of them. There is one owner of all this.

use std::collections::BTreeMap;

use volley_events::{CarrierMessageId, CarrierRequest, Recall, SubmitOrder};
use volley_rows::{RowError, RowStore};
use volley_types::{AccountId, ArrivalId, Position, Source, Timestamp};

use crate::{
    account::{self, Account, PartAnswer, SegmentAnswer},
    chain::{Origin, Taken},
    ids,
    inbound::{Delivery, Inbound, LinkId},
    outbox::{NewId, Outbox, Place},
    recall::{Recalls, is_in_scope},
    time::Now,
    transport::{Tokens, Transport},
};

/// Everything of one carrier. A turn: any number of verbs, then [`finish_turn`](Self::finish_turn), then the shell writes.
#[derive(Debug)]
pub struct Carrier {
    accounts: BTreeMap<AccountId, Account>,
    inbound: Inbound,
    recalls: Recalls,
    tokens: Tokens,
}

impl Carrier {
    /// A carrier without accounts.
    pub fn new(inbound: Inbound) -> Self {
        Self {
            accounts: BTreeMap::new(),
            inbound,
            recalls: Recalls::default(),
            tokens: Tokens::default(),
        }
    }

    /// Takes an account in.
    pub fn add(&mut self, account: Account) {
        self.accounts.insert(account.id().clone(), account);
    }

    /// An account.
    pub fn account(&self, account: &AccountId) -> Option<&Account> {
        self.accounts.get(account)
    }

    /// An account, to change it.
    pub fn account_mut(&mut self, account: &AccountId) -> Option<&mut Account> {
        self.accounts.get_mut(account)
    }

    /// All accounts, ordered.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// What the carrier delivers.
    pub fn inbound(&self) -> &Inbound {
        &self.inbound
    }

    /// What the carrier delivers, to change it.
    pub fn inbound_mut(&mut self) -> &mut Inbound {
        &mut self.inbound
    }

    /// Takes a record of a lane; one that a recall takes back ends at once.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn offer<S: RowStore + ?Sized>(
        &mut self,
        account: &AccountId,
        (place, origin): (Place, &Origin),
        order: Box<SubmitOrder>,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<Taken, RowError> {
        let Some(account) = self.accounts.get_mut(account) else {
            return Ok(Taken::Repeated);
        };
        let is_recalled = self.recalls.hold_back(&order, (origin.source, origin.position));
        let taken = account.offer(place, origin, order, now, rows, out)?;
        if is_recalled && taken == Taken::Taken {
            account.take_back(place, now, rows, out)?;
        }
        Ok(taken)
    }

    /// Takes a recall that the log took at `at`: what waits and is in its scope ends now, what comes later when it comes.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn recall<S: RowStore + ?Sized>(
        &mut self,
        recall: &Recall,
        (source, position): (Source, Position),
        at: Timestamp,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        if !self.recalls.take(&recall.scope, source, position, at) {
            return Ok(());
        }
        let is_recalled = |order: &SubmitOrder, (of, decided): (Source, Position)| {
            of == source && decided < position && is_in_scope(order, &recall.scope)
        };
        self.accounts
            .values_mut()
            .try_for_each(|account| account.take_back_all(is_recalled, now, rows, out))
    }

    /// Asks the carrier about a message it has. A question of an account that is not here any more is answered at once.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn ask<S: RowStore + ?Sized>(
        &mut self,
        request: Box<CarrierRequest>,
        now: Now,
        rows: &S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        let Some(account) = self.accounts.get_mut(&request.account) else {
            out.carrier_answers.push(account::not_asked(&request, now));
            return Ok(());
        };
        let written =
            |(segment, id): &(u8, CarrierMessageId)| ids::written(id, (request.attempt, *segment), now.wall, rows);
        let written = request.segments.iter().map(written).collect::<Result<_, _>>()?;
        account.ask(request, written, now, out);
        Ok(())
    }

    /// What the carrier said to a question of an account, or that it said nothing.
    pub fn told(&mut self, account: &AccountId, token: u64, said: PartAnswer, now: Now, out: &mut Outbox) {
        if let Some(account) = self.accounts.get_mut(account) {
            account.told(token, said, now, out);
        }
    }

    /// How many recalls hold.
    pub fn recalls(&self) -> usize {
        self.recalls.len()
    }

    /// What the carrier said to a segment of an account.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn answered<S: RowStore + ?Sized>(
        &mut self,
        account: &AccountId,
        token: u64,
        answer: SegmentAnswer,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        match self.accounts.get_mut(account) {
            Some(account) => account.answered(token, answer, now, rows, out),
            None => Ok(()),
        }
    }

    /// Takes a delivery.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn delivered<S: RowStore + ?Sized>(
        &mut self,
        delivery: Delivery,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        let tokens = (self.tokens.newest(), self.oldest_open());
        self.inbound.deliver(delivery, tokens, now, rows, out)
    }

    /// The log has an arrival.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn logged<S: RowStore + ?Sized>(
        &mut self,
        arrival: ArrivalId,
        now: Now,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<(), RowError> {
        self.inbound.logged(arrival, now, rows, out)
    }

    /// A connection ended.
    pub fn link_down(&mut self, link: LinkId, now: Now) {
        self.inbound.link_down(link, now);
    }

    /// Hands over what an account may send; gives the microseconds until its rate lets more through.
    ///
    /// # Errors
    /// A row cannot be written.
    pub fn pump<S: RowStore + ?Sized, T: Transport>(
        &mut self,
        account: &AccountId,
        now: Now,
        transport: &mut T,
        rows: &mut S,
        out: &mut Outbox,
    ) -> Result<Option<u64>, RowError> {
        match self.accounts.get_mut(account) {
            Some(account) => account.pump(now, &mut self.tokens, transport, rows, out),
            None => Ok(None),
        }
    }

    /// What time alone decides; a few times a second. `true` when there are more old ids to forget than were forgotten now.
    ///
    /// # Errors
    /// A row cannot be read or written.
    pub fn sweep<S: RowStore + ?Sized>(&mut self, now: Now, rows: &mut S, out: &mut Outbox) -> Result<bool, RowError> {
        for account in self.accounts.values_mut() {
            account.sweep(now, rows, out)?;
        }
        self.inbound.sweep(now, rows, out);
        self.recalls.forget(now.wall);
        ids::forget(now.wall, rows)
    }

    /// The last verb of a turn: receipts whose submits are answered, and the positions.
    ///
    /// # Errors
    /// A row cannot be read or written.
    pub fn finish_turn<S: RowStore + ?Sized>(&mut self, rows: &mut S, out: &mut Outbox) -> Result<(), RowError> {
        let oldest_open = self.oldest_open();
        self.inbound.release(oldest_open, rows, out)?;
        self.accounts.values_mut().try_for_each(|account| account.keep_positions(rows))
    }

    /// Remembers an id that the journal tells of, after the store was lost.
    ///
    /// # Errors
    /// The row cannot be written.
    pub fn rebuild_id<S: RowStore + ?Sized>(new: &NewId, at: Timestamp, rows: &mut S) -> Result<(), RowError> {
        ids::rebuild(new, at, rows)
    }

    fn oldest_open(&self) -> Option<u64> {
        self.accounts.values().filter_map(Account::oldest_open).min()
    }
}
