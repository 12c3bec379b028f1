//! What goes to the client is kept until it is answered with 0.

mod support;

use std::time::{Duration, Instant};

use rusmpp::{CommandId, CommandStatus};
use support::*;
use volley_carrier_sim::{Mo, Outage, Rule, SimConfig};

#[tokio::test]
async fn a_receipt_without_an_answer_comes_again_after_a_reconnect() {
    let (sim, mut client) = bound().await;
    let id = client.submit(text_to("79141234567", "hello")).await;
    assert_eq!(Delivery::of(&client.next().await).field("id"), id);
    drop(client);
    eventually("the link is closed", || sim.counters().links_closed == 1).await;
    assert_eq!((sim.counters().receipts_sent, sim.counters().receipts_pending), (1, 1));

    let mut client = Client::bound(sim.addr()).await;
    assert_eq!(client.take_delivery().await.field("id"), id);
    eventually("it is settled", || sim.counters().receipts_pending == 0).await;
    assert_eq!((sim.counters().receipts_acked, sim.counters().redeliveries), (1, 1));
    assert!(client.next_within(QUIET).await.is_none());
    sim.shutdown().await;
}

#[tokio::test]
async fn receipts_and_texts_that_come_while_nobody_is_bound_are_kept_in_order() {
    let (sim, mut client) = bound().await;
    sim.rule("*", Rule { receipt_delay_ms: Some(200), ..Rule::DELIVERED });
    let ids = [client.submit(text_to("79141234567", "1")).await, client.submit(text_to("79141234567", "2")).await];
    drop(client);
    sim.send_mo("79141234567", "4565", "while you were out").expect("taken");
    eventually("the receipts are due", || sim.counters().receipts_pending == 2).await;
    tokio::time::sleep(QUIET).await;

    let mut client = Client::bound(sim.addr()).await;
    assert_eq!(client.take_delivery().await.text(), "while you were out");
    assert_eq!([client.take_delivery().await.field("id"), client.take_delivery().await.field("id")], ids);
    sim.shutdown().await;
}

#[tokio::test]
async fn an_answer_of_0x64_brings_it_again_after_a_second_and_a_refusal_ends_it() {
    let (sim, mut client) = bound().await;
    let id = client.submit(text_to("79141234567", "hello")).await;
    assert_eq!(client.answer_delivery(CommandStatus::EsmeRxTAppn).await.field("id"), id);
    let refused = Instant::now();
    assert_eq!(client.answer_delivery(CommandStatus::EsmeRxRAppn).await.field("id"), id);
    assert!(refused.elapsed() >= Duration::from_millis(900));
    eventually("it is given up", || sim.counters().deliveries_refused == 1).await;
    assert!(client.next_within(Duration::from_millis(1_200)).await.is_none());
    sim.shutdown().await;
}

#[tokio::test]
async fn a_receipt_without_an_answer_in_time_comes_again_on_another_bind() {
    let sim = start(SimConfig { ack_timeout_ms: 500, ..config() }).await;
    let mut first = Client::bound(sim.addr()).await;
    let mut second = Client::bound(sim.addr()).await;
    let id = first.submit(text_to("79141234567", "hello")).await;
    assert_eq!(Delivery::of(&first.next().await).field("id"), id);
    assert_eq!(second.take_delivery().await.field("id"), id);
    assert!(first.next_within(QUIET * 3).await.is_none());
    sim.shutdown().await;
}

#[tokio::test]
async fn the_second_copy_of_a_receipt_takes_another_bind_where_there_is_one() {
    let sim = start(config()).await;
    let mut first = Client::bound(sim.addr()).await;
    let mut second = Client::bound(sim.addr()).await;
    let id = first.submit(text_to("79141239909", "twice")).await;
    assert_eq!(first.take_delivery().await.field("id"), id);
    assert_eq!(second.take_delivery().await.field("id"), id);
    sim.shutdown().await;
}

