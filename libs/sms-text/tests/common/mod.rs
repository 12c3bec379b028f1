//! The shared vectors, read from the project's `tests/vectors`.

use serde_json::Value;

/// Parses one vector file. Panics if it is missing: a test without its cases must not pass.
pub fn vectors(file: &str) -> Value {
    let path = format!("{}/../../tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let json = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{path}: {error}"))
}
