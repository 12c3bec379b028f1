//! Deliveries that were answered with 0 just before their connection died: the carrier may not have heard it.

use std::collections::{BTreeMap, VecDeque};

use volley_types::SpanMs;

use super::LinkId;

/// An answer this young when its connection dies may not have arrived, in microseconds.
const DOUBT_US: u64 = 10_000_000;

/// Most answers remembered; the oldest are forgotten first.
const ANSWERS_MAX: usize = 8_192;

/// Most answers in doubt; further ones count as heard.
const DOUBTS_MAX: usize = 8_192;

#[derive(Debug, Default)]
pub(super) struct Doubts {
    answered: VecDeque<Answered>,
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
        self.answered.push_back(Answered { link, fingerprint, at_us: now_us });
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
    }

    /// Whether an equal delivery is in doubt; each doubt explains one repeat.
    pub fn is_repeat(&mut self, fingerprint: u64, now_us: u64) -> bool {
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
