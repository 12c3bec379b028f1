//! Long replies: parts come in any order, over any bind, again, or never (telecom.md §2.4).
//!
//! ```text
//!   part ─▶ key: handset, carrier, destination, reference and its form, total
//!             ├─ all there ──────────────────────────▶ the whole reply
//!             ├─ same place, same octets ─────────────▶ nothing
//!             ├─ same place, other octets ────────────▶ what came before, incomplete; a new one begins
//!             └─ 10 min without a part, or 24 h ──────▶ what came, incomplete
//! ```
//!
//! A STOP in a first part acts at once; the reply follows when it is whole.

use volley_events::ReplyArrived;
use volley_rows::{RowError, RowStore, RowsExt};
use volley_sms_text::{Concatenation, DecodeOptions, Part, RefBits, Udh, decode, decode::ESM_CLASS_UDHI, decode_parts};
use volley_types::SpanMs;

use crate::{
    consent::{Asked, Asking},
    engine::{Counted, Effect, Step},
    replies::Heard,
    rows::{PartRow, PartsKey, PartsRow, Subject, subscriber_prefix},
};

/// How long the next part is waited for.
pub const PARTS_PATIENCE: SpanMs = SpanMs::from_secs(600);

/// How long all parts together are waited for.
pub const PARTS_HARD_STOP: SpanMs = SpanMs::from_hours(24);

/// Most octets kept of one long reply; 255 parts of a phone have 35 700.
pub const PARTS_OCTETS_MAX: usize = 64 << 10;

/// Most long replies of one handset that may be incomplete at a time; the oldest makes room.
pub const ASSEMBLIES_MAX: usize = 8;

