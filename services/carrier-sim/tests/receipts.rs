//! Submits and what comes of them, line by line of the table of last digits.

mod support;

use std::time::{Duration, Instant};

use rusmpp::tlvs::TlvValue;
use rusmpp::values::{MessageState, RegisteredDelivery, Ton};
use rusmpp::{CommandId, CommandStatus};
use support::*;
use volley_carrier_sim::{
    AccountConfig, DeliveryKind, Fact, JournalFilter, Outcome, RULES_BY_LAST_DIGITS, Rule, SimConfig, SubmitAnswer,
};

#[tokio::test]
async fn a_text_is_answered_delivered_and_receipted() {
    let (sim, mut client) = bound().await;
    assert_eq!(client.submit(text_to("79141234567", "hello")).await, "1");
    let receipt = client.take_delivery().await;
    assert_eq!(receipt.esm_class & 0x3C, 0x04);
    assert_eq!((receipt.source.as_str(), receipt.destination.as_str()), ("79141234567", "4565"));
    assert_eq!((receipt.field("id").as_str(), receipt.field("stat").as_str()), ("1", "DELIVRD"));
    assert!(receipt.tlvs.contains(&TlvValue::ReceiptedMessageId(c_string("1"))));
    assert!(receipt.tlvs.contains(&TlvValue::MessageState(MessageState::Delivered)));
    assert_eq!(sim.inbox("79141234567")[0].text, "hello");
    eventually("the receipt is settled", || sim.counters().receipts_acked == 1).await;
    sim.shutdown().await;
}

#[tokio::test]
async fn each_outcome_has_its_receipt_and_only_delivered_texts_arrive() {
    let (sim, mut client) = bound().await;
    for (digits, state) in [
        ("9901", "UNDELIV"),
        ("9902", "EXPIRED"),
        ("9903", "REJECTD"),
        ("9904", "DELETED"),
        ("9905", "UNKNOWN"),
        ("9906", "ACCEPTD"),
    ] {
        let number = format!("7914123{digits}");
        let id = client.submit(text_to(&number, "hello")).await;
        let receipt = client.take_delivery().await;
        assert_eq!((receipt.field("id"), receipt.field("stat")), (id, state.to_owned()));
        assert!(sim.inbox(&number).is_empty(), "{digits}");
    }
    sim.shutdown().await;
}

#[tokio::test]
async fn each_refusal_has_its_status_and_no_receipt() {
    let (sim, mut client) = bound().await;
    for (digits, status) in [
        ("9920", CommandStatus::EsmeRinvdstadr),
        ("9921", CommandStatus::EsmeRthrottled),
        ("9922", CommandStatus::EsmeRmsgqful),
        ("9923", CommandStatus::EsmeRsyserr),
        ("9924", CommandStatus::EsmeRsubmitfail),
        ("9925", CommandStatus::EsmeRinvsrcadr),
    ] {
        assert_eq!(client.ask(text_to(&format!("7914123{digits}"), "no")).await.status(), status);
    }
    assert!(client.next_within(QUIET).await.is_none());
    assert_eq!(sim.counters().submits_refused, 6);
    sim.shutdown().await;
}

#[tokio::test]
async fn a_counted_refusal_is_followed_by_a_delivery() {
    let (sim, mut client) = bound().await;
    assert_eq!(client.ask(text_to("79141239926", "x")).await.status(), CommandStatus::EsmeRthrottled);
    client.submit(text_to("79141239926", "x")).await;
    assert_eq!(client.take_delivery().await.field("stat"), "DELIVRD");
    sim.shutdown().await;
}

#[tokio::test]
async fn receipts_come_never_late_and_twice() {
    let (sim, mut client) = bound().await;
    client.submit(text_to("79141239907", "never")).await;
    assert!(client.next_within(QUIET).await.is_none());
    assert_eq!(sim.inbox("79141239907").len(), 1);

    let id = client.submit(text_to("79141239909", "twice")).await;
    let (first, second) = (client.take_delivery().await, client.take_delivery().await);
    assert_eq!([first.field("id"), second.field("id")], [id.clone(), id]);

    sim.rule("79140000001", Rule { receipt_delay_ms: Some(400), ..Rule::DELIVERED });
    let submitted = Instant::now();
    client.submit(text_to("79140000001", "late")).await;
    client.take_delivery().await;
    assert!(submitted.elapsed() >= Duration::from_millis(400));
    sim.shutdown().await;
}

#[tokio::test]
async fn a_receipt_may_come_before_the_response_and_a_notification_before_the_receipt() {
    let (sim, mut client) = bound().await;
    let sequence = client.send(text_to("79141239910", "early")).await;
    let receipt = client.take_delivery().await;
    let response = client.next().await;
    assert_eq!(response.sequence_number(), sequence);
    assert_eq!(receipt.field("id"), message_id(&response));

    client.send(text_to("79141239911", "on its way")).await;
    let notification = client.take_delivery().await;
    assert_eq!((notification.esm_class & 0x3C, notification.field("stat").as_str()), (0x20, "ENROUTE"));
    assert_eq!(client.next().await.id(), CommandId::SubmitSmResp);
    assert_eq!(client.take_delivery().await.field("stat"), "DELIVRD");
    sim.shutdown().await;
}

