//! Texts put together on handsets, and persons who answer them.

mod support;

use std::time::Duration;

use rusmpp::tlvs::{MessageSubmissionRequestTlvValue, TlvValue};
use rusmpp::types::AnyOctetString;
use rusmpp::values::{DataCoding, MessagePayload, Ton};
use support::*;
use volley_carrier_sim::{Alphabet, Line, LongText, Mo, MoError, PartOrder, Person, default_persons};

#[tokio::test]
async fn parts_in_any_order_make_one_text() {
    let (sim, mut client) = bound().await;
    for (number, text) in [(3, "three"), (1, "one "), (2, "two ")] {
        client.send(part_to("79141239907", 7, 3, number, text)).await;
    }
    let text = sim.wait_for_text("79141239907", |_| true, SOON).await.expect("a text");
    assert_eq!((text.text.as_str(), text.message_ids.join(",").as_str()), ("one two three", "2,3,1"));
    assert_eq!(sim.counters().texts, 1);
    sim.shutdown().await;
}

#[tokio::test]
async fn parts_of_two_phones_and_two_references_are_kept_apart() {
    let (sim, mut client) = bound().await;
    for (phone, reference, number, text) in [
        ("79140009907", 7, 1, "a1 "),
        ("79141119907", 7, 1, "b1 "),
        ("79140009907", 8, 1, "c1 "),
        ("79141119907", 7, 2, "b2"),
        ("79140009907", 8, 2, "c2"),
        ("79140009907", 7, 2, "a2"),
    ] {
        client.submit(part_to(phone, reference, 2, number, text)).await;
    }
    let texts = |phone| sim.inbox(phone).into_iter().map(|text| text.text).collect::<Vec<_>>();
    assert_eq!(texts("79140009907"), ["c1 c2", "a1 a2"]);
    assert_eq!(texts("79141119907"), ["b1 b2"]);
    sim.shutdown().await;
}

#[tokio::test]
async fn sar_parameters_and_payloads_make_texts_too() {
    let (sim, mut client) = bound().await;
    for (number, text) in [(2u8, "together"), (1, "put ")] {
        let mut part = text_to("79141239907", text);
        part.push_tlv(MessageSubmissionRequestTlvValue::SarMsgRefNum(300));
        part.push_tlv(MessageSubmissionRequestTlvValue::SarTotalSegments(2));
        part.push_tlv(MessageSubmissionRequestTlvValue::SarSegmentSeqnum(number));
        client.submit(part).await;
    }
    let mut payload = text_to("79141239907", "");
    let long = "x".repeat(500);
    payload.push_tlv(MessageSubmissionRequestTlvValue::MessagePayload(MessagePayload::new(
        AnyOctetString::from_slice(long.as_bytes()),
    )));
    client.submit(payload).await;
    let texts: Vec<_> = sim.inbox("79141239907").into_iter().map(|text| text.text).collect();
    assert_eq!(texts, ["put together".to_owned(), long]);
    sim.shutdown().await;
}

#[tokio::test]
async fn a_character_cut_between_parts_is_whole_on_the_handset() {
    let (sim, mut client) = bound().await;
    let octets: Vec<u8> = "да👍".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (number, half) in [(1u8, &octets[..6]), (2, &octets[6..])] {
        let mut part = part_to("79141239907", 9, 2, number, "").with_data_coding(DataCoding::Ucs2);
        let body = [part.short_message().clone().into_vec(), half.to_vec()].concat();
        part.set_short_message(rusmpp::types::OctetString::from_vec(body).expect("short"));
        client.submit(part).await;
    }
    assert_eq!(sim.inbox("79141239907")[0].text, "да👍");
    sim.shutdown().await;
}

#[tokio::test]
async fn a_person_answers_to_the_number_that_wrote() {
    let (sim, mut client) = bound().await;
    let line = Line { delay_ms: 100, ..Line::new("*stop*", "STOP") };
    assert!(sim.person(Person { number: "79141239907".into(), script: vec![line] }));
    client.submit(text_to("79141239907", "An ad. Reply STOP to end.")).await;
    let answer = client.take_delivery().await;
    assert_eq!((answer.text().as_str(), answer.esm_class), ("STOP", 0));
    assert_eq!((answer.source.as_str(), answer.source_ton), ("79141239907", Ton::International));
    assert_eq!((answer.destination.as_str(), answer.data_coding), ("4565", DataCoding::McSpecific));

    client.submit(text_to("79141239907", "You were stopped.")).await;
    assert!(client.next_within(QUIET).await.is_none(), "the line answers once");
    sim.shutdown().await;
}

#[tokio::test]
async fn a_person_answers_in_ucs2_and_an_echo_without_end() {
    let (sim, mut client) = bound().await;
    let echo = Line {
        times: 0, delay_ms: 0, alphabet: Alphabet::Ucs2, ..Line::new("*", "да: {text}")
    };
    sim.person(Person { number: "*".into(), script: vec![echo] });
    for text in ["one", "two", "three"] {
        client.send(text_to("79141239907", text)).await;
        let mut answer = None;
        for _ in 0..2 {
            let command = client.next().await;
            if command.id() == rusmpp::CommandId::DeliverSm {
                answer = Some(Delivery::of(&command));
            }
        }
        let answer = answer.expect("an answer");
        assert_eq!((answer.text(), answer.data_coding), (format!("да: {text}"), DataCoding::Ucs2));
    }
    sim.shutdown().await;
}

