//! Replies: to whom, and to which message.

use volley_events::{AttemptOutcome, ConfigChange, Evidence, PublicKind, ReceiptState};
use volley_mo_correlation_core::{Command, Counted};
use volley_types::{Body, FinalState, Reason, SpanMs, TrafficClass};

use crate::world::{BANKS, Mt, SHARED, Said, World, ids, second, tenant};

fn ask(name: &'static str) -> Mt {
    Mt::new(name, "acme", SHARED)
}

#[test]
fn a_reply_answers_the_newest_message_of_its_pair_after_a_restart_too() {
    let mut world = World::new();
    world.deliverable(&ask("first"), &["a"]);
    world.later(SpanMs::from_secs(300)).deliverable(&ask("second"), &["b"]);
    world.deliverable(&ask("elsewhere").to(2), &["c"]);
    world.restart();
    let told = world.later(second()).writes(SHARED, "yes, please");
    let (owner, reply) = told.reply();
    assert_eq!((owner.as_str(), reply.evidence), ("acme", Evidence::LatestMessage));
    assert_eq!(reply.answers, Some((ask("second").id(), ask("second").request())));
    assert_eq!((reply.confidence, reply.candidates), (80, vec![ask("first").id()]));
    assert_eq!(reply.text, Body::plain("yes, please"));
    assert_eq!(told.public(), [PublicKind::ReplyReceived]);
}

#[test]
fn one_question_is_answered_with_certainty_and_two_close_ones_are_not() {
    let mut world = World::new();
    world.deliverable(&ask("first"), &["a"]);
    assert_eq!(world.writes(SHARED, "ok").reply().1.confidence, 95);
    world.later(SpanMs::from_secs(119)).deliverable(&ask("second"), &["b"]);
    assert_eq!(world.writes(SHARED, "ok").reply().1.confidence, 50);
}

#[test]
fn what_was_written_before_a_second_attempt_answers_the_first() {
    let mut world = World::new();
    world.send(&ask("first"));
    world.report(&ask("first"), 1, AttemptOutcome::Ambiguous { ids: vec![None] });
    let written = world.later(second()).reply_of(1, SHARED, "thanks");
    world.later(SpanMs::from_secs(60)).plan_again(&ask("first"), 2);
    let told = world.tell(Command::Reply(Box::new(written)));
    assert_eq!(told.reply().1.answers, Some((ask("first").id(), ask("first").request())));
}

#[test]
fn replies_of_a_pair_and_tenant_are_one_conversation() {
    let mut world = World::new();
    world.deliverable(&ask("first"), &["a"]);
    let threads: Vec<_> = ["hi", "again"].map(|text| world.writes(SHARED, text).reply().1.thread).into();
    assert_eq!(threads[0], threads[1]);
    let listed = world.correlation.threads(None, None, &world.rows).unwrap().threads;
    assert_eq!((listed[0].sent, listed[0].received, listed[0].thread), (1, 2, threads[0]));
}

#[test]
fn each_class_has_its_window() {
    for (class, hours) in [(TrafficClass::Transactional, 24), (TrafficClass::Marketing, 7 * 24)] {
        let mut world = World::new();
        world.deliverable(&ask("q").class(class), &["a"]);
        world.later(SpanMs::from_hours(hours));
        assert_eq!(world.writes(SHARED, "ok").replies().len(), 1, "{class:?}");
        world.later(second());
        assert_eq!(world.writes(SHARED, "ok").counted(), [Counted::UnroutedReply], "{class:?}");
    }
    let mut world = World::new();
    world.deliverable(&Mt::new("code", "bank", BANKS).class(TrafficClass::Otp), &["a"]);
    let reply = world.later(SpanMs::from_secs(601)).writes(BANKS, "thanks").reply().1;
    assert_eq!((reply.evidence, reply.answers), (Evidence::NumberDefault, None));
}

#[test]
fn a_failed_message_is_no_question() {
    let mut world = World::new();
    world.deliverable(&ask("first"), &["a"]);
    world.deliverable(&ask("second"), &["b"]);
    world.receipt("b", ReceiptState::Undeliverable);
    assert_eq!(world.writes(SHARED, "ok").reply().1.answers.unwrap().0, ask("first").id());
}