#[tokio::test]
async fn a_response_may_be_late_or_lost() {
    let (sim, mut client) = bound().await;
    sim.rule("79140000001", Rule { response_delay_ms: Some(300), ..Rule::DELIVERED });
    let submitted = Instant::now();
    client.send(text_to("79140000001", "slow")).await;
    assert_eq!(client.take_delivery().await.field("stat"), "DELIVRD");
    assert_eq!(client.next().await.id(), CommandId::SubmitSmResp);
    assert!(submitted.elapsed() >= Duration::from_millis(300));

    client.send(text_to("79141239913", "lost")).await;
    assert_eq!(client.take_delivery().await.field("stat"), "DELIVRD");
    client.send(text_to("79141239915", "all lost")).await;
    assert!(client.next_within(QUIET).await.is_none());
    assert_eq!(sim.counters().unanswered, 2);
    drop(client);
    eventually("they are counted as lost", || sim.counters().responses_lost == 2).await;
    sim.shutdown().await;
}

#[tokio::test]
async fn a_cut_link_took_the_text_and_its_receipt_comes_on_the_next() {
    let (sim, mut client) = bound().await;
    client.send(text_to("79141239914", "cut")).await;
    assert!(client.is_closed().await);
    assert_eq!(sim.inbox("79141239914").len(), 1);
    let mut client = Client::bound(sim.addr()).await;
    assert_eq!(client.take_delivery().await.field("stat"), "DELIVRD");
    sim.shutdown().await;
}

#[tokio::test]
async fn receipt_addresses_lie_as_their_line_says() {
    let (sim, mut client) = bound().await;
    for (digits, source, destination) in [
        ("9930", "7914***9930", "4565"),
        ("9931", "89141239931", "4565"),
        ("9932", "4565", "79141239932"),
        ("9933", "", ""),
    ] {
        client.submit(text_to(&format!("7914123{digits}"), "hello")).await;
        let receipt = client.take_delivery().await;
        assert_eq!((receipt.source.as_str(), receipt.destination.as_str()), (source, destination), "{digits}");
    }
    sim.shutdown().await;
}

#[tokio::test]
async fn ids_and_marks_lie_as_their_line_says() {
    let (sim, mut client) = bound().await;
    let first = client.submit(text_to("79141234567", "one")).await;
    assert_eq!(client.submit(text_to("79141239934", "two")).await, first);
    let receipts = [client.take_delivery().await.field("id"), client.take_delivery().await.field("id")];
    assert_eq!(receipts, [first.clone(), first]);

    for _ in 0..9 {
        client.submit(text_to("79141239907", "to have ids above 9")).await;
    }
    let response = client.submit(text_to("79141239935", "hex")).await;
    let receipt = client.take_delivery().await;
    assert_eq!((response.as_str(), receipt.field("id").as_str()), ("b", "11"));

    client.submit(text_to("79141239936", "tlv only")).await;
    let receipt = client.take_delivery().await;
    assert!(receipt.octets.is_empty() && receipt.tlvs.contains(&TlvValue::ReceiptedMessageId(c_string("12"))));

    client.submit(text_to("79141239937", "unmarked")).await;
    let receipt = client.take_delivery().await;
    assert_eq!((receipt.esm_class, receipt.field("stat").as_str()), (0, "DELIVRD"));
    sim.shutdown().await;
}

#[tokio::test]
async fn a_receipt_whose_answer_was_lost_comes_again_on_another_bind() {
    let (sim, mut first) = bound().await;
    let mut second = Client::bound(sim.addr()).await;
    let id = first.submit(text_to("79141239938", "once more")).await;
    assert_eq!(first.take_delivery().await.field("id"), id);
    assert!(first.is_closed().await);
    assert_eq!(second.take_delivery().await.field("id"), id);
    eventually("it is settled, once", || sim.counters().receipts_acked == 1).await;
    sim.shutdown().await;
}

#[tokio::test]
async fn every_line_of_the_table_is_tried_by_these_tests() {
    let tests = include_str!("receipts.rs");
    for line in RULES_BY_LAST_DIGITS {
        // The two long delays are tried with shorter ones, through rules of the same form.
        if !matches!(line.digits, "9908" | "9912") {
            assert!(tests.contains(line.digits), "{} is not tried", line.digits);
        }
    }
}

#[tokio::test]
async fn who_asks_for_no_receipt_gets_none() {
    let (sim, mut client) = bound().await;
    let mut submit = text_to("79141239901", "quiet");
    submit.registered_delivery = RegisteredDelivery::from(0);
    client.submit(submit).await;
    assert!(client.next_within(QUIET).await.is_none());
    sim.shutdown().await;
}

