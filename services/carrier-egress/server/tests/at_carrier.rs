//! What a carrier is asked about messages it has, what it says unasked, and its calls; against a simulated carrier over sockets.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::net::{SocketAddr, TcpListener};

use support::{QUIET, SOON, World, account, alerts, attempt, carrier, handset, sim_config};
use tokio::time::{Instant, sleep};
use volley_carrier_egress::{Config, OutbindConfig};
use volley_carrier_sim::{Fact, IdForm, JournalFilter, Rule};
use volley_events::{
    AttemptOutcome, CarrierAnswer, CarrierMessageId, CarrierOperation, CarrierRequest, CarrierSaid, ConfigChange,
    HandsetAvailable, ReceiptState, Record, SegmentOctets, SegmentState, config::CarrierProfileConfig,
};
use volley_runtime::{Clock, Secret};
use volley_types::{ContentHash, DialAddress, Npi, Partition, Source, SpanMs, Timestamp, Ton};

const DOES_ALL: &str = "[at_carrier]\ncancel = true\nquery = true\nreplace = true\n";

/// Held long enough for anything a test does.
const HELD: Rule = Rule { store_ms: Some(60_000), ..Rule::DELIVERED };

async fn world(profile: &str) -> World {
    let mut world = World::new(sim_config()).await;
    let change = CarrierProfileConfig { carrier: carrier(), profile: profile.to_owned() };
    world.configure(ConfigChange::CarrierProfile(change)).await;
    world.start_egress().await;
    world.until("a bind", |world| world.sim.counters().binds_open > 0).await;
    world
}

