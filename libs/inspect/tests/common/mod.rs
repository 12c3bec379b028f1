//! Asks one question as `volley inspect … --json` is asked.

use serde_json::Value;
use volley_inspect::{Subject, answer_cases};

/// The answer to one case.
pub fn ask(subject: Subject, case: &Value) -> Value {
    let mut output = Vec::new();
    answer_cases(subject, case.to_string().as_bytes(), &mut output).expect("memory does not fail");
    serde_json::from_slice(&output).expect("one line of JSON")
}
