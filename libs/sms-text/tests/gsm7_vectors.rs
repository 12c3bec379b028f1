//! Every entry of `gsm7_tables.json`: default table, extension, national deltas, read and (where we write) written.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::collections::BTreeMap;

use serde_json::Value;
use volley_sms_text::gsm7::tables::{DEFAULT, EXTENSION, locking, single};
use volley_sms_text::gsm7::{self, ESCAPE, Language, Shifts};

fn character(hex: &str) -> char {
    char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap()
}

fn delta(value: &Value) -> BTreeMap<u8, char> {
    let entries = value.as_object().into_iter().flatten();
    entries
        .map(|(at, hex)| (u8::from_str_radix(at, 16).unwrap(), character(hex.as_str().unwrap())))
        .collect()
}

#[test]
fn the_default_table_is_written_and_read() {
    let tables = common::vectors("gsm7_tables.json");
    let default = tables["default"].as_array().unwrap();
    assert_eq!(default.len(), DEFAULT.len());
    for (septet, entry) in default.iter().enumerate() {
        let Some(hex) = entry.as_str() else {
            assert_eq!(septet, usize::from(ESCAPE));
            continue;
        };
        let text = character(hex).to_string();
        let septets = vec![septet as u8];
        assert_eq!(gsm7::encode(&text), Some(septets.clone()), "{hex}");
        assert_eq!(gsm7::decode(&septets, Shifts::default()).text, text, "{septet:#04X}");
    }
}

#[test]
fn the_extension_is_written_and_read() {
    let extension = delta(&common::vectors("gsm7_tables.json")["extension"]);
    for septet in 0..128_u8 {
        assert_eq!(EXTENSION[usize::from(septet)], extension.get(&septet).copied(), "{septet:#04X}");
    }
    for (septet, character) in extension {
        let septets = vec![ESCAPE, septet];
        assert_eq!(gsm7::encode(&character.to_string()), Some(septets.clone()));
        assert_eq!(gsm7::decode(&septets, Shifts::default()).text, character.to_string());
    }
}

#[test]
fn nothing_outside_the_tables_is_written() {
    let writable = ('\0'..=char::MAX).filter(|character| gsm7::cost(*character).is_some()).count();
    assert_eq!(writable, 127 + 10);
}

#[test]
fn national_tables_are_their_base_with_the_deltas() {
    let tables = common::vectors("gsm7_tables.json");
    let national = tables["national"].as_object().unwrap();
    assert_eq!(national.len(), 3);
    for (name, entry) in national {
        let language = Language::from_id(entry["id"].as_u64().unwrap() as u8);
        assert!(language.is_some(), "{name}");
        let locking_delta = delta(&entry["locking_delta_vs_default"]);
        let single_delta = delta(&entry["single_shift_delta_vs_extension"]);
        for septet in 0..128_u8 {
            let at = usize::from(septet);
            let expected = locking_delta.get(&septet).copied().unwrap_or(DEFAULT[at]);
            assert_eq!(locking(language)[at], expected, "{name} locking {septet:#04X}");
            let expected = single_delta.get(&septet).copied().or(EXTENSION[at]);
            assert_eq!(single(language)[at], expected, "{name} single {septet:#04X}");
        }
    }
}