#[test]
fn a_message_that_expired_after_an_attempt_nobody_answered_is_a_question_still() {
    let mut world = World::new();
    let question = ask("q");
    world.send(&question);
    world.report(&question, 1, AttemptOutcome::Ambiguous { ids: ids(&[""]) });
    world.close(question.closed(FinalState::Expired, Reason::ValidityEnded));
    let reply = world.later(second()).writes(SHARED, "ok").reply().1;
    assert_eq!(reply.answers.unwrap().0, question.id());
}

#[test]
fn a_reply_that_came_in_before_the_question_does_not_answer_it() {
    let mut world = World::new();
    world.deliverable(&ask("first"), &["a"]);
    let early = world.later(second()).reply_of(1, SHARED, "ok");
    world.later(SpanMs::from_secs(60)).deliverable(&ask("second"), &["b"]);
    let told = world.tell(Command::Reply(Box::new(early)));
    assert_eq!(told.reply().1.answers.unwrap().0, ask("first").id());
}

#[test]
fn two_tenants_share_a_number_by_keyword_and_never_see_each_others_replies() {
    let mut world = World::new();
    world.deliverable(&ask("ad"), &["a"]);
    let (owner, reply) = world.writes(SHARED, "Rates USD").reply();
    assert_eq!((owner.as_str(), reply.evidence), ("bank", Evidence::Keyword));
    assert_eq!(reply.keyword.unwrap().as_str(), "rates");
    assert_eq!((reply.answers, reply.candidates), (None, vec![]), "the ad is another tenant's");
    world.later(second()).deliverable(&Mt::new("today", "bank", SHARED), &["b"]);
    let (owner, reply) = world.writes(SHARED, "thanks").reply();
    assert_eq!((owner.as_str(), reply.candidates, reply.confidence), ("bank", vec![], 50));
}

#[test]
fn the_longest_keyword_wins_and_a_released_one_is_nobodys() {
    let mut world = World::new();
    let lease = crate::world::keyword(SHARED, "ratesusd", "acme", None);
    world.configure(lease.clone());
    assert_eq!(world.writes(SHARED, "rates-USD now").reply().0, "acme");
    let ConfigChange::Keyword(mut released) = lease else { unreachable!() };
    released.released = true;
    world.configure(ConfigChange::Keyword(released));
    assert_eq!(world.writes(SHARED, "rates-USD now").reply().0, "bank");
}

#[test]
fn what_nobody_owns_is_kept_and_counted() {
    let mut world = World::new();
    let before = world.rows.len();
    assert_eq!(world.writes(SHARED, "hello?").counted(), [Counted::UnroutedReply]);
    let mut elsewhere = world.reply_of(1, SHARED, "hello?");
    elsewhere.destination = volley_types::DialAddress::default();
    assert_eq!(world.tell(Command::Reply(Box::new(elsewhere))).counted(), [Counted::UnroutedReply]);
    assert!(world.rows.len() > before);
    world.later(SpanMs::from_hours(8 * 24)).tick();
    assert_eq!(world.rows.len(), before);
}

#[test]
fn a_repeated_arrival_is_delivered_once() {
    let mut world = World::new();
    let reply = world.reply_of(1, BANKS, "hello");
    assert_eq!(world.tell(Command::Reply(Box::new(reply.clone()))).replies().len(), 1);
    world.restart();
    assert_eq!(world.tell(Command::Reply(Box::new(reply))).counted(), [Counted::RepeatedReply]);
}

#[test]
fn every_subscription_of_the_tenant_reads_it_on_its_shard() {
    let mut world = World::new();
    world.configure(ConfigChange::Subscription(volley_events::config::SubscriptionConfig {
        tenant: tenant("bank"),
        subscription: volley_types::SubscriptionId::new("desk").unwrap(),
        shards: 2,
    }));
    let told = world.writes(BANKS, "hello");
    let mut places: Vec<_> = told
        .iter()
        .filter_map(|effect| match effect {
            volley_mo_correlation_core::Effect::Client(event) => Some((event.subscription.to_string(), event.shard)),
            _ => None,
        })
        .collect();
    places.sort();
    assert_eq!(places, [("default".to_owned(), 0), ("desk".to_owned(), 1)]);
}

#[test]
fn a_stop_in_look_alikes_is_flagged_for_a_reviewer() {
    let mut world = World::new();
    let reply = world.writes(BANKS, "ЅТОР").reply().1;
    assert!(reply.flagged && reply.consent.is_none());
}
