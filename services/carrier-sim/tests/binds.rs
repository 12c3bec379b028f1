//! Who may bind, how links end, and what nonsense gets.

mod support;

use rusmpp::values::InterfaceVersion;
use rusmpp::{CommandId, CommandStatus, Pdu};
use support::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use volley_carrier_sim::{AccountConfig, JournalFilter, SimConfig};

#[tokio::test]
async fn a_right_name_and_password_bind_in_all_three_modes() {
    let sim = start(config()).await;
    let mut transceiver = Client::connect(sim.addr()).await;
    let mut transmitter = Client::connect(sim.addr()).await;
    let mut receiver = Client::connect(sim.addr()).await;
    assert_eq!(transceiver.bind("acme", "secret").await, CommandStatus::EsmeRok);
    assert_eq!(transmitter.bind_transmitter().await, CommandStatus::EsmeRok);
    assert_eq!(receiver.bind_receiver().await, CommandStatus::EsmeRok);
    assert_eq!(sim.counters().binds_open, 3);
    sim.shutdown().await;
}

#[tokio::test]
async fn a_bind_response_names_the_carrier_and_its_version() {
    let sim = start(config()).await;
    let mut client = Client::connect(sim.addr()).await;
    let bind = rusmpp::pdus::BindTransceiver::builder()
        .system_id(c_string("acme"))
        .password(c_string("secret"))
        .build();
    let response = client.ask(bind).await;
    let Some(Pdu::BindTransceiverResp(response)) = response.pdu() else {
        panic!("no bind response")
    };
    assert_eq!(response.system_id.as_str(), "carrier-sim");
    assert_eq!(response.sc_interface_version(), Some(InterfaceVersion::Smpp3_4));
    sim.shutdown().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_told_apart_and_the_link_ends() {
    let sim = start(config()).await;
    let mut client = Client::connect(sim.addr()).await;
    assert_eq!(client.bind("acme", "wrong").await, CommandStatus::EsmeRinvpaswd);
    assert!(client.is_closed().await);
    let mut client = Client::connect(sim.addr()).await;
    assert_eq!(client.bind("nobody", "secret").await, CommandStatus::EsmeRinvsysid);
    assert!(client.is_closed().await);
    assert_eq!(sim.counters().binds_refused, 2);
    sim.shutdown().await;
}

#[tokio::test]
async fn one_bind_too_many_is_refused_until_another_ends() {
    let account = AccountConfig { binds_max: 2, ..AccountConfig::new("acme", "secret") };
    let sim = start(SimConfig { accounts: vec![account], ..config() }).await;
    let first = Client::bound(sim.addr()).await;
    let _second = Client::bound(sim.addr()).await;
    let mut third = Client::connect(sim.addr()).await;
    assert_eq!(third.bind("acme", "secret").await, CommandStatus::EsmeRbindfail);
    drop(first);
    eventually("the first bind is gone", || sim.counters().binds_open == 1).await;
    let _fourth = Client::bound(sim.addr()).await;
    sim.shutdown().await;
}

#[tokio::test]
async fn a_second_bind_on_a_link_is_an_error_that_leaves_the_first() {
    let (sim, mut client) = bound().await;
    assert_eq!(client.bind("acme", "secret").await, CommandStatus::EsmeRalybnd);
    client.submit(text_to("79141234567", "still here")).await;
    sim.shutdown().await;
}

#[tokio::test]
async fn enquire_link_is_answered_and_unbind_ends_the_link() {
    let (sim, mut client) = bound().await;
    assert_eq!(client.ask(Pdu::EnquireLink).await.id(), CommandId::EnquireLinkResp);
    assert_eq!(client.ask(Pdu::Unbind).await.id(), CommandId::UnbindResp);
    assert!(client.is_closed().await);
    sim.shutdown().await;
}

#[tokio::test]
async fn a_submit_needs_a_bind_that_may_send() {
    let sim = start(config()).await;
    let mut unbound = Client::connect(sim.addr()).await;
    let refused = unbound.ask(text_to("79141234567", "no")).await;
    assert_eq!((refused.id(), refused.status()), (CommandId::SubmitSmResp, CommandStatus::EsmeRinvbndsts));
    let mut receiver = Client::connect(sim.addr()).await;
    receiver.bind_receiver().await;
    assert_eq!(receiver.ask(text_to("79141234567", "no")).await.status(), CommandStatus::EsmeRinvbndsts);
    assert!(sim.inbox("79141234567").is_empty());
    sim.shutdown().await;
}

#[tokio::test]
async fn an_unknown_command_is_nacked_and_the_link_goes_on() {
    let (sim, mut client) = bound().await;
    let unknown = [0, 0, 0, 16, 0, 0, 0x0F, 0xFF, 0, 0, 0, 0, 0, 0, 0, 99];
    client.stream().write_all(&unknown).await.expect("written");
    let nack = client.next().await;
    assert_eq!((nack.id(), nack.sequence_number()), (CommandId::GenericNack, 99));
    assert_eq!(nack.status(), CommandStatus::EsmeRinvcmdid);
    client.submit(text_to("79141234567", "goes on")).await;
    sim.shutdown().await;
}

#[tokio::test]
async fn an_impossible_length_is_nacked_and_the_link_ends() {
    for length in [0u32, 15, 0x7FFF_FFFF] {
        let (sim, mut client) = bound().await;
        let mut octets = length.to_be_bytes().to_vec();
        octets.extend([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 7]);
        client.stream().write_all(&octets).await.expect("written");
        let nack = client.next().await;
        assert_eq!((nack.id(), nack.status()), (CommandId::GenericNack, CommandStatus::EsmeRinvcmdlen));
        assert!(client.is_closed().await, "length {length}");
        sim.shutdown().await;
    }
}

#[tokio::test]
async fn a_submit_that_does_not_read_is_refused_and_the_link_goes_on() {
    let (sim, mut client) = bound().await;
    for body in [&b""[..], b"\0\0\0", b"\0\0\x014565\0\x01\x0179141234567\0\0\0\0\0\0\x01\0\0\0\x20hi"] {
        let length = u32::try_from(16 + body.len()).expect("short");
        let mut octets = length.to_be_bytes().to_vec();
        octets.extend([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 50]);
        octets.extend(body);
        client.stream().write_all(&octets).await.expect("written");
        let refused = client.next().await;
        assert_eq!((refused.id(), refused.sequence_number()), (CommandId::SubmitSmResp, 50));
        assert_ne!(refused.status(), CommandStatus::EsmeRok);
    }
    client.submit(text_to("79141234567", "goes on")).await;
    assert_eq!(sim.counters().submits_refused, 3);
    sim.shutdown().await;
}

#[tokio::test]
async fn noise_ends_in_a_nack_or_a_close_and_never_stops_the_carrier() {
    let sim = start(config()).await;
    let mut state = 0x2545_F491u32;
    for _ in 0..200 {
        let mut stream = tokio::net::TcpStream::connect(sim.addr()).await.expect("the carrier listens");
        let noise: Vec<u8> = (0..97)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state.to_be_bytes()[1]
            })
            .collect();
        stream.write_all(&noise).await.expect("written");
        stream.shutdown().await.expect("half closed");
        let mut answer = Vec::new();
        // A reset is a clean enough end for noise.
        let _ = tokio::time::timeout(SOON, stream.read_to_end(&mut answer))
            .await
            .expect("the link ends");
    }
    let mut client = Client::bound(sim.addr()).await;
    client.submit(text_to("79141234567", "alive")).await;
    sim.shutdown().await;
}

#[tokio::test]
async fn a_silent_client_is_asked_and_then_dropped() {
    let sim = start(SimConfig { idle_ms: 50, ..config() }).await;
    let mut client = Client::bound(sim.addr()).await;
    for _ in 0..3 {
        assert_eq!(client.next().await.id(), CommandId::EnquireLink);
    }
    assert!(client.is_closed().await);
    sim.shutdown().await;
}

#[tokio::test]
async fn a_shutdown_unbinds_everyone() {
    let (sim, mut client) = bound().await;
    let ending = tokio::spawn(async move { sim.shutdown().await });
    assert_eq!(client.next().await.id(), CommandId::Unbind);
    drop(client);
    tokio::time::timeout(SOON, ending).await.expect("in time").expect("no panic");
}

#[tokio::test]
async fn binds_and_their_ends_are_in_the_journal() {
    let (sim, client) = bound().await;
    drop(client);
    eventually("the link is closed", || sim.counters().links_closed == 1).await;
    let kinds: Vec<_> = sim
        .journal(&JournalFilter::default())
        .iter()
        .map(|entry| entry.fact.kind())
        .collect();
    assert_eq!(kinds, ["bound", "closed"]);
    sim.shutdown().await;
}
