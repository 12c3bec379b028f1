//! Clients that read their streams: they open one, read, acknowledge, lose it, and come again at another door.
//!
//! What a stream carries and how far it was acknowledged are the rules of `volley_ingest_core::stream`; this is the door around them.

use std::collections::{BTreeMap, BTreeSet};

use volley_events::{CursorMoved, Record};
use volley_ingest_core::stream::{Link, Reading, StreamKey, Written};
use volley_types::{Position, Source};
use volley_wire::{Header, topics::inbox_partition};

use super::{Event, World};
use crate::{
    happened::Happened,
    log::{Place, Topic},
    mutation::Mutation,
    setup::PARTITIONS,
};

/// Records that a door reads of a stream at once, at most.
const READ_MAX: u64 = 40;

/// Names an event: who wrote it, and where it stands there.
pub type EventName = (Source, Position);

/// Where a stream began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// At the durable cursor.
    Durable,
    /// At a cursor that the client kept.
    Kept,
    /// At the end there was, or at a cursor of a stream that began so.
    Sought,
}

/// One stream, from its opening to its end, as its client saw it.
#[derive(Debug)]
pub struct Session {
    /// Where it began.
    pub begin: Begin,
    /// At which offset.
    pub from: u64,
    /// The farthest acknowledgement that had been answered then.
    pub answered: u64,
    /// The farthest that had been sent then.
    pub sent: u64,
    /// How far it was read.
    pub read_to: u64,
    /// What it carried, in its order.
    pub seen: Vec<EventName>,
}

/// A client and its one stream.
#[derive(Debug)]
pub struct Client {
    /// Which.
    pub key: StreamKey,
    /// All its sessions, the newest last.
    pub sessions: Vec<Session>,
    /// The first record taken of each source of which the cursor held no mark.
    pub adopted: BTreeMap<Source, Position>,
    /// Whether it begins now and then where it likes, whatever it has acknowledged.
    pub seeks: bool,
    stream: Option<Stream>,
    /// Cursors that came on the newest stream, in their order.
    cursors: Vec<CursorMoved>,
    seen: BTreeSet<EventName>,
    answered: u64,
    sent: u64,
}

#[derive(Debug)]
struct Stream {
    door: u8,
    /// In which life of the door it was opened.
    life: u64,
    reading: Reading,
    /// Sources of which the reading holds a mark.
    marked: BTreeSet<Source>,
}

impl Client {
    pub(super) fn new(key: StreamKey) -> Self {
        Self {
            seeks: key.shard > 0,
            key,
            sessions: Vec::new(),
            adopted: BTreeMap::new(),
            stream: None,
            cursors: Vec::new(),
            seen: BTreeSet::new(),
            answered: 0,
            sent: 0,
        }
    }

    fn inbox(&self) -> Place {
        let StreamKey { tenant, subscription, shard } = &self.key;
        let partition = inbox_partition(tenant, subscription, *shard, u32::from(PARTITIONS));
        (Topic::Inbox, u16::try_from(partition).unwrap_or(0))
    }

    fn open(&mut self, (door, life): (u8, u64), begin: Begin, at: &CursorMoved) {
        self.sessions.push(Session {
            begin,
            from: at.offset,
            answered: self.answered,
            sent: self.sent,
            read_to: at.offset,
            seen: Vec::new(),
        });
        self.cursors.clear();
        // What is read from the first record on begins every source with its first record.
        let marked = at.marks.iter().map(|(source, _)| *source).collect();
        self.stream = Some(Stream { door, life, reading: Reading::begin(at), marked });
    }

    /// Takes the next record; `true` when it is an event that was delivered before.
    fn take(&mut self, header: &Header, value: &bytes::Bytes, mutation: Option<Mutation>) -> bool {
        let (Some(stream), Some(session)) = (&mut self.stream, self.sessions.last_mut()) else {
            return false;
        };
        let Header { source, position, predecessor, .. } = *header;
        let link = stream.reading.take(session.read_to, &Written { source, position, predecessor });
        session.read_to += 1;
        if link != Link::Next {
            return false;
        }
        if stream.marked.insert(source) {
            self.adopted.insert(source, position);
        }
        let Ok(Record::ClientEvent(event)) = volley_wire::decode(value) else {
            return false;
        };
        if !stream.reading.is_ours(&event) {
            return false;
        }
        let mut cursor = stream.reading.cursor();
        if mutation == Some(Mutation::CursorWithoutMarks) {
            cursor.marks.clear();
        }
        self.cursors.push(cursor);
        session.seen.push((source, position));
        !self.seen.insert((source, position))
    }
}

impl World {
    /// A client does something.
    pub(super) fn client(&mut self, index: usize) {
        if !self.is_lively() {
            return;
        }
        let again = if self.is_calm {
            self.rng.between(2_000, 20_000)
        } else {
            self.rng.between(50, 2_500)
        };
        self.after_ms(again, Event::Client(index));
        match &self.clients[index].stream {
            None => self.open_stream(index),
            Some(stream) if self.doors[usize::from(stream.door)].life != stream.life => self.drop_stream(index),
            Some(_) => match self.rng.below(10) {
                0 => self.drop_stream(index),
                1..=3 => self.acknowledge(index),
                _ => {
                    let records = self.rng.between(1, READ_MAX);
                    self.read_stream(index, records);
                }
            },
        }
    }

