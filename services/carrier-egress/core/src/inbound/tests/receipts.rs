//! Receipts: credited to the attempt their id names, or to none.

use super::*;

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
        let written_in = |is_hexadecimal: bool, number: u64| match is_hexadecimal {
            true => format!("{number:x}"),
            false => number.to_string(),
        };
        let given = |number| written_in(base == 1, number);
        let named = |number| written_in(base == 2, number);
        let mut bench = Bench::new();
        let attempts: Vec<(u16, u64)> = (0..).zip(numbers).collect();
        for (attempt, number) in &attempts {
            bench.knows(&given(*number), *attempt);
        }
        for index in order {
            let (own, number) = attempts[index % attempts.len()];
            let written = named(number);
            let readings = readings_of(&written);
            let readings: Vec<&str> = readings.iter().map(String::as_str).collect();
            bench.receipt_that_may_mean(&written, &readings, HANDSET, SETTLED);
            let credited = credited(&bench.arrival());
            proptest::prop_assert!(credited.is_none_or(|credited| credited == own), "{credited:?} instead of {own}");
        }
    }
}