#[tokio::test]
async fn an_account_over_its_rate_or_window_is_throttled() {
    let limited = AccountConfig { segments_per_second: 1, ..AccountConfig::new("acme", "secret") };
    let narrow = AccountConfig { window: 2, ..AccountConfig::new("acme", "secret") };
    for (account, pause) in [(limited, false), (narrow, true)] {
        let sim = start(SimConfig { accounts: vec![account], ..config() }).await;
        let mut client = Client::bound(sim.addr()).await;
        sim.pause_responses(pause);
        for _ in 0..5 {
            client.send(text_to("79141239907", "quick")).await;
        }
        eventually("all have arrived", || sim.counters().submits == 5).await;
        sim.pause_responses(false);
        let mut throttled = 0;
        for _ in 0..5 {
            throttled += u64::from(client.next().await.status() == CommandStatus::EsmeRthrottled);
        }
        assert!((3..5).contains(&throttled), "{throttled} of 5");
        assert_eq!((sim.counters().throttled, sim.counters().submits_taken), (throttled, 5 - throttled));
        sim.shutdown().await;
    }
}

#[tokio::test]
async fn paused_responses_pile_up_and_are_lost_with_their_link() {
    let (sim, mut client) = bound().await;
    sim.pause_responses(true);
    for _ in 0..20 {
        client.send(text_to("79141239907", "hm")).await;
    }
    eventually("all are unanswered", || sim.counters().unanswered == 20).await;
    sim.pause_responses(false);
    for _ in 0..20 {
        assert_eq!(client.next().await.status(), CommandStatus::EsmeRok);
    }
    sim.pause_responses(true);
    client.send(text_to("79141239907", "hm")).await;
    eventually("one is unanswered", || sim.counters().unanswered == 1).await;
    sim.cut_links();
    assert!(client.is_closed().await);
    eventually("it is lost", || sim.counters().responses_lost == 1).await;
    sim.shutdown().await;
}

#[tokio::test]
async fn the_journal_tells_the_whole_story_and_counts_duplicates() {
    let (sim, mut client) = bound().await;
    let id = client.submit(text_to("79141234567", "hello")).await;
    client.take_delivery().await;
    client.submit(text_to("79141234567", "hello")).await;
    client.take_delivery().await;
    eventually("all is answered", || sim.counters().receipts_acked == 2).await;
    let counters = sim.counters();
    assert_eq!((counters.submits_taken, counters.responses, counters.duplicates), (2, 2, 1));

    let story = sim.journal(&JournalFilter { message_id: Some(id), ..JournalFilter::default() });
    let kinds: Vec<_> = story.iter().map(|entry| entry.fact.kind()).collect();
    assert_eq!(kinds, ["submit", "response", "delivery_sent"]);
    let Fact::Submit { text, source, duplicate, .. } = &story[0].fact else {
        panic!("no submit")
    };
    assert_eq!((&**text, &*source.digits, *duplicate), ("hello", "4565", false));
    let answered = sim.journal(&JournalFilter::kind("delivery_answered"));
    assert!(matches!(
        answered[0].fact,
        Fact::DeliveryAnswered { delivery_kind: DeliveryKind::Receipt, status: 0, .. }
    ));
    assert!(!format!("{story:?} {answered:?}").contains("hello"), "a text in Debug output");
    sim.shutdown().await;
}

#[tokio::test]
async fn the_same_seed_gives_the_same_fates() {
    let fates = |seed: u64| async move {
        let sim = start(SimConfig { seed, ..config() }).await;
        let rule = Rule {
            share_percent: 50,
            submit: SubmitAnswer::Refuse { status: 0x14, times: 0 },
            ..Rule::DELIVERED
        };
        sim.rule("7914*", rule);
        let mut client = Client::bound(sim.addr()).await;
        let mut fates = Vec::new();
        for _ in 0..40 {
            fates.push(client.ask(no_receipt("79141230000")).await.status() == CommandStatus::EsmeRok);
        }
        sim.shutdown().await;
        fates
    };
    let first = fates(5).await;
    assert_eq!(first, fates(5).await);
    assert_ne!(first, fates(6).await);
}

#[tokio::test]
async fn a_rule_of_ones_own_goes_before_the_table_until_it_is_cleared() {
    let (sim, mut client) = bound().await;
    sim.rule("*", Rule::outcome(Outcome::Expired));
    client.submit(text_to("79141239901", "x")).await;
    assert_eq!(client.take_delivery().await.field("stat"), "EXPIRED");
    sim.clear_rules();
    client.submit(text_to("79141239901", "x")).await;
    assert_eq!(client.take_delivery().await.field("stat"), "UNDELIV");
    assert_eq!(Ton::International, {
        client.submit(text_to("79141234567", "x")).await;
        client.take_delivery().await.source_ton
    });
    sim.shutdown().await;
}

fn no_receipt(number: &str) -> rusmpp::pdus::SubmitSm {
    let mut submit = text_to(number, "x");
    submit.registered_delivery = RegisteredDelivery::from(0);
    submit
}
