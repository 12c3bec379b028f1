//! Deliveries that were answered with 0 just before their connection died: the carrier may not have heard it.
//!
//! What it then sends again on another connection may be here before the news that the first one is dead. So an equal delivery on
//! another connection, right after the answer, is a possible repeat too; on the same connection it is a second one.

use std::collections::{BTreeMap, VecDeque};

use volley_types::SpanMs;

use super::LinkId;

/// An answer this young when its connection dies may not have arrived, in microseconds: a carrier that has fallen silent is found out by
/// `enquire_link`, by default after 45 s, and may have read nothing since.
const DOUBT_US: u64 = 120_000_000;

/// Most answers remembered; the oldest are forgotten first.
const ANSWERS_MAX: usize = 65_536;

/// How much sooner than the end of a connection may be noticed what the carrier sends again on another one, in microseconds.
const OVERTAKEN_US: u64 = 5_000_000;

/// Most answers that are looked at for that; the oldest are forgotten first.
const FRESH_MAX: usize = 65_536;

/// Most answers in doubt; further ones count as heard.
const DOUBTS_MAX: usize = 8_192;

#[derive(Debug, Default)]
pub(super) struct Doubts {
    answered: VecDeque<Answered>,
    /// Those of the last [`OVERTAKEN_US`], and how many of a fingerprint on each link.
    fresh: VecDeque<Answered>,
    fresh_on: BTreeMap<(u64, LinkId), u32>,
    /// When a doubt ends, by fingerprint.
    doubted: BTreeMap<u64, VecDeque<u64>>,
    count: usize,
}

#[derive(Debug, Clone, Copy)]
struct Answered {
    link: LinkId,
    fingerprint: u64,
    at_us: u64,
}

impl Doubts {
    /// A delivery was answered with 0.
    pub fn answered(&mut self, link: LinkId, fingerprint: u64, now_us: u64) {
        if self.answered.len() >= ANSWERS_MAX {
            self.answered.pop_front();
        }
        let answered = Answered { link, fingerprint, at_us: now_us };
        self.answered.push_back(answered);
        self.forget_fresh(now_us);
        self.fresh.push_back(answered);
        *self.fresh_on.entry((fingerprint, link)).or_default() += 1;
    }

    /// A connection died: its young answers are in doubt for as long as the carrier tries again.
    pub fn link_down(&mut self, link: LinkId, now_us: u64, retry: SpanMs) {
        let until_us = now_us.saturating_add(retry.as_millis().saturating_mul(1_000));
        for answered in &self.answered {
            let young = now_us < answered.at_us.saturating_add(DOUBT_US);
            if answered.link == link && young && self.count < DOUBTS_MAX {
                self.doubted.entry(answered.fingerprint).or_default().push_back(until_us);
                self.count += 1;
            }
        }
        self.answered.retain(|answered| answered.link != link);
        self.fresh.retain(|answered| answered.link != link);
        self.fresh_on.retain(|(_, of), _| *of != link);
    }

    /// Whether an equal delivery is in doubt, or was answered just now on another connection; each explains one repeat.
    pub fn is_repeat(&mut self, fingerprint: u64, link: LinkId, now_us: u64) -> bool {
        self.explains(fingerprint, now_us) || self.has_overtaken(fingerprint, link, now_us)
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
        for answers in [&mut self.answered, &mut self.fresh] {
            if let Some(at) = answers.iter().rposition(is_it) {
                answers.remove(at);
            }
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
        self.count -= usize::from(explained.is_some());
        explained.is_some_and(|until_us| now_us < until_us)
    }

    /// Forgets answers that are old and doubts that are over.
    pub fn forget(&mut self, now_us: u64) {
        while let Some(oldest) = self.answered.front()
            && now_us >= oldest.at_us.saturating_add(DOUBT_US)
        {
            self.answered.pop_front();
        }
        self.doubted.retain(|_, doubts| {
            doubts.retain(|until_us| now_us < *until_us);
            !doubts.is_empty()
        });
        self.count = self.doubted.values().map(VecDeque::len).sum();
    }
}
