//! A carrier's inbound side on rows in memory.

mod receipts;
mod replies;

use volley_events::{ReceiptState, Record};
use volley_rows::MemoryRows;
use volley_types::{AccountId, AttemptId, Body, DialAddress, MessageId, Npi, SubscriberId, Ton};

use super::*;
use crate::{
    ids,
    outbox::{Arrival, NewId},
};

const LINK: LinkId = LinkId(1);
const OTHER_LINK: LinkId = LinkId(2);
const HANDSET: &str = "79140000001";

struct Bench {
    inbound: Inbound,
    rows: MemoryRows,
    out: Outbox,
    now: Now,
    sequence: u32,
}

impl Bench {
    fn new() -> Self {
        let carrier = CarrierName::new("acme").unwrap();
        let home = Country::new("RU").unwrap();
        let run = RunId::from_bytes([5; 16]);
        Self {
            inbound: Inbound::new(carrier, home, 8, run, Patience::default()),
            rows: MemoryRows::default(),
            out: Outbox::default(),
            now: Now { wall: Timestamp::from_micros(1_800_000_000_000_000), monotonic_us: 0 },
            sequence: 0,
        }
    }

    fn delivers(&mut self, link: LinkId, fingerprint: u64, source: &str, content: Content, open: (u64, Option<u64>)) {
        self.sequence += 1;
        let address = |digits: &str| DialAddress::new(digits, Ton::INTERNATIONAL, Npi::ISDN).unwrap();
        let delivery = Delivery {
            link,
            sequence: self.sequence,
            fingerprint,
            account: AccountId::new("acme-1").unwrap(),
            source: address(source),
            destination: address("4565"),
            content,
        };
        self.inbound
            .deliver(delivery, open, self.now, &mut self.rows, &mut self.out)
            .unwrap();
    }

    fn says(&mut self, link: LinkId, fingerprint: u64) {
        let octets = Body::plain(b"KELLY");
        let reply = ReplyContent { data_coding: 0, esm_class: 0, octets, part: None };
        self.delivers(link, fingerprint, HANDSET, Content::Reply(reply), (0, None));
    }

    fn receipt(&mut self, id: &str, source: &str, open: (u64, Option<u64>)) {
        self.receipt_that_may_mean(id, &[], source, open);
    }

    fn receipt_that_may_mean(&mut self, id: &str, readings: &[&str], source: &str, open: (u64, Option<u64>)) {
        let receipt = ReceiptContent {
            id: CarrierMessageId::new(id),
            readings: readings.iter().filter_map(|id| CarrierMessageId::new(id)).collect(),
            state: ReceiptState::Delivered,
            error: None,
            done_at: None,
            raw: Body::default(),
        };
        self.delivers(LINK, 100 + u64::from(self.sequence), source, Content::Receipt(receipt), open);
    }

    fn knows(&mut self, id: &str, number: u16) {
        let subscriber = SubscriberId::e164(HANDSET.parse().unwrap()).unwrap();
        let id = CarrierMessageId::new(id).unwrap();
        ids::record(&id.into(), (attempt(number), 0, &subscriber), self.now.wall, &mut self.rows, &mut self.out)
            .unwrap();
    }

    fn log_has(&mut self, arrival: &Arrival) {
        crate::keep_arrival(&mut self.rows, arrival, b"record").unwrap();
        self.inbound
            .logged(arrival.id, self.now, &mut self.rows, &mut self.out)
            .unwrap();
    }

    /// Another run begins on the same rows.
    fn restart(self) -> Self {
        let mut next = Self { rows: self.rows, now: self.now, ..Self::new() };
        next.inbound.restore(next.now, &next.rows).unwrap();
        next
    }

    fn pass(&mut self, span: SpanMs) {
        self.now.wall = self.now.wall + span;
        self.now.monotonic_us += span.as_millis() * 1_000;
        self.inbound.sweep(self.now, &mut self.rows, &mut self.out);
    }

    fn arrival(&mut self) -> Arrival {
        assert_eq!(self.out.arrivals.len(), 1);
        self.out.arrivals.remove(0)
    }

    fn answers(&mut self) -> Vec<(LinkId, u32, u32)> {
        self.out
            .answers
            .drain(..)
            .map(|answer| (answer.link, answer.sequence, answer.status))
            .collect()
    }
}

fn attempt(number: u16) -> AttemptId {
    AttemptId { message: MessageId::from_bytes([0; 16]), number }
}

fn credited(arrival: &Arrival) -> Option<u16> {
    match &arrival.record {
        Record::ReceiptArrived(receipt) => receipt.attempt.map(|(attempt, _)| attempt.number),
        _ => panic!("no receipt"),
    }
}

fn is_repeat(arrival: &Arrival) -> bool {
    matches!(&arrival.record, Record::ReplyArrived(reply) if reply.possible_repeat)
}
