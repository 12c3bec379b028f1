//! `volley inspect` as support people and scripts use it: words on the command line, cases on standard input, exit codes.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const HAPPENED: Option<i32> = Some(0);
const DID_NOT_HAPPEN: Option<i32> = Some(1);
const USAGE: Option<i32> = Some(2);

fn inspect(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_volley"))
        .arg("inspect")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("volley starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A command that is done with its input may have closed it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("volley ends")
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn answers(output: &Output) -> Vec<Value> {
    said(output)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

fn cases(file: &str, list: Option<&str>) -> Vec<Value> {
    let path = format!("{}/../../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let json = std::fs::read_to_string(path).expect("the vectors");
    let all: Value = serde_json::from_str(&json).expect("JSON");
    list.map_or(&all, |list| &all[list]).as_array().expect("a list").clone()
}

#[test]
fn the_shipped_cases_come_out_as_expected() {
    for (subject, file, list, field) in [
        ("text", "segmentation.json", Some("cases"), "segment_units"),
        ("receipt", "dlr.json", Some("cases"), "expect"),
        ("pdu", "smpp_pdus.json", None, "fields"),
        ("optout", "optout.json", Some("cases"), "action"),
        ("status", "smpp_status.json", Some("rows"), "class"),
    ] {
        let cases = cases(file, list);
        let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
        let output = inspect(&[subject, "--json"], &lines);
        assert_eq!(output.status.code(), HAPPENED, "{subject}");
        let answers = answers(&output);
        assert_eq!(answers.len(), cases.len(), "{subject}");
        for (case, answer) in cases.iter().zip(&answers) {
            assert_eq!(answer["id"], case["id"], "{subject}");
            assert!(case.get(field).is_none_or(|expected| &answer[field] == expected), "{subject}: {case}");
        }
    }
}

#[test]
fn a_bad_case_is_answered_and_told_by_the_exit_code() {
    let output = inspect(&["text", "--json"], "{\"id\":1}\nnonsense\n{\"id\":2,\"text\":\"hi\"}\n");
    assert_eq!(output.status.code(), DID_NOT_HAPPEN);
    let answers = answers(&output);
    assert_eq!(answers.len(), 3);
    assert_eq!((&answers[0]["id"], &answers[2]["units"]), (&json!(1), &json!(2)));
    assert!(String::from_utf8_lossy(&output.stderr).contains("2 of 3 cases are faulty"));
}

#[test]
fn a_person_gets_words() {
    for (arguments, words) in [
        (&["text", "it’s me"][..], "GSM-7 lacks ’ (U+2019)"),
        (&["text", "--smart", "--ref-bits", "16", "it’s me"], "GSM 7-bit"),
        (&["receipt", "id:7 stat:UNDELIV err:001", "--esm-class", "0x04"], "UNDELIVERABLE, final"),
        (
            &["receipt", "--tlv", "message_state=2", "--tlv", "receipted_message_id=38601fa"],
            "38601fa, by the parameter",
        ),
        (&["pdu", "00000010", "00000015", "0000000000000002"], "enquire_link: is anybody there?"),
        (&["optout", "stop news", "--program", "NEWS"], "opt_out_scoped"),
        (&["optout", "RED", "--language", "en"], "no opt-out"),
        (&["status", "throttled"], "cut the rate"),
        (&["ids", "38601fa", "0059113978"], "resp hex / dlr decimal"),
    ] {
        let output = inspect(arguments, "");
        assert_eq!(output.status.code(), HAPPENED, "{arguments:?}");
        assert!(said(&output).contains(words), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn one_thing_can_be_asked_for_as_data() {
    let output = inspect(&["--output", "json", "text", "가나다"], "");
    assert_eq!((output.status.code(), &answers(&output)[0]["kr"]["bytes"]), (HAPPENED, &json!(6)));
}

#[test]
fn a_wrong_question_is_told_apart_from_a_bad_answer() {
    for arguments in
        [&["text"][..], &["text", "a", "--json"], &["receipt", "x", "--tlv", "message_state"], &["ids", "1"]]
    {
        assert_eq!(inspect(arguments, "").status.code(), USAGE, "{arguments:?}");
    }
    for arguments in [&["pdu", "00000010"][..], &["pdu", "xyz"], &["status", "what"], &["receipt", "x", "--tlv", "y=1"]]
    {
        assert_eq!(inspect(arguments, "").status.code(), DID_NOT_HAPPEN, "{arguments:?}");
    }
}
