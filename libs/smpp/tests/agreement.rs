//! Our hot-path codec against that of `rusmpp`: the same octets mean the same to both.

use bytes::{Buf, BytesMut};
use proptest::prelude::*;
use volley_smpp::pdu::{Address, DeliverOperation, SubmitResp, Tlv, Tlvs};
use volley_smpp::rusmpp::decode::DecodeWithLength;
use volley_smpp::rusmpp::encode::{Length, owned::Encode};
use volley_smpp::rusmpp::{self, Command, pdus};
use volley_smpp::{CommandStatus, DeliverSm, Frame, FrameDecoder, Npi, Pdu, SubmitSm, Ton};

fn theirs(octets: &[u8]) -> Command {
    let mut rest = BytesMut::from(octets);
    rest.advance(4);
    let length = rest.len();
    Command::decode(&mut rest, length).expect("rusmpp reads what we write").0
}

fn their_octets(command: &Command) -> BytesMut {
    let mut out = BytesMut::new();
    out.extend_from_slice(&u32::try_from(command.length() + 4).expect("short").to_be_bytes());
    command.encode(&mut out);
    out
}

fn ours(octets: &[u8]) -> Frame {
    let mut decoder = FrameDecoder::new();
    decoder.feed(octets);
    decoder.next_frame().expect("whole").expect("sound")
}

prop_compose! {
    fn any_address()(ton in 0..7_u8, npi in prop::sample::select(vec![0_u8, 1, 3, 4, 6, 8, 9, 10, 14, 18]),
                     digits in "[0-9A-Za-z ]{0,20}") -> Address {
        Address::new(Ton::from(ton), Npi::from(npi), digits)
    }
}

fn any_tlvs() -> impl Strategy<Value = Tlvs> {
    let tlv = prop_oneof![
        any::<u16>().prop_map(|value| Tlv::u16(0x020C, value)),
        any::<u16>().prop_map(|value| Tlv::u16(0x0204, value)),
        (1..9_u8).prop_map(|value| Tlv::u8(0x020E, value)),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(|value| Tlv::new(0x0424, value)),
        (0x1400_u16..0x3FFF, prop::collection::vec(any::<u8>(), 1..20)).prop_map(|(tag, value)| Tlv::new(tag, value)),
    ];
    prop::collection::vec(tlv, 0..4).prop_map(|tlvs| tlvs.into_iter().collect())
}

prop_compose! {
    fn any_submit()(service_type in "[A-Z]{0,5}", source in any_address(), destination in any_address(),
                    esm_class: u8, protocol_id: u8, priority in 0..4_u8, validity in prop_oneof!["", "[0-9]{15}R"],
                    registered_delivery: u8, data_coding: u8, text in prop::collection::vec(any::<u8>(), 0..=254),
                    tlvs in any_tlvs()) -> SubmitSm {
        SubmitSm {
            service_type, source, destination, esm_class, protocol_id, priority, validity, registered_delivery,
            data_coding, short_message: text.into(), tlvs, ..SubmitSm::default()
        }
    }
}

fn as_deliver(message: SubmitSm) -> DeliverSm {
    DeliverSm {
        operation: DeliverOperation::DeliverSm,
        service_type: message.service_type,
        source: message.source,
        destination: message.destination,
        esm_class: message.esm_class,
        protocol_id: message.protocol_id,
        priority: message.priority,
        schedule: message.schedule,
        validity: message.validity,
        registered_delivery: message.registered_delivery,
        replace_if_present: message.replace_if_present,
        data_coding: message.data_coding,
        default_message_id: message.default_message_id,
        short_message: message.short_message,
        tlvs: message.tlvs,
        ..DeliverSm::default()
    }
}

proptest! {
    #[test]
    fn a_submit_sm_is_the_same_to_both(message in any_submit(), sequence in 1..0x7FFF_FFFF_u32) {
        let mut octets = BytesMut::new();
        message.encode(sequence, &mut octets).expect("fits");
        let read = theirs(&octets);

        prop_assert_eq!(&their_octets(&read), &octets);
        prop_assert_eq!(read.sequence_number(), sequence);
        prop_assert_eq!(ours(&octets).pdu, Pdu::SubmitSm(Box::new(message.clone())));

        let converted = pdus::SubmitSm::try_from(&message).expect("converts");
        prop_assert_eq!(converted.source_addr.as_str(), &message.source.digits);
        prop_assert_eq!(converted.short_message().as_ref(), &message.short_message[..]);
        prop_assert_eq!(SubmitSm::try_from(converted).expect("converts back"), message);
    }

    #[test]
    fn a_deliver_sm_is_the_same_to_both(message in any_submit(), sequence in 1..0x7FFF_FFFF_u32) {
        let message = as_deliver(message);
        let mut octets = BytesMut::new();
        message.encode(sequence, &mut octets).expect("fits");

        prop_assert_eq!(&their_octets(&theirs(&octets)), &octets);
        let Pdu::DeliverSm(read) = ours(&octets).pdu else { panic!("not a deliver_sm") };
        prop_assert_eq!(&read.raw, &octets.freeze());
        prop_assert_eq!(&DeliverSm { raw: message.raw.clone(), ..*read }, &message);

        let Ok(rusmpp::Pdu::DeliverSm(converted)) = rusmpp::Pdu::try_from(&message) else { panic!("does not convert") };
        let back = DeliverSm::try_from(converted).expect("converts back");
        prop_assert_eq!(DeliverSm { raw: message.raw.clone(), ..back }, message);
    }

    #[test]
    fn answers_are_the_same_to_both(id in "[0-9a-fA-F-]{1,64}", status in 0..2_u32, sequence in 1..0x7FFF_FFFF_u32) {
        let answer = SubmitResp::accepted(&id);
        let mut octets = BytesMut::new();
        answer.encode_submit(CommandStatus(status), sequence, &mut octets).expect("fits");

        let read = theirs(&octets);
        prop_assert_eq!(u32::from(read.status()), status);
        prop_assert_eq!(&their_octets(&read), &octets);

        let expected = if status == 0 { answer } else { SubmitResp::default() };
        prop_assert_eq!(ours(&octets).pdu, Pdu::SubmitSmResp(expected));
    }
}
