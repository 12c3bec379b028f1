//! Front doors, clients that ask again, and the configuration.

use volley_events::{CancelRequested, ConfigChange, ConfigRecord, Record};
use volley_ingest_core::{Admit, SendRequest};
use volley_types::{Position, Source, Timestamp};
use volley_wire::Header;

use super::{Event, SETTLED, World};
use crate::{
    log::{Entry, Part, Place, Ticket, Topic, Writer},
    setup::{PARTITIONS, TENANTS, msisdn, tenant},
    wish::OTHER_TEXT,
};

impl World {
    /// A change of the configuration; the doors know it at once, the others when it has been copied to them.
    pub(super) fn configure(&mut self, change: ConfigChange) {
        let record = ConfigRecord { offset: self.config.len() as u64, call: [0; 16], change };
        // All changes of a run are of one hand: none is in conflict.
        let _ = self.directory.apply(&record);
        self.config.push(record);
        self.after_ms(1, Event::CopyConfig);
    }

    /// Copies what is new: to `correlation.in` first, and to `routing.in` when the log has that.
    pub(super) fn copy_config(&mut self) {
        if self.fanout.up && self.fanout.copying.is_none() && self.fanout.position < self.config.len() {
            self.copy_to(Topic::CorrelationIn, self.config.len());
        }
    }

    fn copy_to(&mut self, topic: Topic, end: usize) {
        let entries = self.config[self.fanout.position..end]
            .iter()
            .map(|record| copy(record, self.now));
        let entries: Vec<Entry> = entries.collect();
        let parts: Vec<Part> = (0..PARTITIONS).map(|partition| ((topic, partition), entries.clone())).collect();
        let ticket = self.log.append(Writer::Fanout, parts, self.now);
        self.fanout.copying = Some((ticket, end, topic));
    }

    pub(super) fn copied(&mut self, ticket: Ticket) {
        match self.fanout.copying.take_if(|(copying, ..)| *copying == ticket) {
            Some((_, end, Topic::CorrelationIn)) => self.copy_to(Topic::RoutingIn, end),
            Some((_, end, _)) => {
                self.fanout.position = end;
                self.copy_config();
            }
            None => {}
        }
    }

    /// A client asks at one of the doors.
    pub(super) fn ask(&mut self, index: usize, text: u64, waits: bool) -> Result<(), String> {
        let door = self.rng.pick(&[0u8, 1]);
        if waits {
            self.wishes[index].tries += 1;
            let (tries, patience) = (self.wishes[index].tries, self.rng.between(1_000, 6_000));
            self.after_ms(patience, Event::Waited { wish: index, tries });
        }
        if !self.doors[usize::from(door)].up {
            return Ok(());
        }
        let submission = self.admit(index, text)?;
        let partition = submission.message.partition().0;
        if waits || self.wishes[index].message.is_none() {
            self.settled_at = self.settled_at.max(submission.deadline + SETTLED);
        }
        self.wishes[index].message = Some(submission.message);
        let place = (Topic::RoutingIn, partition);
        let ticket = self.append_at_door(door, place, &Record::Submission(Box::new(submission)));
        if waits {
            self.doors[usize::from(door)].waiting.insert(ticket, index);
        }
        Ok(())
    }

    fn admit(&self, index: usize, text: u64) -> Result<volley_events::Submission, String> {
        let wish = &self.wishes[index];
        let (request, to, text) = (format!("r{}", wish.number), format!("+{}", msisdn(wish.handset)), wish.text(text));
        let request = SendRequest {
            request_id: &request,
            from: wish.from,
            to: &to,
            text: &text,
            class: Some(wish.class),
            validity_ms: wish.validity.as_millis(),
            valid_until_us: 0,
            in_order: wish.in_order,
            send_at_us: wish.send_at.map_or(0, Timestamp::as_micros),
            verbatim: false,
        };
        let tenant = tenant(TENANTS[wish.tenant]);
        let admit = Admit {
            directory: &self.directory,
            tenant: &tenant,
            partitions: PARTITIONS,
            now: self.now,
        };
        let admitted = admit
            .check(&request)
            .map_err(|fault| format!("a good request was refused: {fault}"))?;
        Ok(admitted.submission)
    }

    pub(super) fn append_at_door(&mut self, door: u8, place: Place, record: &Record) -> Ticket {
        let state = &mut self.doors[usize::from(door)];
        state.appended += 1;
        let position = Position { offset: state.appended, index: 0 };
        let header = Header::new(Source::FrontDoor(u64::from(door)), position, None, self.now);
        let entry = Entry { header, value: volley_wire::encode(record, None) };
        self.log.append(Writer::Door(door), vec![(place, vec![entry])], self.now)
    }

    /// The log has what a door appended: the client is told OK, if the word reaches him.
    pub(super) fn door_acknowledged(&mut self, door: u8, ticket: Ticket) {
        if let Some((client, session, offset)) = self.doors[usize::from(door)].moving.remove(&ticket) {
            return self.acknowledgement_answered(client, session, offset);
        }
        let Some(index) = self.doors[usize::from(door)].waiting.remove(&ticket) else {
            return;
        };
        if (!self.is_calm && self.rng.chance(60)) || std::mem::replace(&mut self.wishes[index].accepted, true) {
            return;
        }
        let number = self.wishes[index].number;
        if self.rng.chance(150) {
            let at = self.rng.between(1, 40_000);
            self.after_ms(at, Event::Ask { wish: index, text: number, waits: false });
        }
        if self.rng.chance(80) {
            let at = self.rng.between(1, 20_000);
            self.after_ms(at, Event::Ask { wish: index, text: number + OTHER_TEXT, waits: false });
        }
        if self.rng.chance(80) {
            let at = self.rng.between(1, 20_000);
            self.after_ms(at, Event::Cancel { wish: index });
        }
    }

    pub(super) fn waited(&mut self, wish: usize, tries: u32) {
        if !self.wishes[wish].accepted && self.wishes[wish].tries == tries {
            let text = self.wishes[wish].number;
            self.after_ms(1, Event::Ask { wish, text, waits: true });
        }
    }

    /// A client wants a message back.
    pub(super) fn cancel(&mut self, index: usize) {
        let wish = &self.wishes[index];
        let Some(message) = wish.message else { return };
        let tenant = tenant(TENANTS[wish.tenant]);
        let record = Record::CancelRequested(CancelRequested { message, tenant, received_at: self.now });
        let door = self.rng.pick(&[0u8, 1]);
        if self.doors[usize::from(door)].up {
            self.append_at_door(door, (Topic::RoutingIn, message.partition().0), &record);
        }
    }
}

/// As the server's fan-out copies: the position is the offset, the predecessor the one before.
fn copy(record: &ConfigRecord, now: Timestamp) -> Entry {
    let at = |offset| Position { offset, index: 0 };
    let header = Header::new(Source::ConfigFanout, at(record.offset), record.offset.checked_sub(1).map(at), now);
    Entry {
        header,
        value: volley_wire::encode(&Record::Config(Box::new(record.clone())), None),
    }
}