/// Sends an alert, and gives the id the carrier gave it, as egress compares it.
async fn sent(world: &mut World, number: u16) -> CarrierMessageId {
    world.order(alerts(number..number + 1)).await;
    let mine = || async {
        let reports = world.reports().await.into_iter();
        reports.filter(|report| report.attempt == attempt(number)).collect()
    };
    let report = world.wait_for(1, mine).await.remove(0);
    match report.outcome {
        AttemptOutcome::Submitted { ids } => ids[0].clone().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn now() -> Timestamp {
    Timestamp::from_micros(Clock::system().now_us())
}

fn request(number: u16, id: CarrierMessageId, operation: CarrierOperation) -> CarrierRequest {
    let digits = handset(number).as_e164().unwrap().to_string();
    CarrierRequest {
        attempt: attempt(number),
        account: account(),
        carrier: carrier(),
        source: DialAddress::new("4565", Ton::UNKNOWN, Npi::ISDN).unwrap(),
        destination: DialAddress::new(&digits, Ton::INTERNATIONAL, Npi::ISDN).unwrap(),
        segments: vec![(0, id)],
        ask_before: now() + SpanMs::from_secs(30),
        operation,
    }
}

/// Asks, as mo-correlation does, and waits for what is said.
async fn ask(world: &World, request: CarrierRequest) -> CarrierSaid {
    let before = answers(world).await.len();
    let source = Source::Correlation(Partition(0));
    let record = Record::CarrierRequest(Box::new(request));
    world.append(&world.topics.recall, Partition(0), source, vec![record]).await;
    world.wait_for(before + 1, || answers(world)).await.pop().unwrap().said
}

async fn answers(world: &World) -> Vec<CarrierAnswer> {
    let answer = |record| if let Record::CarrierAnswer(answer) = record { Some(answer) } else { None };
    world
        .records(&world.topics.correlation_in)
        .await
        .into_iter()
        .filter_map(answer)
        .collect()
}

fn questions(world: &World) -> Vec<(&'static str, u32)> {
    let question = |entry: volley_carrier_sim::Entry| match entry.fact {
        Fact::Question { operation, status, .. } => Some((operation, status)),
        _ => None,
    };
    let entries = world.sim.journal(&JournalFilter::kind("question"));
    entries.into_iter().filter_map(question).collect()
}

fn state(state: ReceiptState) -> CarrierSaid {
    CarrierSaid::States(vec![SegmentState { segment: 0, state, error: None }])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_the_carrier_holds_is_cancelled_and_one_it_has_delivered_is_not() {
    let mut world = world(DOES_ALL).await;
    world.sim.rule("79140000001", HELD);
    let (held, delivered) = (sent(&mut world, 1).await, sent(&mut world, 2).await);

    assert_eq!(ask(&world, request(1, held.clone(), CarrierOperation::Query)).await, state(ReceiptState::Enroute));
    assert_eq!(ask(&world, request(1, held.clone(), CarrierOperation::Cancel)).await, CarrierSaid::Done);
    assert_eq!(ask(&world, request(1, held.clone(), CarrierOperation::Query)).await, state(ReceiptState::Deleted));
    assert_eq!(ask(&world, request(1, held, CarrierOperation::Cancel)).await, CarrierSaid::Refused(0x11));
    assert_eq!(
        ask(&world, request(2, delivered.clone(), CarrierOperation::Cancel)).await,
        CarrierSaid::Refused(0x11)
    );
    assert_eq!(ask(&world, request(2, delivered, CarrierOperation::Query)).await, state(ReceiptState::Delivered));

    let nobodys = CarrierMessageId::new("999").unwrap();
    assert_eq!(ask(&world, request(2, nobodys, CarrierOperation::Query)).await, CarrierSaid::Refused(0x67));
    assert!(world.sim.inbox("79140000001").is_empty(), "the cancelled one reached nobody");
    world.drain_egress().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_text_is_replaced_and_the_handset_gets_the_new_one() {
    let mut world = world(DOES_ALL).await;
    world.sim.rule("79140000001", Rule { store_ms: Some(3_000), ..Rule::DELIVERED });
    let (held, delivered) = (sent(&mut world, 1).await, sent(&mut world, 2).await);
    let new_text = || CarrierOperation::Replace {
        edit: ContentHash::of(&[b"gate 7"]),
        data_coding: 0,
        octets: SegmentOctets::new("gate 7"),
        deadline: now() + SpanMs::from_hours(1),
    };

    assert_eq!(ask(&world, request(1, held, new_text())).await, CarrierSaid::Done);
    assert_eq!(ask(&world, request(2, delivered, new_text())).await, CarrierSaid::Refused(0x13));
    let text = world.sim.wait_for_text("79140000001", |_| true, SOON).await.unwrap();
    assert_eq!(text.text, "gate 7");
    world.drain_egress().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_profile_does_not_name_is_not_asked() {
    let mut world = world("").await;
    world.sim.rule("79140000001", HELD);
    let id = sent(&mut world, 1).await;
    for operation in [CarrierOperation::Cancel, CarrierOperation::Query] {
        assert_eq!(ask(&world, request(1, id.clone(), operation)).await, CarrierSaid::NotAsked);
    }
    assert_eq!(questions(&world), []);
    world.drain_egress().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_is_named_as_the_carrier_wrote_it_though_it_is_compared_otherwise() {
    let profile = format!("[message_ids]\nresponse = \"hexadecimal\"\nreceipt = \"decimal\"\n{DOES_ALL}");
    let mut world = world(&profile).await;
    world.sim.rule("79140000001", Rule { id_form: IdForm::HexInResponse, ..HELD });
    let id = sent(&mut world, 1).await;

    world.kill_egress().await;
    world.start_egress().await;
    world.until("a bind", |world| world.sim.counters().binds_open > 0).await;
    assert_eq!(ask(&world, request(1, id, CarrierOperation::Cancel)).await, CarrierSaid::Done);
    world.drain_egress().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_never_answered_is_told_as_such() {
    let mut world = World::new(sim_config()).await;
    let change = CarrierProfileConfig { carrier: carrier(), profile: DOES_ALL.to_owned() };
    world.configure(ConfigChange::CarrierProfile(change)).await;
    let impatient =
        volley_events::config::AccountConfig { response_timeout: SpanMs::from_millis(300), ..world.account_config() };
    world.configure(ConfigChange::Account(impatient)).await;
    world.start_egress().await;
    world.until("a bind", |world| world.sim.counters().binds_open > 0).await;
    world.sim.rule("79140000001", Rule { question_answer_lost: true, ..HELD });
    let id = sent(&mut world, 1).await;
    assert_eq!(ask(&world, request(1, id, CarrierOperation::Cancel)).await, CarrierSaid::Unanswered);
    assert_eq!(questions(&world), [("cancel", 0)], "the carrier did it");
    world.drain_egress().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_waits_for_room_in_the_window_and_no_longer_than_it_may() {
    let mut world = world(DOES_ALL).await;
    world.sim.rule("79140000001", HELD);
    let id = sent(&mut world, 1).await;
    world.sim.pause_responses(true);
    world.order(alerts(10..20)).await;
    world.until("a whole window", |world| world.sim.counters().submits == 11).await;

    let asked = CarrierRequest {
        ask_before: now() + SpanMs::from_millis(700),
        ..request(1, id.clone(), CarrierOperation::Query)
    };
    assert_eq!(ask(&world, asked).await, CarrierSaid::NotAsked);
    assert_eq!(questions(&world), []);
    world.sim.pause_responses(false);
    assert_eq!(ask(&world, request(1, id, CarrierOperation::Query)).await, state(ReceiptState::Enroute));
    world.drain_egress().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn routing_hears_of_a_handset_that_can_be_reached_again() {
    let mut world = world("").await;
    sent(&mut world, 1).await;
    assert!(world.sim.alert("79140000001", "4565"));
    let alerts = || async {
        let alert = |record| if let Record::HandsetAvailable(it) = record { Some(it) } else { None };
        world
            .records(&world.topics.routing_in)
            .await
            .into_iter()
            .filter_map(alert)
            .collect::<Vec<HandsetAvailable>>()
    };
    let told = world.wait_for(1, alerts).await.remove(0);
    assert_eq!((told.subscriber, told.carrier, told.account), (handset(1), carrier(), account()));
    world.drain_egress().await;
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Egress with a listener for the carrier's calls.
async fn callable(listen: SocketAddr) -> World {
    let mut world = World::new(sim_config()).await;
    let change = CarrierProfileConfig { carrier: carrier(), profile: "[session]\nbind = \"transmitter\"".to_owned() };
    world.configure(ConfigChange::CarrierProfile(change)).await;
    let mut config = Config::default();
    let outbind = OutbindConfig { listen, system_id: "acme".to_owned(), password: Secret::new("call-me") };
    config.outbind.insert("acme_1".to_owned(), outbind);
    world.start_egress_with(config).await;
    world.until("a transmitter", |world| world.sim.counters().binds_open == 1).await;
    world
}

async fn call(world: &World, to: SocketAddr, password: &str) {
    let until = Instant::now() + SOON;
    while let Err(error) = world.sim.outbind(to, "acme", password).await {
        assert!(Instant::now() < until, "{error}");
        sleep(QUIET / 10).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_that_calls_is_bound_to_and_delivers_there() {
    let listen = free_address();
    let mut world = callable(listen).await;
    call(&world, listen, "call-me").await;
    world.until("a receiver", |world| world.sim.counters().binds_open == 2).await;
    world.sim.send_mo("+79140000007", "4565", "hello").unwrap();
    world.wait_for(1, || world.replies()).await;
    world.until("its answer", |world| world.sim.counters().mos_acked == 1).await;

    // A second call while the first one lasts is turned away; after its end the next is taken.
    call(&world, listen, "call-me").await;
    sleep(QUIET).await;
    assert_eq!(world.sim.counters().binds_accepted, 2);
    world.sim.cut_links();
    world
        .until("the end of the links", |world| world.sim.counters().links_closed >= 2)
        .await;
    call(&world, listen, "call-me").await;
    world.until("both again", |world| world.sim.counters().binds_open == 2).await;
    world.drain_egress().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_that_calls_is_turned_away() {
    let listen = free_address();
    let mut world = callable(listen).await;
    call(&world, listen, "guess").await;
    sleep(QUIET).await;
    assert_eq!(world.sim.counters().binds_accepted, 1, "only our own session");
    world.drain_egress().await;
}
