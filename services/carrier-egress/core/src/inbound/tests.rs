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

#[test]
fn a_reply_is_answered_when_the_log_has_it_and_not_before() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    assert!(bench.answers().is_empty());
    bench.log_has(&arrival);
    assert_eq!(bench.answers(), [(LINK, 1, 0)]);
    bench.pass(SpanMs::from_secs(120));
    assert!(bench.rows.is_empty(), "nothing of it is kept when the carrier must have heard");
}

#[test]
fn two_equal_votes_are_two() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    bench.says(LINK, 7);
    assert_eq!(bench.out.arrivals.len(), 2);
}

#[test]
fn a_slow_log_has_the_carrier_come_again_and_then_it_is_one() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.pass(SpanMs::from_secs(5));
    assert_eq!(bench.answers(), [(LINK, 1, 0x64)]);
    bench.log_has(&arrival);
    assert!(bench.answers().is_empty());

    bench.says(LINK, 7);
    assert_eq!(bench.answers(), [(LINK, 2, 0)]);
    bench.says(LINK, 7);
    assert_eq!(bench.out.arrivals.len(), 1, "one PDU joins, the next is another message");
}

#[test]
fn one_that_comes_again_before_the_log_has_it_waits_with_it() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.inbound.link_down(LINK, bench.now);
    bench.says(OTHER_LINK, 7);
    assert!(bench.out.arrivals.is_empty());
    bench.log_has(&arrival);
    assert_eq!(bench.answers(), [(OTHER_LINK, 2, 0)]);
}

#[test]
fn one_that_is_not_heard_of_again_is_forgotten_after_the_retry_time() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.inbound.link_down(LINK, bench.now);
    bench.log_has(&arrival);
    assert_eq!(bench.rows.len(), 1);
    bench.pass(SpanMs::from_secs(600));
    assert!(bench.rows.is_empty() && bench.inbound.unanswered() == 0);
    bench.says(LINK, 7);
    assert_eq!(bench.out.arrivals.len(), 1);
}

#[test]
fn one_answered_just_before_its_link_died_comes_again_as_a_possible_repeat() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.log_has(&arrival);
    bench.inbound.link_down(LINK, bench.now);
    bench.says(OTHER_LINK, 7);
    let repeat = bench.arrival();
    assert!(is_repeat(&repeat) && repeat.id != arrival.id);
    bench.says(OTHER_LINK, 7);
    assert!(!is_repeat(&bench.arrival()), "one doubt explains one repeat");
}

#[test]
fn one_answered_long_before_its_link_died_is_no_repeat() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.log_has(&arrival);
    bench.pass(SpanMs::from_secs(120));
    bench.inbound.link_down(LINK, bench.now);
    bench.says(OTHER_LINK, 7);
    assert!(!is_repeat(&bench.arrival()));
}

#[test]
fn one_that_overtakes_the_end_of_its_link_comes_again_as_a_possible_repeat() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.log_has(&arrival);
    bench.says(OTHER_LINK, 7);
    assert!(is_repeat(&bench.arrival()));
    bench.inbound.link_down(LINK, bench.now);
    bench.says(OTHER_LINK, 7);
    assert!(!is_repeat(&bench.arrival()), "one answer explains one repeat");
}

#[test]
fn one_that_comes_again_while_its_first_is_waited_for_on_another_link_is_a_possible_repeat() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let first = bench.arrival();
    bench.says(OTHER_LINK, 7);
    let second = bench.arrival();
    assert!(!is_repeat(&first) && is_repeat(&second));
    bench.says(OTHER_LINK, 7);
    assert!(!is_repeat(&bench.arrival()), "each is overtaken once");

    bench.inbound.link_down(LINK, bench.now);
    bench.log_has(&first);
    bench.log_has(&second);
    assert_eq!(bench.answers(), [(OTHER_LINK, 2, 0)]);
    bench.says(LinkId(3), 7);
    assert_eq!(bench.out.arrivals.len(), 1, "what was overtaken takes no other in");
}

#[test]
fn two_equal_votes_on_two_links_are_two_and_both_are_answered() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let first = bench.arrival();
    bench.says(OTHER_LINK, 7);
    let second = bench.arrival();
    bench.log_has(&first);
    bench.log_has(&second);
    assert_eq!(bench.answers(), [(LINK, 1, 0), (OTHER_LINK, 2, 0)]);
}

#[test]
fn one_answered_before_a_restart_comes_again_as_a_possible_repeat() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.log_has(&arrival);

    let mut next = bench.restart();
    next.says(LINK, 7);
    assert!(is_repeat(&next.arrival()));
    next.says(LINK, 7);
    assert!(!is_repeat(&next.arrival()), "one doubt explains one repeat");
    next.pass(SpanMs::from_secs(1));
    assert!(next.rows.is_empty(), "an explained doubt is not kept");
}