    fn open_stream(&mut self, index: usize) {
        let door = self.rng.pick(&[0u8, 1]);
        if !self.doors[usize::from(door)].up {
            return;
        }
        if self.mutation != Some(Mutation::CursorsNotCaughtUp) {
            self.fold_cursors(door);
        }
        let client = &self.clients[index];
        let kept = client.cursors.last().cloned();
        let is_sought = client.sessions.last().is_some_and(|last| last.begin == Begin::Sought);
        let (begin, at) = match (self.rng.below(10), kept) {
            (0 | 1, Some(kept)) => (if is_sought { Begin::Sought } else { Begin::Kept }, kept),
            // A client that begins in the middle cannot know what is missing before it: only where the log leaves no holes.
            (2, _) if self.clients[index].seeks && !self.has_holes => {
                let end = self.log.records(client.inbox()).len() as u64;
                (Begin::Sought, client.key.place(end))
            }
            _ => (Begin::Durable, self.durable_cursor(door, index)),
        };
        self.tally.count(Happened::StreamOpened);
        match begin {
            Begin::Durable => {}
            Begin::Kept => self.tally.count(Happened::StreamResumed),
            Begin::Sought => self.tally.count(Happened::StreamFromNow),
        }
        let life = self.doors[usize::from(door)].life;
        self.clients[index].open((door, life), begin, &at);
    }

    fn durable_cursor(&self, door: u8, index: usize) -> CursorMoved {
        let key = &self.clients[index].key;
        let durable = self.doors[usize::from(door)].cursors.get(key);
        durable.cloned().unwrap_or_else(|| key.place(0))
    }

    fn drop_stream(&mut self, index: usize) {
        self.clients[index].stream = None;
        self.tally.count(Happened::StreamDropped);
    }

    fn read_stream(&mut self, index: usize, most: u64) {
        let place = self.clients[index].inbox();
        for _ in 0..most {
            let client = &mut self.clients[index];
            let next = client.sessions.last().map_or(0, |session| session.read_to);
            let Some(stored) = self.log.records(place).get(usize::try_from(next).unwrap_or(usize::MAX)) else {
                break;
            };
            if client.take(&stored.entry.header, &stored.entry.value, self.mutation) {
                self.tally.count(Happened::SeenAgain);
            }
        }
        if self.mutation == Some(Mutation::DeliveredCountsAsAcknowledged)
            && let (Some(stream), Some(cursor)) =
                (&self.clients[index].stream, self.clients[index].cursors.last().cloned())
        {
            self.append_at_door(stream.door, (Topic::Cursors, 0), &Record::CursorMoved(cursor));
        }
    }

    fn acknowledge(&mut self, index: usize) {
        let client = &mut self.clients[index];
        let (Some(stream), Some(newest)) = (&client.stream, client.cursors.last()) else {
            return;
        };
        let (door, is_newest) = (stream.door, self.rng.chance(600));
        let cursor = match is_newest {
            true => newest.clone(),
            false => {
                let place = self.rng.below(client.cursors.len() as u64);
                client.cursors[usize::try_from(place).unwrap_or(0)].clone()
            }
        };
        client.sent = client.sent.max(cursor.offset);
        let (session, offset) = (client.sessions.len(), cursor.offset);
        if self.doors[usize::from(door)].cursors.covers(&cursor) {
            return self.acknowledgement_answered(index, session, offset);
        }
        let ticket = self.append_at_door(door, (Topic::Cursors, 0), &Record::CursorMoved(cursor));
        match self.mutation {
            Some(Mutation::AnsweredBeforeCursor) => self.acknowledgement_answered(index, session, offset),
            _ => drop(self.doors[usize::from(door)].moving.insert(ticket, (index, session, offset))),
        }
    }

    /// The door answers, on the stream the acknowledgement came on, if it is still there.
    pub(super) fn acknowledgement_answered(&mut self, index: usize, session: usize, offset: u64) {
        let client = &mut self.clients[index];
        let hears = client.stream.is_some() && client.sessions.len() == session;
        if !hears || (!self.is_calm && self.rng.chance(60)) {
            self.tally.count(Happened::AcknowledgementUnheard);
            return;
        }
        client.answered = client.answered.max(offset);
        self.tally.count(Happened::Acknowledged);
    }

    /// A door reads what is new of `cursors`.
    pub(super) fn fold_cursors(&mut self, door: u8) {
        let state = &mut self.doors[usize::from(door)];
        let records = self.log.records((Topic::Cursors, 0));
        for stored in &records[state.cursors_read.min(records.len())..] {
            if let Ok(Record::CursorMoved(cursor)) = volley_wire::decode(&stored.entry.value) {
                state.cursors.fold(cursor);
            }
        }
        state.cursors_read = records.len();
    }

    /// In the end every client opens a stream once more, and reads all there is.
    pub(super) fn clients_read_all(&mut self) {
        self.fold_cursors(0);
        for index in 0..self.clients.len() {
            let at = self.durable_cursor(0, index);
            self.clients[index].open((0, 0), Begin::Durable, &at);
            self.read_stream(index, u64::MAX);
        }
    }
}
