//! STOP, START and HELP.

use volley_events::{AttemptOutcome, ConsentAction, Evidence, PublicKind, ReceiptState};
use volley_mo_correlation_core::Command;
use volley_types::{SpanMs, TrafficClass};

use crate::world::{BANKS, Mt, SHARED, Said, World, ids, second};

fn ad() -> Mt {
    Mt::new("ad", "acme", SHARED)
}

#[test]
fn stop_after_an_ad_is_told_with_the_ad_and_confirmed_once() {
    let mut world = World::new();
    world.deliverable(&ad(), &["a"]);
    let told = world.later(second()).writes(SHARED, "STOP");
    let consent = told.consents().remove(0);
    assert_eq!((consent.tenant.as_str(), consent.action), ("acme", ConsentAction::OptOut));
    let (tenant, reply) = told.reply();
    assert_eq!((tenant.as_str(), reply.evidence), ("acme", Evidence::ConsentWord));
    assert_eq!(reply.answers, Some((ad().id(), ad().request())));
    let answer = told.answers().remove(0);
    assert_eq!((answer.text.text(), answer.class), (Some("Stopped."), TrafficClass::Transactional));
    assert!(answer.request.as_str().starts_with("answer-"));
    assert_eq!(told.public(), [PublicKind::OptedOut, PublicKind::ReplyReceived]);

    let again = world.later(second()).writes(SHARED, "stop!");
    assert_eq!((again.consents().len(), again.answers().len()), (1, 0), "suppressed again, confirmed once");
    world.later(SpanMs::from_hours(24)).tick();
    assert_eq!(world.writes(SHARED, "stop").answers().len(), 1, "a day later it is confirmed again");
}

#[test]
fn all_kinds_of_stop_are_understood() {
    for (text, action) in [
        ("Stop.", ConsentAction::OptOut),
        ("수신거부", ConsentAction::OptOut),
        ("s t o p", ConsentAction::OptOut),
        ("STOP sending me this", ConsentAction::OptOutLikely),
        ("please stop", ConsentAction::OptOutLikely),
    ] {
        let mut world = World::new();
        world.deliverable(&ad(), &["a"]);
        let told = world.writes(SHARED, text);
        assert_eq!(told.consents().first().map(|consent| consent.action), Some(action), "{text}");
        assert_eq!(told.answers().len(), 1, "{text}");
    }
}

#[test]
fn what_only_sounds_like_stop_is_a_reply() {
    let mut world = World::new();
    world.deliverable(&ad(), &["a"]);
    for text in ["don't stop", "which bus stop?"] {
        let told = world.writes(SHARED, text);
        assert_eq!((told.consents(), told.reply().1.consent), (vec![], None), "{text}");
    }
}

#[test]
fn a_stop_is_for_the_tenant_that_wrote_last() {
    let mut world = World::new();
    world.deliverable(&ad(), &["a"]);
    world
        .later(second())
        .deliverable(&Mt::new("rates-today", "bank", SHARED), &["b"]);
    let told = world.later(second()).writes(SHARED, "STOP");
    assert_eq!(
        told.consents()
            .iter()
            .map(|consent| consent.tenant.as_str())
            .collect::<Vec<_>>(),
        ["bank"]
    );
    assert_eq!(told.reply().0, "bank");
}

#[test]
fn a_message_that_failed_does_not_attract_the_stop() {
    let mut world = World::new();
    world.deliverable(&ad(), &["a"]);
    world
        .later(second())
        .deliverable(&Mt::new("rates-today", "bank", SHARED), &["b"]);
    world.receipt("b", ReceiptState::Undeliverable);
    assert_eq!(world.later(second()).writes(SHARED, "STOP").reply().0, "acme");
}

#[test]
fn a_stop_after_all_windows_is_for_everyone_who_wrote_and_confirmed_once() {
    let mut world = World::new();
    world.deliverable(&ad(), &["a"]);
    world.deliverable(&Mt::new("rates-today", "bank", SHARED), &["b"]);
    let told = world.later(SpanMs::from_hours(8 * 24)).writes(SHARED, "STOP");
    let tenants: Vec<_> = told.consents().iter().map(|consent| consent.tenant.to_string()).collect();
    assert_eq!((tenants.join(" "), told.replies().len(), told.answers().len()), ("acme bank".to_owned(), 2, 1));
    let threads: Vec<_> = told.replies().into_iter().map(|(_, reply)| reply.thread).collect();
    assert_ne!(threads[0], threads[1], "each tenant has its own conversation");
}

#[test]
fn a_stop_without_any_message_is_for_the_default_owner_or_all_of_the_number() {
    let mut world = World::new();
    assert_eq!(world.writes(BANKS, "STOP").reply().0, "bank");
    assert_eq!(world.writes(SHARED, "STOP").consents().len(), 2);
}

#[test]
fn stop_and_a_keyword_stops_its_owner_only() {
    let mut world = World::new();
    world.deliverable(&ad(), &["a"]);
    let told = world.writes(SHARED, "STOP rates");
    let consent = told.consents().remove(0);
    assert_eq!((consent.tenant.as_str(), consent.action), ("bank", ConsentAction::OptOut));
    assert_eq!(told.reply().0, "bank");
    assert_eq!(told.reply().1.answers, None, "the ad is another tenant's");
}

#[test]
fn start_lifts_what_was_stopped_last_and_is_answered() {
    let mut world = World::new();
    world.deliverable(&ad(), &["a"]);
    world.writes(SHARED, "STOP");
    world.restart();
    let told = world.later(SpanMs::from_hours(20 * 24)).writes(SHARED, "START");
    let consent = told.consents().remove(0);
    assert_eq!((consent.tenant.as_str(), consent.action), ("acme", ConsentAction::OptIn));
    assert_eq!(told.answers()[0].text.text(), Some("Welcome back."));
    assert_eq!(told.public(), [PublicKind::OptedIn, PublicKind::ReplyReceived]);
}

#[test]
fn yes_is_an_opt_in_only_after_an_opt_out() {
    let mut world = World::new();
    world.deliverable(&ad(), &["a"]);
    assert_eq!(world.writes(SHARED, "yes").reply().1.consent, None);
    world.writes(SHARED, "STOP");
    assert_eq!(world.writes(SHARED, "yes").reply().1.consent, Some(ConsentAction::OptIn));
}

#[test]
fn help_is_answered_three_times_a_day_and_changes_nothing() {
    let mut world = World::new();
    let answers: usize = (0..5).map(|_| world.writes(BANKS, "HELP").answers().len()).sum();
    assert_eq!((answers, world.effects.consents()), (3, vec![]));
    assert_eq!(world.writes(SHARED, "help").answers().len(), 1, "also where nobody is concerned");
}

#[test]
fn a_confirmation_is_no_question() {
    let mut world = World::new();
    world.deliverable(&ad(), &["a"]);
    let answer = world.writes(SHARED, "STOP").answers().remove(0);
    let mut confirmation = Mt::new("confirmation", "acme", SHARED);
    confirmation.class = answer.class;
    let mut accepted = world.accepted(&confirmation);
    accepted.origin = answer.origin;
    world
        .later(second())
        .tell(Command::Fact(volley_events::RoutingFact::Accepted(Box::new(accepted))));
    world.report(&confirmation, 1, AttemptOutcome::Submitted { ids: ids(&["c"]) });
    assert_eq!(world.writes(SHARED, "why?").reply().1.answers, Some((ad().id(), ad().request())));
}
