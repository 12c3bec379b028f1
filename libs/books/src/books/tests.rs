//! One record less, wherever it lay, must show.

use volley_types::SpanMs;

use super::{faults::GRACE, line::End, *};
use crate::statement::Fault;

const DEADLINE: Timestamp = Timestamp::from_micros(86_400_000_000);

fn id(number: u8) -> MessageId {
    MessageId::from_bytes([number; 16])
}

fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

/// Message 1 was delivered, message 2 is on its way.
fn whole() -> Books {
    let mut books = Books::default();
    for number in [1, 2] {
        let place = (Partition(0), u64::from(number));
        books
            .submitted(id(number), &tenant(), Timestamp::from_micros(5), DEADLINE, place)
            .unwrap();
        books.taken(id(number)).unwrap();
        books.routed(Partition(0), Position { offset: place.1, index: 0 });
    }
    let attempt = AttemptId { message: id(1), number: 1 };
    books.ordered(attempt).unwrap();
    books.reported(attempt, [7].into_iter()).unwrap();
    books.receipt(Some(id(1)), Some(7)).unwrap();
    books.settled(attempt).unwrap();
    books.recorded(id(1), FinalState::Delivered, false).unwrap();
    books.told(id(1), FinalState::Delivered, false).unwrap();
    books
}

fn faults(books: Books) -> Vec<Fault> {
    books
        .close(true)
        .remainder
        .into_iter()
        .map(|remainder| remainder.fault)
        .collect()
}

#[test]
fn what_adds_up_leaves_nothing() {
    let statement = whole().close(true);
    assert_eq!(statement.remainder, []);
    let account = &statement.accounts[&(tenant(), 0)];
    assert_eq!((account.accepted, account.delivered, account.in_flight), (2, 1, 1));
    assert!(account.balances());
}

#[test]
fn one_record_less_is_seen_whichever_it_is() {
    let mut never = whole();
    never.lines.get_mut(&id(1)).unwrap().submitted = None;
    assert_eq!(faults(never), [Fault::NeverAccepted]);

    let mut untaken = whole();
    untaken.lines.get_mut(&id(1)).unwrap().taken = false;
    assert_eq!(faults(untaken), [Fault::NotTaken]);

    let mut unrecorded = whole();
    unrecorded.lines.get_mut(&id(1)).unwrap().recorded = End::default();
    assert_eq!(faults(unrecorded), [Fault::NotRecorded]);

    let mut unsettled = whole();
    unsettled.lines.get_mut(&id(1)).unwrap().settled = 0;
    assert_eq!(faults(unsettled), [Fault::NotSettled { attempt: 1 }]);

    let mut given_up = whole();
    given_up.lines.get_mut(&id(1)).unwrap().settled = 0;
    given_up.lost(AttemptId { message: id(1), number: 1 }).unwrap();
    assert_eq!(faults(given_up), [], "routing said that it would not be settled");

    let mut unreported = whole();
    unreported.lines.get_mut(&id(1)).unwrap().reported = 0;
    assert_eq!(faults(unreported), [Fault::NotReported { attempt: 1 }]);

    let mut unordered = whole();
    unordered.lines.get_mut(&id(1)).unwrap().ordered = 0;
    assert_eq!(faults(unordered), [Fault::NotOrdered { attempt: 1 }]);

    let mut untold = whole();
    untold.lines.get_mut(&id(1)).unwrap().told = End::default();
    assert_eq!(faults(untold), [Fault::NotTold]);
}

#[test]
fn news_that_came_while_the_topics_were_read_is_no_contradiction() {
    let mut untold = whole();
    untold.lines.get_mut(&id(1)).unwrap().told = End::default();
    assert_eq!(untold.close(false).remainder, []);
}

#[test]
fn a_delivery_without_its_receipt_is_seen_and_one_that_only_its_id_names_is_not() {
    let mut books = whole();
    books.lines.get_mut(&id(1)).unwrap().has_receipt = false;
    assert_eq!(faults(books), [Fault::NoReceipt]);

    let mut books = whole();
    books.lines.get_mut(&id(1)).unwrap().has_receipt = false;
    books.receipt(None, Some(7)).unwrap();
    assert_eq!(faults(books), []);
}

#[test]
fn a_second_end_is_seen_and_a_correction_is_none() {
    let mut twice = whole();
    twice.recorded(id(1), FinalState::Delivered, false).unwrap();
    assert_eq!(faults(twice), [Fault::EndedTwice]);

    let mut corrected = whole();
    corrected.recorded(id(1), FinalState::Failed, true).unwrap();
    corrected.told(id(1), FinalState::Failed, true).unwrap();
    assert_eq!(faults(corrected), []);
}

#[test]
fn a_message_nobody_ended_in_time_is_overdue() {
    let mut books = whole();
    books.saw(DEADLINE + GRACE + SpanMs::from_secs(1));
    assert_eq!(faults(books), [Fault::Overdue]);
}

#[test]
fn the_newest_submission_may_be_not_taken_yet() {
    let mut books = whole();
    let place = (Partition(0), 9);
    books
        .submitted(id(3), &tenant(), Timestamp::from_micros(6), DEADLINE, place)
        .unwrap();
    assert_eq!(faults(books), []);
}