#[tokio::test]
async fn an_alphanumeric_sender_cannot_be_answered() {
    let (sim, mut client) = bound().await;
    sim.person(Person {
        number: "*".into(),
        script: vec![Line { delay_ms: 0, ..Line::new("*", "who are you") }],
    });
    let mut submit = text_to("79141239907", "hello");
    submit.source_addr = c_string("AcmeBank");
    submit.source_addr_ton = Ton::Alphanumeric;
    client.submit(submit).await;
    assert!(client.next_within(QUIET).await.is_none());
    sim.shutdown().await;
}

#[tokio::test]
async fn a_long_text_from_a_handset_goes_in_parts_in_any_order() {
    let (sim, mut client) = bound().await;
    let text: String = (0..60).map(|number| format!("word {number} ")).collect();
    let mut orders = Vec::new();
    for part_order in [PartOrder::InOrder, PartOrder::Reversed, PartOrder::Shuffled] {
        let parts = sim
            .send(&Mo { part_order, ..Mo::new("79141234567", "4565", &text) })
            .expect("taken");
        let mut heard = Vec::new();
        for _ in 0..parts {
            let part = client.take_delivery().await;
            assert_eq!((part.esm_class, &part.octets[..3], part.octets[4]), (0x40, &[5, 0, 3][..], 4));
            heard.push((part.octets[5], String::from_utf8(part.octets[6..].to_vec()).expect("ASCII")));
        }
        orders.push(heard.iter().map(|(number, _)| *number).collect::<Vec<_>>());
        heard.sort();
        assert_eq!(heard.into_iter().map(|(_, part)| part).collect::<String>(), text);
    }
    assert_eq!(orders[..2], [[1, 2, 3, 4], [4, 3, 2, 1]]);
    orders[2].sort();
    assert_eq!(orders[2], [1, 2, 3, 4]);
    sim.shutdown().await;
}

#[tokio::test]
async fn a_long_text_may_have_a_wide_reference_sar_parameters_or_a_payload() {
    let (sim, mut client) = bound().await;
    let text = "y".repeat(200);
    let send = |long_text| sim.send(&Mo { long_text, ..Mo::new("79141234567", "4565", &text) });
    assert_eq!(send(LongText::Udh16).ok(), Some(2));
    let part = client.take_delivery().await;
    assert_eq!((part.esm_class, &part.octets[..3]), (0x40, &[6, 8, 4][..]));
    client.take_delivery().await;
    assert_eq!(send(LongText::Sar).ok(), Some(2));
    let part = client.take_delivery().await;
    assert!(part.esm_class == 0 && part.tlvs.contains(&TlvValue::SarTotalSegments(2)));
    client.take_delivery().await;
    assert_eq!(send(LongText::Payload).ok(), Some(1));
    let whole = client.take_delivery().await;
    assert!(whole.octets.is_empty() && matches!(whole.tlvs[0], TlvValue::MessagePayload(_)));
    sim.shutdown().await;
}

#[tokio::test]
async fn numbers_are_written_as_a_network_writes_them() {
    let (sim, mut client) = bound().await;
    for (from, ton) in [("+821012345678", Ton::International), ("01012345678", Ton::National), ("114", Ton::Unknown)] {
        sim.send_mo(from, "4565", "hi").expect("taken");
        assert_eq!(client.take_delivery().await.source_ton, ton, "{from}");
    }
    assert!(matches!(sim.send_mo("", "4565", "hi"), Err(MoError::Number("from"))));
    assert!(matches!(sim.send_mo("1", "4565", ""), Err(MoError::Text(_))));
    let stranger = Mo { account: Some("nobody".into()), ..Mo::new("1", "4565", "hi") };
    assert!(matches!(sim.send(&stranger), Err(MoError::NoAccount)));
    sim.shutdown().await;
}

#[tokio::test]
async fn the_default_persons_answer_as_the_readme_says() {
    let sim = start(config().with_default_persons()).await;
    let mut client = Client::bound(sim.addr()).await;
    let readme = include_str!("../README.md");
    for person in default_persons() {
        let number = serde_json::to_value(&person.number).expect("a string");
        let digits = number.as_str().expect("a string").trim_start_matches('*').to_owned();
        assert!(readme.contains(&format!("| {digits} |")), "README.md lacks {digits}");
        let mut submit = text_to(&format!("7914123{digits}"), "Please vote, or reply STOP.");
        submit.registered_delivery = 0.into();
        client.submit(submit).await;
        let answer = client.take_delivery().await;
        assert_eq!(answer.source, format!("7914123{digits}"));
        while client.next_within(Duration::from_millis(50)).await.is_some() {}
    }
    sim.shutdown().await;
}
