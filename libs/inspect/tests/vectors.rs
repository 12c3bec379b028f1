//! Every case of `tests/vectors/`, through the code that answers `volley inspect … --json`, every expected field compared.

use serde_json::{Map, Value};
use volley_inspect::{Subject, Tally, answer_cases};

fn vectors(file: &str) -> Value {
    let path = format!("{}/../../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let json = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn list(value: &Value) -> &Vec<Value> {
    let cases = value.as_array().expect("a list of cases");
    assert!(!cases.is_empty());
    cases
}

/// Asks each case with its input fields alone, so that nothing can be answered by copying.
fn answers(subject: Subject, cases: &[Value], inputs: &[&str]) -> Vec<Value> {
    let mut lines = String::new();
    for case in cases {
        let asked: Map<String, Value> = inputs
            .iter()
            .chain(&["id"])
            .filter_map(|field| case.get(*field).map(|value| ((*field).to_owned(), value.clone())))
            .collect();
        lines.push_str(&Value::Object(asked).to_string());
        lines.push('\n');
    }
    let mut output = Vec::new();
    let tally = answer_cases(subject, lines.as_bytes(), &mut output).expect("memory does not fail");
    assert_eq!(tally, Tally { lines: cases.len() as u64, faulty: 0 });
    let output = String::from_utf8(output).expect("UTF-8");
    output.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Compares every field of a case that is neither asked nor told.
fn check(subject: Subject, cases: &[Value], inputs: &[&str], told: &[&str]) {
    let answers = answers(subject, cases, inputs);
    assert_eq!(answers.len(), cases.len());
    for (case, answer) in cases.iter().zip(&answers) {
        let fields = case.as_object().expect("an object");
        let expected = fields
            .iter()
            .filter(|(name, _)| !inputs.contains(&name.as_str()) && !told.contains(&name.as_str()));
        for (name, value) in expected {
            assert_eq!(&answer[name], value, "`{name}` of {case}");
        }
    }
}

#[test]
fn texts() {
    let file = vectors("segmentation.json");
    check(Subject::Text, list(&file["cases"]), &["text", "ref_bits", "smart"], &["note"]);
}

#[test]
fn receipts() {
    let file = vectors("dlr.json");
    check(Subject::Receipt, list(&file["cases"]), &["esm_class", "short_message", "tlvs"], &["note"]);
}

#[test]
fn pdus() {
    check(Subject::Pdu, list(&vectors("smpp_pdus.json")), &["hex"], &["note"]);
}

#[test]
fn opt_outs() {
    let file = vectors("optout.json");
    check(Subject::Optout, list(&file["cases"]), &["body", "context"], &["note"]);
}

#[test]
fn statuses() {
    let file = vectors("smpp_status.json");
    let rows = list(&file["rows"]);
    check(Subject::Status, rows, &["code"], &["note", "others", "since", "name_5_0"]);
    for text in ["hex", "name"] {
        let asked: Vec<Value> = rows.iter().map(|row| serde_json::json!({"code": row[text]})).collect();
        for (row, answer) in rows.iter().zip(answers(Subject::Status, &asked, &["code"])) {
            assert_eq!((&answer["code"], &answer["class"]), (&row["code"], &row["class"]), "{row}");
        }
    }
}

#[test]
fn id_pairs() {
    let file = vectors("dlr.json");
    let pairs = list(&file["meta"]["id_base_pairs"]);
    for (pair, answer) in pairs.iter().zip(answers(Subject::Ids, pairs, &["submit_resp_id", "dlr_id"])) {
        assert_eq!(answer["match"], true, "{pair}");
        let bases = pair["bases"].as_str().expect("bases").replace("zero-padded ", "");
        let named = list(&answer["bases"]).iter().any(|known| *known == bases);
        assert!(named || !bases.contains(" / "), "{pair} {answer}");
    }
}