#[tokio::test]
async fn a_text_may_be_said_twice_on_two_binds() {
    let sim = start(config()).await;
    let mut first = Client::bound(sim.addr()).await;
    let mut second = Client::bound(sim.addr()).await;
    sim.send(&Mo { copies: 2, ..Mo::new("79141234567", "4565", "hello") })
        .expect("taken");
    assert_eq!(first.take_delivery().await.text(), "hello");
    assert_eq!(second.take_delivery().await.text(), "hello");
    sim.shutdown().await;
}

#[tokio::test]
async fn a_transmitter_gets_its_receipts_on_the_accounts_receiver() {
    let sim = start(config()).await;
    let mut transmitter = Client::connect(sim.addr()).await;
    transmitter.bind_transmitter().await;
    let id = transmitter.submit(text_to("79141234567", "hello")).await;
    assert!(transmitter.next_within(QUIET).await.is_none());
    let mut receiver = Client::connect(sim.addr()).await;
    receiver.bind_receiver().await;
    assert_eq!(receiver.take_delivery().await.field("id"), id);
    sim.shutdown().await;
}

#[tokio::test]
async fn no_more_than_a_window_is_unanswered_and_the_rest_follows() {
    let mut config = config();
    config.accounts[0].deliver_window = 2;
    let sim = start(config).await;
    let mut client = Client::bound(sim.addr()).await;
    for number in 0..5 {
        sim.send_mo("79141234567", "4565", &format!("text {number}")).expect("taken");
    }
    let waiting = [client.next().await, client.next().await];
    assert!(client.next_within(QUIET).await.is_none());
    assert_eq!(waiting.each_ref().map(|command| Delivery::of(command).text()), ["text 0", "text 1"]);
    drop(client);
    let mut client = Client::bound(sim.addr()).await;
    for number in 0..5 {
        assert_eq!(client.take_delivery().await.text(), format!("text {number}"));
    }
    eventually("all are settled", || sim.counters().mos_acked == 5).await;
    assert_eq!((sim.counters().mos_sent, sim.counters().redeliveries), (5, 2));
    sim.shutdown().await;
}

#[tokio::test]
async fn a_carrier_that_hung_up_comes_back_with_everything() {
    let (sim, mut client) = bound().await;
    sim.rule("*", Rule { receipt_delay_ms: Some(100), ..Rule::DELIVERED });
    let id = client.submit(text_to("79141234567", "hello")).await;
    sim.outage(Outage::HungUp, Some(Duration::from_millis(400)));
    assert!(client.is_closed().await);
    let mut refused = Client::connect(sim.addr()).await;
    assert!(refused.is_closed().await);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut client = Client::bound(sim.addr()).await;
    assert_eq!(client.take_delivery().await.field("id"), id);
    sim.shutdown().await;
}

#[tokio::test]
async fn what_was_answered_while_the_carrier_was_silent_is_not_sent_again() {
    let sim = start(SimConfig { ack_timeout_ms: 300, ..config() }).await;
    let mut client = Client::bound(sim.addr()).await;
    sim.send_mo("79141234567", "4565", "hello").expect("taken");
    let delivered = client.next().await;
    sim.outage(Outage::Silent, Some(Duration::from_millis(500)));
    client.answer(&delivered, CommandStatus::EsmeRok).await;
    eventually("it is settled", || sim.counters().mos_acked == 1).await;
    assert_eq!(sim.counters().redeliveries, 0);
    sim.shutdown().await;
}

#[tokio::test]
async fn a_silent_carrier_answers_when_it_is_back() {
    let (sim, mut client) = bound().await;
    sim.outage(Outage::Silent, None);
    let sequence = client.send(text_to("79141239907", "hello?")).await;
    assert!(client.next_within(QUIET).await.is_none());
    assert_eq!(sim.counters().submits, 0);
    sim.recover();
    let response = client.next().await;
    assert_eq!((response.id(), response.sequence_number()), (CommandId::SubmitSmResp, sequence));
    sim.shutdown().await;
}
