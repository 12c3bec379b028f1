//! Reads the fields of a case, forgivingly: numbers may come as strings, octets with blanks between them, and null is absent.

use serde_json::{Map, Value};

use crate::error::CaseError;

/// One case, or one answer.
pub(crate) type Object = Map<String, Value>;

/// A field that is there and not null.
pub(crate) fn present<'a>(case: &'a Object, field: &str) -> Option<&'a Value> {
    case.get(field).filter(|value| !value.is_null())
}

/// A field that is a string.
pub(crate) fn text<'a>(case: &'a Object, field: &'static str) -> Result<Option<&'a str>, CaseError> {
    let wrong = || CaseError::WrongKind { field: field.to_owned(), wanted: "a string" };
    present(case, field).map(|value| value.as_str().ok_or_else(wrong)).transpose()
}

/// A field that is a string and cannot be left out.
pub(crate) fn needed_text<'a>(case: &'a Object, field: &'static str) -> Result<&'a str, CaseError> {
    text(case, field)?.ok_or(CaseError::Missing { field })
}

/// A field that is true or false; false if it is left out.
pub(crate) fn flag(case: &Object, field: &'static str) -> Result<bool, CaseError> {
    match present(case, field) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(Value::Number(number)) if number.as_u64().is_some_and(|number| number < 2) => {
            Ok(number.as_u64() == Some(1))
        }
        Some(_) => Err(CaseError::WrongKind { field: field.to_owned(), wanted: "true or false" }),
    }
}

/// A field that is a number of so many bits at most, in JSON, decimal or `0x` and hexadecimal.
pub(crate) fn integer<T: TryFrom<u64>>(case: &Object, field: &'static str) -> Result<Option<T>, CaseError> {
    let wrong = || CaseError::WrongKind { field: field.to_owned(), wanted: "a number in its range" };
    let Some(value) = present(case, field) else { return Ok(None) };
    let number = integer_of(value).ok_or_else(wrong)?;
    T::try_from(number).map(Some).map_err(|_| wrong())
}

/// The number a value is.
pub(crate) fn integer_of(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => number_in(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The number a text is: decimal, or hexadecimal behind `0x`.
pub(crate) fn number_in(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The strings of a list, or the one string that stands for a list; `None` if the field is left out.
pub(crate) fn texts<'a>(case: &'a Object, field: &'static str) -> Result<Option<Vec<&'a str>>, CaseError> {
    let wrong = || CaseError::WrongKind { field: field.to_owned(), wanted: "a list of strings" };
    match present(case, field) {
        None => Ok(None),
        Some(Value::String(one)) => Ok(Some(vec![one])),
        Some(Value::Array(many)) => many
            .iter()
            .map(|value| value.as_str().ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err(wrong()),
    }
}

/// Octets written in hexadecimal, as people paste them: blanks, line ends, colons, commas and `0x` between them are ignored.
///
/// # Errors
/// If what is left has another character, or half an octet.
pub fn hex_octets(text: &str) -> Result<Vec<u8>, CaseError> {
    let digits: String = text
        .replace("0x", "")
        .replace("0X", "")
        .chars()
        .filter(|character| !character.is_whitespace() && !matches!(character, ':' | ',' | '-' | '\u{FEFF}'))
        .collect();
    hex::decode(digits).map_err(|error| CaseError::Hex(error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn octets_are_read_as_people_paste_them() {
        for text in ["0a1bff", "0A 1B FF", "0a:1b:ff", "0x0a, 0x1b, 0xff", " 0a1b\nff\n"] {
            assert_eq!(hex_octets(text), Ok(vec![0x0A, 0x1B, 0xFF]), "{text}");
        }
        assert!(hex_octets("0a1").is_err() && hex_octets("zz").is_err());
    }

    #[test]
    fn numbers_are_read_in_every_form_and_kept_to_their_range() {
        let case = object(json!({"a": 88, "b": "88", "c": "0x58", "d": 300, "e": -1, "f": null, "g": "x"}));
        for field in ["a", "b", "c"] {
            assert_eq!(integer::<u8>(&case, field), Ok(Some(88)), "{field}");
        }
        for field in ["d", "e", "g"] {
            assert!(integer::<u8>(&case, field).is_err(), "{field}");
        }
        assert_eq!(integer::<u8>(&case, "f"), Ok(None));
        assert_eq!(integer::<u8>(&case, "h"), Ok(None));
    }

    #[test]
    fn one_string_is_a_list_of_one() {
        let case = object(json!({"one": "en", "many": ["en", "ko"], "wrong": [1]}));
        assert_eq!(texts(&case, "one"), Ok(Some(vec!["en"])));
        assert_eq!(texts(&case, "many"), Ok(Some(vec!["en", "ko"])));
        assert!(texts(&case, "wrong").is_err());
    }
}
