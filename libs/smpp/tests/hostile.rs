//! FRM-1 and FRM-2: whatever comes in, nothing panics, nothing grows, and cutting changes nothing.

use std::time::Instant;

use bytes::BytesMut;
use proptest::prelude::*;
use volley_smpp::pdu::{Address, Tlv, Tlvs};
use volley_smpp::{
    DeliverSm, EsmeSession, Frame, FrameDecoder, FrameError, MessageIdBase, MessageIdKey, Receipt, SessionConfig,
    SubmitSm,
};

const COMMANDS: [u32; 32] = [
    0x0000_0001,
    0x0000_0002,
    0x0000_0003,
    0x0000_0004,
    0x0000_0005,
    0x0000_0006,
    0x0000_0007,
    0x0000_0008,
    0x0000_0009,
    0x0000_000B,
    0x0000_0015,
    0x0000_0021,
    0x0000_0102,
    0x0000_0103,
    0x0000_0111,
    0x0000_0112,
    0x0000_0113,
    0x8000_0000,
    0x8000_0001,
    0x8000_0002,
    0x8000_0003,
    0x8000_0004,
    0x8000_0005,
    0x8000_0006,
    0x8000_0007,
    0x8000_0008,
    0x8000_0009,
    0x8000_0015,
    0x8000_0021,
    0x8000_0103,
    0x8000_0111,
    0x8000_0112,
];

/// Some moment to count from.
#[expect(clippy::disallowed_methods, reason = "an `Instant` comes from nowhere else")]
fn start() -> Instant {
    Instant::now()
}

fn any_pdu() -> impl Strategy<Value = Vec<u8>> {
    let command = prop_oneof![9 => prop::sample::select(COMMANDS.to_vec()), 1 => any::<u32>()];
    (command, any::<u32>(), any::<u32>(), prop::collection::vec(any_octet(), 0..120)).prop_map(
        |(command, status, sequence, body)| {
            let length = u32::try_from(body.len() + 16).expect("short");
            let mut octets: Vec<u8> = [length, command, status, sequence]
                .iter()
                .flat_map(|word| word.to_be_bytes())
                .collect();
            octets.extend(body);
            octets
        },
    )
}

/// Octets rich in terminators and small lengths, so that bodies get further before they fail.
fn any_octet() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(0_u8), 2 => 0..20_u8, 2 => Just(b'7'), 1 => any::<u8>()]
}

fn sound_pdus() -> Vec<BytesMut> {
    let tlvs: Tlvs = [Tlv::receipted_message_id("38601fa"), Tlv::u8(0x0427, 2)].into_iter().collect();
    let submit = SubmitSm {
        source: Address::alphanumeric("AcmeBank"),
        destination: Address::international("79141234567"),
        short_message: b"id:1 stat:DELIVRD text:x".to_vec().into(),
        tlvs: tlvs.clone(),
        ..SubmitSm::default()
    };
    let deliver = DeliverSm {
        esm_class: 4,
        source: Address::international("79141234567"),
        short_message: b"id:1 sub:001 submit date:2401010000 stat:DELIVRD text:x".to_vec().into(),
        tlvs,
        ..DeliverSm::default()
    };
    let mut pdus = vec![BytesMut::new(), BytesMut::new()];
    submit.encode(1, &mut pdus[0]).expect("fits");
    deliver.encode(2, &mut pdus[1]).expect("fits");
    pdus
}

fn mutated_pdu() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>());
    (prop::sample::select(sound_pdus()), prop::collection::vec(change, 0..6)).prop_map(|(pdu, changes)| {
        let mut octets = pdu.to_vec();
        for (index, octet) in changes {
            let at = index.index(octets.len());
            octets[at] = octet;
        }
        octets
    })
}

fn any_stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => any_pdu(),
        3 => mutated_pdu(),
        1 => prop::collection::vec(any::<u8>(), 0..64),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn frames(octets: &[u8], cut: usize) -> Vec<Result<Frame, FrameError>> {
    let mut decoder = FrameDecoder::new();
    let mut frames = Vec::new();
    for piece in octets.chunks(cut) {
        decoder.feed(piece);
        frames.extend(std::iter::from_fn(|| decoder.next_frame()));
    }
    frames
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_024))]

    #[test]
    fn no_stream_panics_and_cutting_changes_nothing(octets in any_stream(), cut in 1..40_usize) {
        let whole = frames(&octets, octets.len().max(1));
        let cut = frames(&octets, cut);

        // A length that is impossible is known from its four octets on, before the sequence number is there.
        let forget = |frame: &Result<Frame, FrameError>| match frame {
            Err(FrameError::Length { command_length, .. }) => {
                Err(FrameError::Length { command_length: *command_length, sequence: 0 })
            }
            other => other.clone(),
        };
        let forget_all = |frames: &[Result<Frame, FrameError>]| frames.iter().map(forget).collect::<Vec<_>>();
        prop_assert_eq!(forget_all(&whole), forget_all(&cut));
        for frame in &whole {
            if let Err(error) = frame {
                error.answer(&mut BytesMut::new());
            }
            let _ = format!("{frame:?}");
        }
    }

    #[test]
    fn no_stream_panics_a_session(octets in any_stream(), bound: bool) {
        let now = start();
        let mut session = EsmeSession::new(SessionConfig::new("acme", "secret08"), now).expect("sound");
        if bound {
            session.handle_input(&[0, 0, 0, 16, 0x80, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1], now);
        }
        session.handle_input(&octets, now);
        session.handle_timeout(now);
        session.take_output(&mut BytesMut::new());
        while session.next_event().is_some() {}
    }

    #[test]
    fn every_text_is_some_receipt(text in prop::collection::vec(any::<u8>(), 0..200), coding: u8) {
        let deliver = DeliverSm { data_coding: coding, short_message: text.into(), ..DeliverSm::default() };
        let _ = format!("{:?}", Receipt::of(&deliver));
    }

    #[test]
    fn labels_in_any_order_make_some_receipt(
        words in prop::collection::vec(prop::sample::select(vec![
            "id:", "ID: ", "stat:", "text:", "err:", "sub:", "submit date:", "done date:", " ", "é", "99", "DELIVRD", "\0",
        ]), 0..16),
    ) {
        let receipt = Receipt::parse(&words.concat(), &Tlvs::new());
        prop_assert_eq!(receipt.id.is_some(), receipt.is_attributable());
    }

    #[test]
    fn every_id_has_a_key(id in ".{0,80}") {
        for base in [MessageIdBase::Opaque, MessageIdBase::Unpadded, MessageIdBase::Decimal, MessageIdBase::Hexadecimal] {
            let key = MessageIdKey::new(&id, base);
            prop_assert_eq!(MessageIdKey::new(&id, base), key);
        }
    }
}
