//! Texts are encoded and cut as the carrier of the account wants it.

use volley_events::{ConfigChange, Submission, Verdict, config::CarrierProfileConfig};
use volley_types::{Body, CarrierName, ContentHash, FinalState, Reason, TrafficClass};

use crate::desk::*;

fn profile(text: &str) -> ConfigChange {
    let carrier = CarrierName::new("skt").unwrap();
    ConfigChange::CarrierProfile(CarrierProfileConfig { carrier, profile: text.into() })
}

fn saying(request: &str, text: &str) -> Submission {
    let content = ContentHash::of(&[text.as_bytes()]);
    Submission {
        text: Body::plain(text),
        content,
        ..message(request, TrafficClass::Transactional)
    }
}

#[test]
fn a_korean_relay_gets_its_own_alphabet_in_its_own_lengths() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let usual = one_order(&desk.submit(saying("r1", &"가".repeat(46)))).order;
    assert_eq!((usual.data_coding, usual.segments.len()), (0x08, 1));

    desk.configure(profile(
        "[text]\ndefault_alphabet = \"ascii\"\nencodings = [\"ascii\", \"ksc5601\", \"ucs2\"]\npart_octets = 90",
    ));
    let relayed = one_order(&desk.submit(saying("r2", &"가".repeat(45)))).order;
    assert_eq!((relayed.data_coding, relayed.segments.len()), (0x0E, 1));
    assert_eq!(relayed.segments[0].as_slice().len(), 90);

    desk.configure(profile(""));
    assert_eq!(
        one_order(&desk.submit(saying("r3", "가"))).order.data_coding,
        0x08,
        "an empty profile is the default one"
    );
}

#[test]
fn a_text_that_takes_more_parts_than_the_carrier_allows_is_refused() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    desk.configure(profile("[text]\nparts_max = 1"));
    let end = closed(&desk.submit(saying("r1", &"x".repeat(161))));
    assert_eq!((end.state, end.reason), (FinalState::Refused, Reason::TooManySegments));
    desk.restart();
    let Verdict::Closed(end) = first_verdict(&desk.submit(saying("r2", &"x".repeat(161)))) else {
        panic!("the profile is forgotten")
    };
    assert_eq!(end.reason, Reason::TooManySegments);
}

/// 123 characters: two segments in UCS-2, one in GSM-7 with straight quotes.
fn curly() -> String {
    format!("“It’s {}”", "a".repeat(116))
}

#[test]
fn an_advertisement_leaves_in_fewer_parts_and_the_fact_says_what_was_replaced() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let ad = Submission { class: TrafficClass::Marketing, ..saying("r1", &curly()) };
    let effects = desk.submit(ad);
    let order = one_order(&effects).order;
    assert_eq!((order.data_coding, order.segments.len(), order.parts), (0x00, 1, 1));
    assert_eq!(order.segments[0].as_slice().len(), 123);
    let Verdict::Planned(planned) = first_verdict(&effects) else {
        panic!("it did not leave")
    };
    let told: Vec<_> = planned
        .substitutions
        .iter()
        .map(|it| (it.from.as_str(), it.to.as_str(), it.count))
        .collect();
    assert_eq!(told, [("“", "\"", 1), ("’", "'", 1), ("”", "\"", 1)]);
}

#[test]
fn a_code_a_wish_and_a_link_keep_the_text_as_written() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let code = Submission { class: TrafficClass::Otp, ..saying("r1", &curly()) };
    let wish = Submission { verbatim: true, ..saying("r2", &curly()) };
    let link = saying("r3", &format!("see https://example.com/a–b {}", "a".repeat(60)));
    for kept in [code, wish, link] {
        let text = kept.text.text().unwrap().to_owned();
        let effects = desk.submit(kept);
        let order = one_order(&effects).order;
        let bodies = order.segments.iter().flat_map(|body| &body.as_slice()[6..]);
        let sent: Vec<u8> = bodies.copied().collect();
        assert_eq!((order.data_coding, order.segments.len()), (0x08, 2));
        assert_eq!(sent, text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>());
        let Verdict::Planned(planned) = first_verdict(&effects) else {
            panic!("it did not leave")
        };
        assert!(planned.substitutions.is_empty());
    }
}

#[test]
fn a_carrier_that_splits_gets_one_body_and_the_parts_are_counted_all_the_same() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    desk.configure(profile("[text]\nsplitting = \"payload\""));
    let effects = desk.submit(saying("r1", &"x".repeat(400)));
    let order = one_order(&effects).order;
    assert_eq!((order.segments.len(), order.parts, order.esm_class), (1, 3, 0));
    assert_eq!(order.segments[0].as_slice().len(), 400);
    let Verdict::Planned(planned) = first_verdict(&effects) else {
        panic!("it did not leave")
    };
    assert_eq!((planned.segments, planned.submits), (3, 1));
    let short = one_order(&desk.submit(saying("r2", &"x".repeat(160)))).order;
    assert_eq!((short.segments.len(), short.parts), (1, 1));
}
