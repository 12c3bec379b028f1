//! Submit and response pairs a second on one core: our session against the least a carrier must do, in memory.

use std::hint::black_box;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use volley_smpp::pdu::{BindResp, SubmitResp};
use volley_smpp::{Address, CommandStatus, DeliverSm, EsmeSession, Event, FrameDecoder, Pdu, SessionConfig, SubmitSm};

const WINDOW: u16 = 100;

/// Some moment to count from.
#[expect(clippy::disallowed_methods, reason = "an `Instant` comes from nowhere else")]
fn start() -> Instant {
    Instant::now()
}

fn message() -> SubmitSm {
    SubmitSm {
        source: Address::short_code("4565"),
        destination: Address::international("79141234567"),
        validity: "000000001000000R".to_owned(),
        registered_delivery: 1,
        short_message: Bytes::from(vec![b'x'; 120]),
        ..SubmitSm::default()
    }
}

fn bound_session(now: Instant) -> EsmeSession {
    let config = SessionConfig { window: WINDOW, ..SessionConfig::new("acme", "secret08") };
    let mut session = EsmeSession::new(config, now).expect("a sound config");
    let mut answer = BytesMut::new();
    BindResp::default().encode(CommandStatus::OK, 1, &mut answer).expect("fits");
    session.handle_input(&answer, now);
    while session.next_event().is_some() {}
    session.take_output(&mut BytesMut::new());
    session
}

/// Reads only what an answer needs, and writes it: the cost measured is mostly ours.
fn answer_all(submits: &[u8], answers: &mut BytesMut) {
    let mut rest = submits;
    while let Some(head) = rest.first_chunk::<16>() {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        answers.extend_from_slice(&[0, 0, 0, 25, 0x80, 0, 0, 4, 0, 0, 0, 0]);
        answers.extend_from_slice(&head[12..16]);
        answers.extend_from_slice(b"0059113a\0");
        rest = &rest[length..];
    }
}

fn pairs(criterion: &mut Criterion) {
    let now = start();
    let message = message();
    let mut session = bound_session(now);
    let (mut submits, mut answers) = (BytesMut::new(), BytesMut::new());

    let mut group = criterion.benchmark_group("session");
    group.throughput(Throughput::Elements(u64::from(WINDOW)));
    group.bench_function("submit_response_pairs", |bencher| {
        bencher.iter(|| {
            for token in 0..u64::from(WINDOW) {
                session.submit(token, &message, now).expect("room");
            }
            session.take_output(&mut submits);
            answer_all(&submits, &mut answers);
            session.handle_input(&answers, now);
            let mut answered = 0;
            while let Some(event) = session.next_event() {
                answered += u32::from(matches!(event, Event::SubmitAnswered(_)));
            }
            assert_eq!(answered, u32::from(WINDOW));
            submits.clear();
            answers.clear();
        });
    });
    group.finish();
}

fn codec(criterion: &mut Criterion) {
    let message = message();
    let mut octets = BytesMut::new();
    criterion.bench_function("submit_sm_encode", |bencher| {
        bencher.iter(|| {
            octets.clear();
            black_box(&message).encode(7, &mut octets).expect("fits");
        });
    });

    let mut answer = BytesMut::new();
    SubmitResp::accepted("0059113a")
        .encode_submit(CommandStatus::OK, 7, &mut answer)
        .expect("fits");
    let mut delivered = BytesMut::new();
    DeliverSm {
        source: message.source.clone(),
        destination: message.destination.clone(),
        short_message: message.short_message.clone(),
        ..DeliverSm::default()
    }
    .encode(7, &mut delivered)
    .expect("fits");
    for (name, pdu) in [("submit_sm_resp_decode", answer), ("deliver_sm_decode", delivered)] {
        let mut decoder = FrameDecoder::new();
        criterion.bench_function(name, |bencher| {
            bencher.iter_batched(
                || (),
                |()| {
                    decoder.feed(&pdu);
                    let frame = decoder.next_frame().expect("whole").expect("sound");
                    assert!(!matches!(frame.pdu, Pdu::GenericNack));
                },
                BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(benches, pairs, codec);
criterion_main!(benches);
