//! Replies that were answered with 0 just before their connection died: the carrier may not have heard it.
//!
//! What it then sends again on another connection may be here before the news that the first one is dead. So an equal delivery on
//! another connection, right after the answer, is a possible repeat too; on the same connection it is a second one. A run that ends
//! leaves its answers to the next one: its connections died with it.

use std::collections::{BTreeMap, VecDeque};

use volley_types::{ArrivalId, SpanMs};

use super::LinkId;

/// An answer this young when its connection dies may not have arrived, in microseconds: a carrier that has fallen silent is found out by
/// `enquire_link`, by default after 45 s, and may have read nothing since.
const DOUBT_US: u64 = 120_000_000;

/// Most answers remembered; the oldest count as heard first.
const ANSWERS_MAX: usize = 65_536;

/// How much sooner than the end of a connection may be noticed what the carrier sends again on another one, in microseconds.
const OVERTAKEN_US: u64 = 5_000_000;

/// Most answers that are looked at for that; the oldest are forgotten first.
const FRESH_MAX: usize = 65_536;

/// Most answers in doubt; further ones count as heard.
const DOUBTS_MAX: usize = 65_536;

#[derive(Debug, Default)]
pub(super) struct Doubts {
    answered: VecDeque<Answered>,
    /// Those of the last [`OVERTAKEN_US`], and how many of a fingerprint on each link.
    fresh: VecDeque<Answered>,
    fresh_on: BTreeMap<(u64, LinkId), u32>,
    /// Answers in doubt, by fingerprint.
    doubted: BTreeMap<u64, VecDeque<Doubt>>,
    count: usize,
    /// Arrivals whose rows nobody needs any more.
    over: Vec<ArrivalId>,
}

/// A reply that was answered with 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    pub arrival: ArrivalId,
    pub fingerprint: u64,
    pub link: LinkId,
    pub at_us: u64,
}

#[derive(Debug, Clone, Copy)]
struct Doubt {
    arrival: ArrivalId,
    until_us: u64,
}

impl Doubts {
    /// A reply was answered with 0.
    pub fn answered(&mut self, answered: Answered) {
        if self.answered.len() >= ANSWERS_MAX {
            self.over.extend(self.answered.pop_front().map(|oldest| oldest.arrival));
        }
        self.answered.push_back(answered);
        self.forget_fresh(answered.at_us);
        self.fresh.push_back(answered);
        *self.fresh_on.entry((answered.fingerprint, answered.link)).or_default() += 1;
    }

    /// An earlier run answered it, and its connections died with that run.
    pub fn restore(&mut self, arrival: ArrivalId, fingerprint: u64, until_us: u64) {
        self.doubt(arrival, fingerprint, until_us);
    }

    /// A connection died: its young answers are in doubt for as long as the carrier tries again.
    pub fn link_down(&mut self, link: LinkId, now_us: u64, retry: SpanMs) {
        let until_us = now_us.saturating_add(retry.as_millis().saturating_mul(1_000));
        let (of_link, others) = std::mem::take(&mut self.answered)
            .into_iter()
            .partition(|answered| answered.link == link);
        self.answered = others;
        let of_link: VecDeque<Answered> = of_link;
        for Answered { arrival, fingerprint, at_us, .. } in of_link {
            match now_us < at_us.saturating_add(DOUBT_US) {
                true => self.doubt(arrival, fingerprint, until_us),
                false => self.over.push(arrival),
            }
        }
        self.fresh.retain(|answered| answered.link != link);
        self.fresh_on.retain(|(_, of), _| *of != link);
    }

    /// Whether an equal delivery is in doubt, or was answered just now on another connection; each explains one repeat.
    pub fn is_repeat(&mut self, fingerprint: u64, link: LinkId, now_us: u64) -> bool {
        self.explains(fingerprint, now_us) || self.has_overtaken(fingerprint, link, now_us)
    }

    /// Forgets answers that are old and doubts that are over. Gives the arrivals whose rows nobody needs any more.
    pub fn forget(&mut self, now_us: u64) -> Vec<ArrivalId> {
        while let Some(oldest) = self.answered.front()
            && now_us >= oldest.at_us.saturating_add(DOUBT_US)
        {
            self.over.push(oldest.arrival);
            self.answered.pop_front();
        }
        let over = &mut self.over;
        self.doubted.retain(|_, doubts| {
            let is_over = |doubt: &Doubt| now_us >= doubt.until_us;
            over.extend(doubts.iter().filter(|doubt| is_over(doubt)).map(|doubt| doubt.arrival));
            doubts.retain(|doubt| !is_over(doubt));
            !doubts.is_empty()
        });
        self.count = self.doubted.values().map(VecDeque::len).sum();
        std::mem::take(&mut self.over)
    }

    fn doubt(&mut self, arrival: ArrivalId, fingerprint: u64, until_us: u64) {
        if self.count >= DOUBTS_MAX {
            self.over.push(arrival);
            return;
        }
        self.count += 1;
        self.doubted
            .entry(fingerprint)
            .or_default()
            .push_back(Doubt { arrival, until_us });
    }

    /// Takes the answer back into doubt at once that was given on another connection.
    fn has_overtaken(&mut self, fingerprint: u64, link: LinkId, now_us: u64) -> bool {
        self.forget_fresh(now_us);
        let links = (fingerprint, LinkId(u64::MIN))..=(fingerprint, LinkId(u64::MAX));
        let other = self
            .fresh_on
            .range(links)
            .map(|((_, other), _)| *other)
            .find(|other| *other != link);
        let Some(other) = other else { return false };
        let is_it = |answered: &Answered| answered.fingerprint == fingerprint && answered.link == other;
        if let Some(at) = self.fresh.iter().rposition(is_it) {
            self.fresh.remove(at);
        }
        if let Some(at) = self.answered.iter().rposition(is_it) {
            self.over.extend(self.answered.remove(at).map(|answered| answered.arrival));
        }
        self.no_longer_fresh(fingerprint, other);
        true
    }

    fn forget_fresh(&mut self, now_us: u64) {
        while let Some(oldest) = self.fresh.front().copied()
            && (self.fresh.len() >= FRESH_MAX || now_us >= oldest.at_us.saturating_add(OVERTAKEN_US))
        {
            self.fresh.pop_front();
            self.no_longer_fresh(oldest.fingerprint, oldest.link);
        }
    }

    fn no_longer_fresh(&mut self, fingerprint: u64, link: LinkId) {
        if let Some(count) = self.fresh_on.get_mut(&(fingerprint, link)) {
            *count -= 1;
            if *count == 0 {
                self.fresh_on.remove(&(fingerprint, link));
            }
        }
    }

    /// Whether a dead connection's answer explains it.
    fn explains(&mut self, fingerprint: u64, now_us: u64) -> bool {
        let Some(doubts) = self.doubted.get_mut(&fingerprint) else { return false };
        let explained = doubts.pop_front();
        if doubts.is_empty() {
            self.doubted.remove(&fingerprint);
        }
        let Some(Doubt { arrival, until_us }) = explained else { return false };
        self.count -= 1;
        self.over.push(arrival);
        now_us < until_us
    }
}
