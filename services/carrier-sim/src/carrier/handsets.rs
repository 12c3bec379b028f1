//! The handsets: parts put together, and the texts they got.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use volley_sms_text::RefBits;

use crate::redact;
use crate::text::{Segment, joined_text};
use crate::wire::Address;

/// Texts of which parts are missing, over all handsets; the lowest goes when one more begins.
const UNFINISHED_MAX: usize = 10_000;

/// A text as its reader sees it.
#[derive(Clone, Serialize)]
pub struct ReceivedText {
    /// Rises by one over all handsets, from 0.
    pub position: u64,
    /// Microseconds since 1970, UTC: when its last part came.
    pub at_us: i64,
    /// The `system_id` it came through.
    pub account: String,
    /// The handset's number as the submit wrote it.
    pub handset: String,
    /// The sender's digits or name.
    pub from: String,
    /// What it says.
    pub text: String,
    /// The alphabet of its first part.
    pub data_coding: u8,
    /// The ids given to its parts, in order of the text.
    pub message_ids: Vec<Arc<str>>,
}

/// Shows where it went by its last digits and how long it is, not what it says.
impl fmt::Debug for ReceivedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedText")
            .field("position", &self.position)
            .field("handset", &redact::number(&self.handset))
            .field("from", &redact::number(&self.from))
            .field("text", &redact::text(&self.text))
            .field("parts", &self.message_ids.len())
            .finish_non_exhaustive()
    }
}

/// Which unfinished text a part belongs to: handset, sender, reference and its width, parts.
type TextKey = (Arc<str>, Address, u16, RefBits, u8);

/// A segment and the id it was given.
type Part = (Segment, Arc<str>);

/// Every handset's texts.
pub(super) struct Handsets {
    texts: VecDeque<Arc<ReceivedText>>,
    texts_max: usize,
    next_position: u64,
    unfinished: BTreeMap<TextKey, BTreeMap<u8, Part>>,
}

/// A segment that reached its handset.
pub(super) struct Arrival<'a> {
    pub(super) account: &'a Arc<str>,
    pub(super) handset: &'a Address,
    pub(super) source: &'a Address,
    pub(super) message_id: &'a Arc<str>,
    pub(super) at_us: i64,
}

impl Handsets {
    pub(super) fn new(texts_max: usize) -> Self {
        Self { texts: VecDeque::new(), texts_max, next_position: 0, unfinished: BTreeMap::new() }
    }

    /// Takes a segment and what it says by itself; gives the whole text if that was its last part.
    pub(super) fn take(&mut self, segment: Segment, alone: &str, arrival: Arrival<'_>) -> Option<Arc<ReceivedText>> {
        let parts = self.collect(segment, &arrival)?;
        let whole = match &parts[..] {
            [_] => alone.to_owned(),
            several => joined_text(several.iter().map(|(segment, _)| segment)),
        };
        let text = Arc::new(ReceivedText {
            position: self.next_position,
            at_us: arrival.at_us,
            account: arrival.account.to_string(),
            handset: arrival.handset.digits.to_string(),
            from: arrival.source.digits.to_string(),
            text: whole,
            data_coding: parts.first().map_or(0, |(segment, _)| segment.data_coding),
            message_ids: parts.into_iter().map(|(_, id)| id).collect(),
        });
        self.next_position += 1;
        if self.texts.len() >= self.texts_max {
            self.texts.pop_front();
        }
        self.texts.push_back(Arc::clone(&text));
        Some(text)
    }

    /// The kept texts from a position on, oldest first.
    pub(super) fn since(&self, position: u64) -> impl Iterator<Item = &Arc<ReceivedText>> {
        let start = self.texts.partition_point(|text| text.position < position);
        self.texts.range(start..)
    }

    pub(super) fn next_position(&self) -> u64 {
        self.next_position
    }

    /// All parts of the segment's text, once they are here. A part that comes twice replaces its first coming, as on a
    /// phone whose sender used a reference again.
    fn collect(&mut self, segment: Segment, arrival: &Arrival<'_>) -> Option<Vec<Part>> {
        let part = (segment, Arc::clone(arrival.message_id));
        let Some(place) = part.0.place.filter(|place| place.total() > 1) else {
            return Some(vec![part]);
        };
        let key: TextKey = (
            arrival.handset.digits.clone(),
            arrival.source.clone(),
            place.reference(),
            place.width(),
            place.total(),
        );
        if self.unfinished.len() >= UNFINISHED_MAX && !self.unfinished.contains_key(&key) {
            self.unfinished.pop_first();
        }
        let parts = self.unfinished.entry(key.clone()).or_default();
        parts.insert(place.sequence(), part);
        if parts.len() < usize::from(place.total()) {
            return None;
        }
        self.unfinished.remove(&key).map(|parts| parts.into_values().collect())
    }
}
