//! What was wrong at a carrier is told in the words of all carriers, with its own beside them.

use volley_events::{ConfigChange, Planned, PublicEvent, ReceiptState, Verdict, config::CarrierProfileConfig};
use volley_mo_correlation_core::Effect;
use volley_types::{ErrorCode, FinalState, MessageState, Reason, TrafficClass};

use crate::world::{BANKS, Mt, Said, World, carrier_of, refused};

fn alert() -> Mt {
    Mt::new("alert", "bank", BANKS).class(TrafficClass::Transactional)
}

/// The carrier of the account that sends says so.
fn profile(text: &str) -> ConfigChange {
    ConfigChange::CarrierProfile(CarrierProfileConfig { carrier: carrier_of("skt-1"), profile: text.to_owned() })
}

fn public(effects: &[Effect]) -> Vec<&PublicEvent> {
    let public = effects.iter().filter_map(|effect| match effect {
        Effect::Public(event) => Some(&**event),
        _ => None,
    });
    public.collect()
}

#[test]
fn a_refusal_is_told_by_the_common_table_unless_the_profile_says_otherwise() {
    let cases = [
        ("", 0x0B, ErrorCode::InvalidDestination),
        ("", 0x45, ErrorCode::Refused),
        ("[statuses]\n\"0x45\" = { error = \"blocked\" }", 0x45, ErrorCode::Blocked),
    ];
    for (text, status, code) in cases {
        let mut world = World::new();
        world.configure(profile(text));
        world.send(&alert());
        let failed = world.report(&alert(), 1, refused(status));
        assert_eq!((public(&failed)[0].carrier_status, public(&failed)[0].error_code), (Some(status), Some(code)));
        let closed = world.close(alert().closed(FinalState::Failed, Reason::CarrierRefused));
        let told = closed.statuses().remove(0);
        assert_eq!((told.carrier_status, told.error_code), (Some(status), Some(code)));
        assert_eq!(public(&closed)[0].error_code, Some(code));
    }
}

#[test]
fn a_bad_receipt_is_told_by_the_profiles_table_else_by_what_it_says() {
    let cases = [
        ("", ReceiptState::Undeliverable, ErrorCode::NotDeliverable),
        ("", ReceiptState::Expired, ErrorCode::ExpiredAtCarrier),
        ("", ReceiptState::Deleted, ErrorCode::DeletedAtCarrier),
        ("", ReceiptState::Rejected, ErrorCode::Refused),
        ("[errors]\n\"27\" = \"absent_subscriber\"", ReceiptState::Undeliverable, ErrorCode::AbsentSubscriber),
    ];
    for (text, said, code) in cases {
        let mut world = World::new();
        world.configure(profile(text));
        world.deliverable(&alert(), &["a"]);
        world.restart();
        let told = world.receipt("a", said);
        let status = told.statuses().pop().unwrap();
        assert_eq!((status.carrier_error.as_deref(), status.error_code), (Some("027"), Some(code)), "{said:?}");
        assert_eq!(public(&told).pop().unwrap().error_code, Some(code));
    }
}

#[test]
fn what_is_delivered_after_all_has_nothing_wrong() {
    let mut world = World::new();
    world.deliverable(&alert(), &["a"]);
    world.receipt("a", ReceiptState::Expired);
    let corrected = world.receipt("a", ReceiptState::Delivered);
    let status = corrected.statuses().pop().unwrap();
    assert_eq!((status.corrects, status.error_code), (Some(FinalState::Expired), None));
}

#[test]
fn a_long_text_that_went_whole_has_one_receipt_and_all_its_segments() {
    let mut world = World::new();
    let long = alert().segments(3);
    world.accept(&long, Verdict::Planned(Planned { submits: 1, ..long.planned(1) }));
    world.submitted(&long, &["a"]);
    let told = world.receipt("a", ReceiptState::Delivered);
    let status = told.statuses().pop().unwrap();
    assert_eq!((status.state, status.segments), (MessageState::Final(FinalState::Delivered), 3));
    assert_eq!(public(&told).pop().unwrap().segments, 3);
}
