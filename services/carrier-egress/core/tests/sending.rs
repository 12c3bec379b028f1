//! What leaves, when, and on which bind.

mod support;

use support::{Bench, SETTINGS, THROTTLED, Wish, alert, attempt};
use volley_carrier_egress_core::{AccountSettings, SegmentAnswer};
use volley_events::{AttemptOutcome, CarrierMessageId, NotSent, RefusalClass};
use volley_types::{Lane, SpanMs, TrafficClass};

const WIDE: AccountSettings = AccountSettings::new(1, 100, 0);

fn code(number: u16) -> Wish {
    Wish { class: TrafficClass::Otp, ..alert(number) }
}

fn advert(number: u16) -> Wish {
    Wish { class: TrafficClass::Marketing, ..alert(number) }
}

#[test]
fn an_answered_order_is_reported_settled_and_done() {
    let mut bench = Bench::bound(SETTINGS);
    bench.read(0, alert(1));
    bench.take(1);
    let ids = vec![CarrierMessageId::new("id1")];
    assert_eq!(bench.outcomes(), [(attempt(1), AttemptOutcome::Submitted { ids })]);
    assert_eq!(bench.position(Lane::Normal), 0, "the log does not have it yet");

    assert_eq!(bench.log_catches_up(), [volley_events::SettledOutcome::Submitted]);
    assert_eq!(bench.position(Lane::Normal), 1);
}

#[test]
fn orders_of_a_lane_leave_in_its_order_and_codes_first() {
    let mut bench = Bench::new(WIDE);
    bench.read(0, advert(1));
    bench.read(1, advert(2));
    bench.read(0, alert(3));
    bench.read(0, code(4));
    bench.bind_up(0);
    let left: Vec<_> = bench.handsets().iter().map(|handset| handset % 10).collect();
    assert_eq!(left, [4, 3, 1, 2]);
}

#[test]
fn the_window_of_each_bind_is_kept() {
    let mut bench = Bench::bound(SETTINGS);
    for number in 0..6 {
        bench.read(number.into(), alert(number));
    }
    assert_eq!(bench.wire.sent.len(), 2);
    bench.bind_up(1);
    assert_eq!(bench.wire.sent.len(), 4);
    bench.take(1);
    assert_eq!(bench.wire.sent.len(), 5);
}

#[test]
fn after_two_windows_without_the_log_sending_stops() {
    let mut bench = Bench::bound(SETTINGS);
    for number in 0..8 {
        bench.read(number.into(), alert(number));
    }
    for token in 1..=4 {
        bench.take(token);
    }
    assert_eq!(bench.wire.sent.len(), 4, "two windows of two are without an acknowledged report");

    bench.log_catches_up();
    assert_eq!(bench.wire.sent.len(), 6);
}

#[test]
fn a_handset_keeps_to_its_bind_while_anything_of_his_is_unanswered() {
    let mut bench = Bench::bound(SETTINGS);
    let same = |number| Wish { handset: 79_140_000_001, ..alert(number) };
    bench.read(0, same(1));
    bench.read(1, alert(2));
    bench.bind_up(1);
    bench.read(2, same(3));
    assert_eq!(bench.wire.sent.len(), 2, "the window of his bind is full, the other bind is not his");

    bench.take(2);
    assert_eq!(bench.wire.sent[2].bind, 0);
    bench.take(1);
    bench.take(3);
    bench.read(3, alert(4));
    bench.read(4, same(5));
    assert_eq!(bench.wire.sent[4].bind, 1, "nothing of his is unanswered: the emptier bind takes him");
}

#[test]
fn segments_leave_in_order_on_one_bind_and_a_refusal_stops_the_rest() {
    let mut bench = Bench::bound(SETTINGS);
    bench.read(0, Wish { segments: 4, ..alert(1) });
    bench.bind_up(1);
    assert_eq!(bench.wire.sent.iter().map(|sent| (sent.bind, sent.segment)).collect::<Vec<_>>(), [(0, 0), (0, 1)]);
    bench.take(1);
    assert_eq!(bench.wire.sent[2].segment, 2);
    bench.refuse(2, 0x0B, RefusalClass::Permanent);
    bench.take(3);
    assert_eq!(bench.wire.sent.len(), 3);
    // The third was on its way already.
    let ids = vec![CarrierMessageId::new("id1"), None, CarrierMessageId::new("id3")];
    let refused = AttemptOutcome::Refused { status: 0x0B, class: RefusalClass::Permanent, ids };
    assert_eq!(bench.outcomes(), [(attempt(1), refused)]);
}