#[test]
fn one_answered_long_before_a_restart_is_no_repeat() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    bench.log_has(&arrival);
    bench.now.wall = bench.now.wall + SpanMs::from_secs(600);
    let mut next = bench.restart();
    next.says(LINK, 7);
    assert!(!is_repeat(&next.arrival()));
}

#[test]
fn of_a_receipt_nothing_is_kept_once_it_is_answered() {
    let mut bench = Bench::new();
    bench.knows("a1", 3);
    let known = bench.rows.len();
    bench.receipt("a1", HANDSET, (0, None));
    let arrival = bench.arrival();
    bench.log_has(&arrival);
    assert_eq!(bench.rows.len(), known);
}

#[test]
fn a_restart_takes_up_what_was_stored_and_joins_the_pdu_that_comes_again() {
    let mut bench = Bench::new();
    bench.says(LINK, 7);
    let arrival = bench.arrival();
    crate::keep_arrival(&mut bench.rows, &arrival, b"record").unwrap();

    let mut next = Bench { rows: bench.rows, ..Bench::new() };
    let kept = next.inbound.restore(next.now, &next.rows).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].0, kept[0].1.value.as_slice()), (arrival.id, &b"record"[..]));
    next.says(LINK, 7);
    assert!(next.out.arrivals.is_empty());
    next.log_has(&arrival);
    assert_eq!(next.answers(), [(LINK, 1, 0)]);
}

#[test]
fn a_receipt_finds_its_attempt_by_id() {
    let mut bench = Bench::new();
    bench.knows("a1", 3);
    bench.receipt("a1", HANDSET, (0, None));
    assert_eq!(credited(&bench.arrival()), Some(3));
}

#[test]
fn a_receipt_before_its_response_waits_for_it() {
    let mut bench = Bench::new();
    bench.receipt("a1", HANDSET, (5, Some(4)));
    assert!(bench.out.arrivals.is_empty());
    bench.out.ids.clear();
    bench.knows("a1", 3);
    bench.inbound.release(Some(4), &bench.rows, &mut bench.out).unwrap();
    assert_eq!(credited(&bench.arrival()), Some(3));
}

#[test]
fn a_receipt_nobody_knows_goes_by_address_once_the_submits_before_it_are_answered() {
    let mut bench = Bench::new();
    bench.receipt("zz", HANDSET, (5, Some(4)));
    bench.inbound.release(Some(5), &bench.rows, &mut bench.out).unwrap();
    assert!(bench.out.arrivals.is_empty());
    bench.inbound.release(Some(6), &bench.rows, &mut bench.out).unwrap();
    let arrival = bench.arrival();
    assert_eq!(credited(&arrival), None);
    let handset = SubscriberId::e164(HANDSET.parse().unwrap()).unwrap();
    assert_eq!(arrival.partition, handset.partition(8));
}

#[test]
fn receipts_that_wait_for_their_id_leave_room_for_replies() {
    let mut bench = Bench::new();
    for number in 0..=HELD_PER_LINK_MAX {
        bench.receipt(&format!("id{number}"), HANDSET, (9, Some(1)));
    }
    let put_off: Vec<_> = bench.out.answers.drain(..).map(|answer| answer.status).collect();
    assert_eq!(put_off, [COME_AGAIN], "one too many for the connection");

    bench.pass(HELD_PATIENCE);
    let put_off: Vec<_> = bench.out.answers.drain(..).map(|answer| answer.status).collect();
    assert_eq!(put_off, [COME_AGAIN; HELD_PER_LINK_MAX], "the others have waited long enough");
    assert_eq!(bench.inbound.unanswered(), HELD_PER_LINK_MAX + 1, "and none is forgotten");

    // Their submits are answered: all go to the log, also those that the carrier has not brought again yet.
    for number in 0..=HELD_PER_LINK_MAX {
        bench.knows(&format!("id{number}"), u16::try_from(number).unwrap());
    }
    bench.inbound.release(None, &bench.rows, &mut bench.out).unwrap();
    let credited: Vec<_> = bench.out.arrivals.iter().map(credited).collect();
    assert_eq!(credited, [Some(0), Some(1), Some(2), Some(3), Some(4)]);
}

#[test]
fn a_receipt_is_not_credited_against_its_own_address() {
    let mut bench = Bench::new();
    bench.knows("a1", 3);
    bench.receipt("a1", "79149999999", (0, None));
    assert_eq!(credited(&bench.arrival()), None, "the id was given twice");
    for masked in ["7914000****", "", "89140000001"] {
        bench.receipt("a1", masked, (0, None));
        assert_eq!(credited(&bench.arrival()), Some(3), "{masked}");
    }
}

#[test]
fn an_id_from_the_journal_is_credited_only_where_no_handset_is_named() {
    let mut bench = Bench::new();
    let attempt = AttemptId { message: MessageId::from_bytes([7; 16]), number: 3 };
    let new = NewId { id: CarrierMessageId::new("a1").unwrap(), attempt, segment: 0, written: None };
    ids::rebuild(&new, bench.now.wall, &mut bench.rows).unwrap();
    bench.receipt("a1", "79149999999", (0, None));
    assert_eq!(credited(&bench.arrival()), None, "the id may have been given twice");
    bench.receipt("a1", "7914000****", (0, None));
    assert_eq!(credited(&bench.arrival()), Some(3));
}

