//! INS-1: whatever is asked, every line gets one line of answer, and explaining it in words does not fail either.

use proptest::prelude::*;
use serde_json::Value;
use volley_inspect::text::Question;
use volley_inspect::{RefBits, Subject, answer_cases, pdu, receipt, text};

const SUBJECTS: [Subject; 6] =
    [Subject::Text, Subject::Receipt, Subject::Pdu, Subject::Optout, Subject::Status, Subject::Ids];

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_u64..600).prop_map(Value::from),
        "[0-9a-f]{0,60}".prop_map(Value::from),
        "(id:|stat:|text:|STOP|0x58| |[0-9]|\\PC){0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any_name(), inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn any_name() -> impl Strategy<Value = String> {
    let names = [
        "id",
        "text",
        "ref_bits",
        "smart",
        "esm_class",
        "short_message",
        "tlvs",
        "body",
        "context",
        "hex",
        "code",
        "languages",
        "programs",
        "receipted_message_id",
        "message_state",
        "network_error_code",
        "type",
        "value_hex",
        "tag",
        "submit_resp_id",
        "dlr_id",
    ];
    prop::sample::select(names.map(str::to_owned).to_vec())
}

fn any_line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => prop::collection::btree_map(any_name(), any_value(), 0..8)
            .prop_map(|fields| Value::Object(fields.into_iter().collect()).to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 1..60),
    ]
}

proptest! {
    #[test]
    fn every_line_is_answered(lines in prop::collection::vec(any_line(), 0..6)) {
        let input = lines.join(&b'\n');
        let asked = input.split(|octet| *octet == b'\n').filter(|line| {
            !line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line).trim_ascii().is_empty()
        }).count();
        for subject in SUBJECTS {
            let mut output = Vec::new();
            let tally = answer_cases(subject, &input[..], &mut output).expect("memory does not fail");
            let answers: Vec<Value> = output
                .split(|octet| *octet == b'\n')
                .filter(|line| !line.is_empty())
                .map(|line| serde_json::from_slice(line).expect("JSON"))
                .collect();
            prop_assert_eq!(tally.lines, asked as u64);
            prop_assert_eq!(answers.len(), asked);
            prop_assert!(answers.iter().all(|answer| answer.get("id").is_some()));
            prop_assert_eq!(tally.faulty, answers.iter().filter(|answer| answer.get("error").is_some()).count() as u64);
        }
    }

    #[test]
    fn any_octets_are_explained(octets in prop::collection::vec(any::<u8>(), 16..80), command in 0_u32..12, claimed in 0_u32..90) {
        let mut octets = octets;
        octets[..4].copy_from_slice(&claimed.to_be_bytes());
        octets[4..8].copy_from_slice(&command.to_be_bytes());
        prop_assert!(pdu::data(&octets).is_ok());
        let _ = pdu::words(&octets);
    }

    #[test]
    fn any_text_is_explained(body in "\\PC{0,200}", smart: bool) {
        let question = Question { text: &body, ref_bits: RefBits::Sixteen, smart };
        prop_assert!(text::words(&question).is_ok() && text::data(&question).is_ok());
        let asked = receipt::Question::new(Some(4), &body, Vec::new());
        prop_assert!(!receipt::words(&asked).is_empty());
    }
}