#[test]
fn a_lost_answer_makes_an_order_ambiguous_with_the_ids_it_has() {
    let mut bench = Bench::bound(SETTINGS);
    bench.read(0, Wish { segments: 2, ..alert(1) });
    bench.take(1);
    bench.bind_down(0);
    let ids = vec![CarrierMessageId::new("id1"), None];
    assert_eq!(bench.outcomes(), [(attempt(1), AttemptOutcome::Ambiguous { ids })]);
}

#[test]
fn a_bind_that_goes_in_the_middle_of_a_message_leaves_it_ambiguous() {
    let mut bench = Bench::bound(SETTINGS);
    bench.read(0, Wish { segments: 3, ..alert(1) });
    bench.take(1);
    bench.take(2);
    bench.take(3);
    assert_eq!(bench.outcomes().len(), 1);
    bench.log_catches_up();

    bench.read(1, Wish { segments: 4, ..alert(2) });
    bench.bind_down(0);
    assert!(matches!(&bench.outcomes()[1].1, AttemptOutcome::Ambiguous { ids } if ids == &vec![None; 4]));
    bench.bind_up(0);
    assert_eq!(bench.wire.sent.len(), 5, "nothing of it goes on");
}

#[test]
fn what_cannot_be_written_is_refused_for_good_and_was_never_sent() {
    let mut bench = Bench::bound(SETTINGS);
    bench.wire.unsendable = Some(79_140_000_001);
    bench.read(0, alert(1));
    let (_, report) = &bench.reports[0];
    let refused = AttemptOutcome::Refused { status: 1, class: RefusalClass::Permanent, ids: Vec::new() };
    assert_eq!((&report.outcome, report.sent_at), (&refused, None));
}

#[test]
fn without_a_bind_an_order_waits_for_the_patience_of_its_class() {
    let mut bench = Bench::new(SETTINGS);
    bench.read(0, code(1));
    bench.read(0, alert(2));
    bench.pass(SpanMs::from_millis(4_999));
    assert!(bench.outcomes().is_empty());
    bench.pass(SpanMs::from_millis(1));
    assert_eq!(bench.outcomes(), [(attempt(1), AttemptOutcome::NotSent(NotSent::NoBind))]);
    bench.pass(SpanMs::from_secs(55));
    assert_eq!(bench.outcomes().len(), 2);

    bench.bind_up(0);
    assert!(bench.wire.sent.is_empty(), "a verdict is never reconsidered");
}

#[test]
fn patience_begins_when_the_last_bind_went() {
    let mut bench = Bench::bound(AccountSettings { window: 1, ..SETTINGS });
    bench.read(0, code(1));
    bench.read(1, code(2));
    bench.pass(SpanMs::from_secs(20));
    bench.bind_down(0);
    bench.pass(SpanMs::from_secs(4));
    assert_eq!(bench.outcomes().len(), 1, "the first is ambiguous, the second waits");
    bench.pass(SpanMs::from_secs(1));
    assert_eq!(bench.outcomes()[1].1, AttemptOutcome::NotSent(NotSent::NoBind));
}

#[test]
fn nothing_leaves_after_its_send_before() {
    let mut bench = Bench::bound(AccountSettings { window: 1, ..SETTINGS });
    bench.read(0, alert(1));
    bench.read(1, Wish { send_before: SpanMs::from_secs(2), ..alert(2) });
    bench.read(2, alert(3));
    bench.pass(SpanMs::from_secs(2));
    assert_eq!(
        bench.outcomes(),
        [(attempt(2), AttemptOutcome::NotSent(NotSent::TooLate))],
        "though it was not the next"
    );
    bench.take(1);
    assert_eq!(bench.handsets(), [79_140_000_001, 79_140_000_003]);
}