/// The place of a reply among the parts of a longer one, told in its header or beside it; `None` when it stands alone.
pub fn place_of(reply: &ReplyArrived) -> Option<(PartsKey, u8)> {
    let octets = if reply.octets.key_id == 0 { reply.octets.bytes() } else { &[] };
    let header = if reply.esm_class & ESM_CLASS_UDHI != 0 {
        Udh::parse(octets).ok()
    } else {
        None
    };
    let (form, place) = match header.and_then(|(udh, _)| udh.concatenation) {
        Some(place) if place.width() == RefBits::Eight => (1, place),
        Some(place) => (2, place),
        None => {
            let part = reply.part?;
            (3, Concatenation::new(part.reference, RefBits::Sixteen, part.total, part.sequence)?)
        }
    };
    let key = PartsKey {
        subscriber: reply.subscriber.clone(),
        carrier: reply.carrier.clone(),
        digits: reply.destination.digits().to_owned(),
        form,
        reference: place.reference(),
        total: place.total(),
    };
    (place.total() > 1).then_some((key, place.sequence()))
}

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// Takes a part; delivers the reply when it was the last one.
    pub(crate) fn take_part(&mut self, key: PartsKey, sequence: u8, reply: &ReplyArrived) -> Result<(), RowError> {
        let part = PartRow {
            sequence,
            data_coding: reply.data_coding,
            esm_class: reply.esm_class,
            octets: reply.octets.clone(),
        };
        let mut row = match self.rows.row::<PartsRow>(&key)? {
            Some(row) if row.parts.contains(&part) => return Ok(()),
            Some(row) if row.has_room_for(&part) => row,
            Some(earlier) => {
                self.end_parts(&key, earlier)?;
                self.open_parts(reply)
            }
            None => {
                self.make_room(&key)?;
                self.open_parts(reply)
            }
        };
        row.possible_repeat |= reply.possible_repeat;
        let place = row.parts.partition_point(|earlier| earlier.sequence < sequence);
        row.parts.insert(place, part);
        if sequence == 1 && row.acted.is_none() {
            self.act_on_first_part(&mut row, reply)?;
        }
        if row.parts.len() == usize::from(key.total) {
            return self.end_parts(&key, row);
        }
        row.due = (self.at.now + PARTS_PATIENCE).min(row.opened_at + PARTS_HARD_STOP);
        if row.timer.is_none() {
            let due = row.due;
            self.set_timer(Subject::Parts(key.clone()), &mut row.timer, Some(due))?;
        }
        self.rows.put_row(&key, &row)
    }

    fn open_parts(&self, reply: &ReplyArrived) -> PartsRow {
        PartsRow {
            arrival: reply.arrival,
            account: reply.account.clone(),
            destination: reply.destination.clone(),
            received_at: reply.received_at,
            possible_repeat: false,
            opened_at: self.at.now,
            due: self.at.now,
            parts: Vec::new(),
            acted: None,
            timer: None,
        }
    }

    fn make_room(&mut self, key: &PartsKey) -> Result<(), RowError> {
        let open = self
            .rows
            .rows_with_prefix::<PartsRow>(&subscriber_prefix(&key.subscriber), ASSEMBLIES_MAX)?;
        if open.len() < ASSEMBLIES_MAX {
            return Ok(());
        }
        let oldest = open.into_iter().min_by(|(_, one), (_, other)| one.by_age(other));
        oldest.map_or(Ok(()), |(key, row)| self.end_parts(&key, row))
    }

    /// An opt-out does not wait for the rest of the text.
    fn act_on_first_part(&mut self, row: &mut PartsRow, reply: &ReplyArrived) -> Result<(), RowError> {
        let Some(number) = self.here.directory.number_at(&row.account, row.destination.digits()).cloned() else {
            return Ok(());
        };
        let asking = Asking {
            arrival: row.arrival,
            received_at: reply.received_at,
            subscriber: &reply.subscriber,
            number: &number,
        };
        let text = decode(part_of(reply), &DecodeOptions::default()).text;
        if let Some(asked @ Asked::Out { .. }) = self.asked(&text, &asking)? {
            let pair = self.pair(asking.subscriber, &number.number, asking.received_at)?;
            row.acted = Some(self.act(&asking, &asked, &pair)?);
        }
        Ok(())
    }

    /// A long reply's timer is set once and looks whether parts came meanwhile.
    pub(crate) fn parts_due(&mut self, key: &PartsKey) -> Result<(), RowError> {
        let Some(mut row) = self.rows.row::<PartsRow>(key)? else { return Ok(()) };
        row.timer = None;
        if row.due > self.at.now {
            let due = row.due;
            self.set_timer(Subject::Parts(key.clone()), &mut row.timer, Some(due))?;
            return self.rows.put_row(key, &row);
        }
        self.end_parts(key, row)
    }

    /// Delivers what came, whole or not.
    fn end_parts(&mut self, key: &PartsKey, mut row: PartsRow) -> Result<(), RowError> {
        self.set_timer(Subject::Parts(key.clone()), &mut row.timer, None)?;
        self.rows.delete_row::<PartsRow>(key);
        let whole: Vec<Option<Part<'_>>> = (1..=key.total)
            .map(|sequence| row.parts.iter().find(|part| part.sequence == sequence).map(PartRow::part))
            .collect();
        let incomplete = whole.iter().any(Option::is_none);
        if incomplete {
            self.effects.push(Effect::Count(Counted::IncompleteReply));
        }
        let decoded = decode_parts(&whole, &DecodeOptions::default());
        let sealed = row.parts.iter().any(|part| part.octets.key_id != 0);
        self.take_whole(Heard {
            arrival: row.arrival,
            account: row.account,
            subscriber: key.subscriber.clone(),
            destination: row.destination,
            flagged: decoded.flagged || decoded.ports.is_some() || sealed,
            text: decoded.text,
            received_at: row.received_at,
            possible_repeat: row.possible_repeat,
            incomplete,
            acted: row.acted,
        })
    }
}

impl PartsRow {
    /// Whether a part belongs to these: its place is free, and there is room.
    fn has_room_for(&self, part: &PartRow) -> bool {
        self.parts.iter().all(|earlier| earlier.sequence != part.sequence)
            && self.octets() + part.octets.bytes().len() <= PARTS_OCTETS_MAX
    }
}

impl PartRow {
    fn part(&self) -> Part<'_> {
        Part {
            data_coding: self.data_coding,
            esm_class: self.esm_class,
            octets: self.octets.bytes(),
        }
    }
}

/// The octets of a reply, to be read. Sealed ones are not for reading.
pub fn part_of(reply: &ReplyArrived) -> Part<'_> {
    let octets = if reply.octets.key_id == 0 { reply.octets.bytes() } else { &[] };
    Part { data_coding: reply.data_coding, esm_class: reply.esm_class, octets }
}
