//! A text as data.

use serde_json::{Value, json};
use volley_sms_text::preview::Outsider;
use volley_sms_text::{Encoding, RefBits, gsm7, korea};

use super::{Question, weigh};
use crate::error::CaseError;
use crate::input::{self, Object};

/// Answers a case of `segmentation.json`.
pub(crate) fn case(case: &Object) -> Result<Object, CaseError> {
    let ref_bits = match input::integer::<u64>(case, "ref_bits")? {
        None | Some(8) => RefBits::Eight,
        Some(16) => RefBits::Sixteen,
        Some(_) => return Err(CaseError::WrongKind { field: "ref_bits".to_owned(), wanted: "8 or 16" }),
    };
    let question = Question {
        text: input::needed_text(case, "text")?,
        ref_bits,
        smart: input::flag(case, "smart")?,
    };
    data(&question)
}

/// The answer as data: the arithmetic alone, greedy fill and no rule for grapheme clusters.
///
/// # Errors
/// Never for a text that UCS-2 holds, which is every text.
pub fn data(question: &Question<'_>) -> Result<Object, CaseError> {
    let text = question.replaced();
    let seen = weigh(&text, question.ref_bits, false).map_err(|error| CaseError::Unanswerable(error.to_string()))?;
    let mut answer = Object::from_iter([
        ("encoding".to_owned(), name_of(seen.encoding).into()),
        ("data_coding".to_owned(), seen.encoding.data_coding().into()),
        ("units".to_owned(), seen.units.into()),
        ("segments".to_owned(), seen.segments.into()),
        ("segment_units".to_owned(), seen.segment_units.into()),
        ("outsiders".to_owned(), seen.outsiders.iter().map(outsider).collect()),
        ("kr".to_owned(), korean(&text)),
    ]);
    if question.smart {
        answer.insert("text_after_smart".to_owned(), text.as_str().into());
    }
    if let Some(septets) = gsm7::encode(&text) {
        answer.insert("unpacked_hex".to_owned(), hex::encode(&septets).into());
        answer.insert("packed_hex".to_owned(), hex::encode(gsm7::pack(&septets, 0)).into());
    }
    if let Some(octets) = Encoding::Ucs2.encode(&text) {
        answer.insert("utf16_hex".to_owned(), hex::encode(octets).into());
    }
    Ok(answer)
}

/// The name of the two encodings every GSM carrier takes.
const fn name_of(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Gsm7 => "gsm7",
        _ => "ucs2",
    }
}

fn outsider(outsider: &Outsider) -> Value {
    json!({
        "character": outsider.character,
        "code_point": format!("U+{:04X}", u32::from(outsider.character)),
        "count": outsider.count,
    })
}

fn korean(text: &str) -> Value {
    korea::measure(text).map_or(
        Value::Null,
        |size| json!({"bytes": size.octets, "strict_ksc5601": size.strict, "class": size.class.as_str()}),
    )
}