#[test]
fn the_rate_is_kept_and_codes_have_their_share() {
    let mut bench = Bench::bound(AccountSettings { segments_per_second: 100, ..WIDE });
    for number in 0..20 {
        bench.read(number.into(), advert(number));
    }
    assert_eq!(bench.wire.sent.len(), 8, "a tenth of a second, without the share of codes");
    assert!(bench.wait_us.is_some_and(|wait_us| wait_us <= 10_000));
    bench.read(0, code(30));
    bench.read(1, code(31));
    assert_eq!(bench.wire.sent.len(), 10);
    bench.read(2, code(32));
    assert_eq!(bench.wire.sent.len(), 10);
    bench.pass(SpanMs::from_millis(10));
    assert_eq!(bench.handsets()[10], 79_140_000_032, "the next token is a code's");
}

#[test]
fn a_text_that_leaves_whole_takes_as_much_of_the_rate_as_its_parts() {
    let mut bench = Bench::bound(AccountSettings { segments_per_second: 100, ..WIDE });
    for number in 0..20 {
        bench.read(number.into(), Wish { parts: 4, ..advert(number) });
    }
    assert_eq!(bench.wire.sent.len(), 2, "eight tokens, four a text");
    bench.pass(SpanMs::from_millis(20));
    assert_eq!(bench.wire.sent.len(), 2, "two tokens more are half a text");
    for _ in 0..10 {
        bench.pass(SpanMs::from_millis(20));
    }
    let of_rate = 2 + 20 / 4;
    assert!((of_rate - 1..=of_rate).contains(&bench.wire.sent.len()), "{} left", bench.wire.sent.len());
}

#[test]
fn a_throttled_account_slows_down() {
    let mut bench = Bench::bound(AccountSettings { segments_per_second: 100, ..WIDE });
    for number in 0..30 {
        bench.read(number.into(), alert(number));
    }
    bench.refuse(1, THROTTLED, RefusalClass::Throttle);
    let before = bench.wire.sent.len();
    for _ in 0..10 {
        bench.pass(SpanMs::from_millis(10));
    }
    let sent = bench.wire.sent.len() - before;
    assert!(
        (3..=5).contains(&sent),
        "{sent} in a tenth of a second at half the rate, the share of codes refilled first"
    );
}

#[test]
fn the_last_late_answer_settles_an_ambiguous_attempt() {
    let mut bench = Bench::bound(SETTINGS);
    bench.read(0, Wish { segments: 2, ..alert(1) });
    bench.answer(1, SegmentAnswer::Lost);
    bench.answer(2, SegmentAnswer::Lost);
    assert!(matches!(bench.outcomes()[..], [(_, AttemptOutcome::Ambiguous { .. })]));
    bench.out.ids.clear();
    bench.take(2);
    assert_eq!((bench.out.ids.len(), bench.out.late_reports.len()), (1, 0), "its receipt will find it");
    bench.take(1);
    assert_eq!(bench.outcomes().len(), 1, "what was reported and settled stays");
    let [report] = &bench.out.late_reports[..] else {
        panic!("{:?}", bench.out.late_reports)
    };
    assert!(matches!(&report.outcome, AttemptOutcome::Submitted { ids } if ids.iter().all(Option::is_some)));
    bench.take(1);
    assert_eq!(bench.out.late_reports.len(), 1, "once");
}

#[test]
fn a_late_refusal_settles_nothing() {
    let mut bench = Bench::bound(SETTINGS);
    bench.read(0, Wish { segments: 2, ..alert(1) });
    bench.answer(1, SegmentAnswer::Lost);
    bench.answer(2, SegmentAnswer::Lost);
    bench.answer(1, SegmentAnswer::Refused { status: 0x14, class: RefusalClass::RetrySameRoute });
    bench.take(2);
    assert_eq!(bench.out.late_reports, []);
}

#[test]
fn a_stopping_account_ends_what_it_began_and_begins_nothing() {
    let mut bench = Bench::bound(SETTINGS);
    bench.read(0, Wish { segments: 3, ..alert(1) });
    bench.account().stop();
    bench.read(1, alert(2));
    bench.take(1);
    assert_eq!(bench.wire.sent.len(), 3, "the third segment of the message that had begun");
    bench.take(2);
    bench.take(3);
    bench.log_catches_up();
    assert_eq!(bench.account().unfinished(), 0);
    assert_eq!(bench.position(Lane::Normal), 1, "the next start sends the other");
}
