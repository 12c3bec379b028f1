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
