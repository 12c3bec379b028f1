//! Deliveries that are taken and not answered with 0.

use std::collections::{BTreeMap, VecDeque};

use volley_types::ArrivalId;

use super::LinkId;

/// One of them.
#[derive(Debug)]
pub(super) struct Open {
    pub fingerprint: u64,
    /// Who waits for the answer; nobody after 0x64 and after the end of the link.
    pub waiter: Option<(LinkId, u32)>,
    pub since_us: u64,
    pub logged: bool,
    /// It is a receipt that waits for its id to become known.
    pub undecided: bool,
    pub is_reply: bool,
    /// An equal one came on another connection while this one was waited for: should its own connection prove dead, that was the
    /// carrier coming again, and nothing else will come for this one.
    pub overtaken: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Opens {
    all: BTreeMap<ArrivalId, Open>,
    /// Those without a waiter, by fingerprint, oldest first: an equal PDU joins one of them, once.
    orphans: BTreeMap<u64, VecDeque<ArrivalId>>,
    /// Replies that a connection waits for, by fingerprint, oldest first.
    waiting: BTreeMap<u64, VecDeque<ArrivalId>>,
}

impl Opens {
    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn get(&self, arrival: ArrivalId) -> Option<&Open> {
        self.all.get(&arrival)
    }

    pub fn get_mut(&mut self, arrival: ArrivalId) -> Option<&mut Open> {
        self.all.get_mut(&arrival)
    }

    pub fn iter(&self) -> impl Iterator<Item = (ArrivalId, &Open)> {
        self.all.iter().map(|(arrival, open)| (*arrival, open))
    }

    pub fn insert(&mut self, arrival: ArrivalId, open: Open) {
        match open.waiter {
            None => add(&mut self.orphans, open.fingerprint, arrival),
            Some(_) if open.is_reply => add(&mut self.waiting, open.fingerprint, arrival),
            Some(_) => {}
        }
        self.all.insert(arrival, open);
    }

    /// An equal delivery that nobody waits for; from now on `waiter` does.
    pub fn adopt(&mut self, fingerprint: u64, waiter: (LinkId, u32), now_us: u64) -> Option<ArrivalId> {
        let arrival = *self.orphans.get(&fingerprint)?.front()?;
        take(&mut self.orphans, fingerprint, arrival);
        let open = self.all.get_mut(&arrival)?;
        (open.waiter, open.since_us) = (Some(waiter), now_us);
        if open.is_reply {
            add(&mut self.waiting, fingerprint, arrival);
        }
        Some(arrival)
    }

    /// Whether an equal reply is waited for on another connection, which may be dead without our knowing it. Each is overtaken once.
    pub fn overtakes(&mut self, fingerprint: u64, link: LinkId) -> bool {
        let on_another = |arrival: &&ArrivalId| {
            let waiter = self.all.get(*arrival).and_then(|open| open.waiter);
            waiter.is_some_and(|(other, _)| other != link)
        };
        let overtaken = self
            .waiting
            .get(&fingerprint)
            .and_then(|equal| equal.iter().find(on_another))
            .copied();
        let Some(open) = overtaken.and_then(|arrival| self.all.get_mut(&arrival)) else {
            return false;
        };
        open.overtaken = true;
        overtaken
            .inspect(|arrival| take(&mut self.waiting, fingerprint, *arrival))
            .is_some()
    }

    /// Nobody waits for it any more; gives who did.
    pub fn abandon(&mut self, arrival: ArrivalId) -> Option<(LinkId, u32)> {
        let open = self.all.get_mut(&arrival)?;
        let waiter = open.waiter.take()?;
        take(&mut self.waiting, open.fingerprint, arrival);
        if !open.overtaken {
            add(&mut self.orphans, open.fingerprint, arrival);
        }
        Some(waiter)
    }

    pub fn remove(&mut self, arrival: ArrivalId) -> Option<Open> {
        let open = self.all.remove(&arrival)?;
        for index in [&mut self.orphans, &mut self.waiting] {
            take(index, open.fingerprint, arrival);
        }
        Some(open)
    }
}

fn add(index: &mut BTreeMap<u64, VecDeque<ArrivalId>>, fingerprint: u64, arrival: ArrivalId) {
    index.entry(fingerprint).or_default().push_back(arrival);
}

fn take(index: &mut BTreeMap<u64, VecDeque<ArrivalId>>, fingerprint: u64, arrival: ArrivalId) {
    if let Some(equal) = index.get_mut(&fingerprint) {
        equal.retain(|other| *other != arrival);
        if equal.is_empty() {
            index.remove(&fingerprint);
        }
    }
}