const SETTLED: (u64, Option<u64>) = (9, None);

#[test]
fn an_id_in_another_base_is_understood_where_the_address_agrees() {
    let mut bench = Bench::new();
    bench.knows("38601fa", 3);
    bench.receipt_that_may_mean("0059113978", &["38601fa"], HANDSET, SETTLED);
    let arrival = bench.arrival();
    assert_eq!(credited(&arrival), Some(3));
    let Record::ReceiptArrived(receipt) = arrival.record else {
        panic!("no receipt")
    };
    assert_eq!(receipt.carrier_message_id.unwrap().as_str(), "38601fa", "as it was given");
    assert_eq!(bench.inbound.receipt_ids(), ReceiptIds::Otherwise);
}

#[test]
fn another_reading_is_credited_to_no_other_handset() {
    let mut bench = Bench::new();
    bench.knows("38601fa", 3);
    for source in ["79140000002", "0"] {
        bench.receipt_that_may_mean("0059113978", &["38601fa"], source, SETTLED);
        assert_eq!(credited(&bench.arrival()), None);
    }
}

#[test]
fn two_readings_that_both_name_an_attempt_name_none() {
    let mut bench = Bench::new();
    bench.knows("a", 1);
    bench.knows("16", 2);
    bench.receipt_that_may_mean("10", &["a", "16"], HANDSET, SETTLED);
    assert_eq!(credited(&bench.arrival()), None);
}

#[test]
fn a_carrier_that_names_ids_as_given_is_never_read_otherwise() {
    let mut bench = Bench::new();
    bench.knows("7", 1);
    bench.receipt_that_may_mean("7", &[], HANDSET, SETTLED);
    assert_eq!(credited(&bench.arrival()), Some(1), "one digit tells nothing of the base");
    bench.knows("16", 2);
    bench.receipt_that_may_mean("10", &["16"], HANDSET, SETTLED);
    assert_eq!(credited(&bench.arrival()), Some(2));

    let mut bench = Bench::new();
    bench.knows("12", 1);
    bench.receipt_that_may_mean("12", &["c", "18"], HANDSET, SETTLED);
    assert_eq!(credited(&bench.arrival()), Some(1));
    bench.knows("16", 2);
    bench.receipt_that_may_mean("10", &["a", "16"], HANDSET, SETTLED);
    assert_eq!(credited(&bench.arrival()), None);
}

#[test]
fn another_reading_waits_for_the_submits_that_may_yet_get_the_id() {
    let mut bench = Bench::new();
    bench.knows("16", 2);
    bench.receipt_that_may_mean("10", &["a", "16"], HANDSET, (9, Some(4)));
    assert!(bench.out.arrivals.is_empty());
    bench.knows("10", 5);
    bench.inbound.release(Some(10), &bench.rows, &mut bench.out).unwrap();
    assert_eq!(credited(&bench.arrival()), Some(5), "its own id came with the answer");
}

/// The other ways a number may be written, as the shell tells them.
fn readings_of(written: &str) -> Vec<String> {
    let mut readings = Vec::new();
    readings.extend(written.parse::<u64>().map(|number| format!("{number:x}")));
    readings.extend(u64::from_str_radix(written, 16).map(|number| number.to_string()));
    readings.retain(|reading| reading != written);
    readings
}

proptest::proptest! {
    /// EGR-5 and G13: whatever base a carrier writes its ids in, no receipt is credited to another message than the one it names.
    #[test]
    fn a_receipt_in_any_base_is_credited_to_its_own_message_or_to_none(
        base in 0..3_u8,
        numbers in proptest::collection::btree_set(1_u64 << 20..1 << 36, 1..24),
        order in proptest::collection::vec(0..24_usize, 1..48),
    ) {
        let numbers: Vec<u64> = numbers.into_iter().collect();
        let written_in = |is_hexadecimal: bool, number: u64| match is_hexadecimal {
            true => format!("{number:x}"),
            false => number.to_string(),
        };
        let given = |number| written_in(base == 1, number);
        let named = |number| written_in(base == 2, number);
        let mut bench = Bench::new();
        for (attempt, number) in (0..).zip(&numbers) {
            bench.knows(&given(*number), attempt);
        }
        for index in order {
            let index = index % numbers.len();
            let written = named(numbers[index]);
            let readings = readings_of(&written);
            let readings: Vec<&str> = readings.iter().map(String::as_str).collect();
            bench.receipt_that_may_mean(&written, &readings, HANDSET, SETTLED);
            let credited = credited(&bench.arrival());
            let own = u16::try_from(index).ok();
            proptest::prop_assert!(credited.is_none() || credited == own, "{credited:?} instead of {own:?}");
        }
    }
}
