//! How a text would leave, in the words of the contract.

use volley_ingest_core::Previewed;
use volley_sms_text::{Encoding, preview::Outsider, smart::Substitution};
use volley_wire::proto::messaging::v1::{self as wire, PreviewTextResponse, TextEncoding};

pub(super) fn response(previewed: Previewed) -> PreviewTextResponse {
    let Previewed { text, cost, substitutions } = previewed;
    PreviewTextResponse {
        text,
        encoding: encoding(cost.encoding).into(),
        units: count(cost.units),
        segments: count(cost.segments),
        segment_units: cost.segment_units.into_iter().map(count).collect(),
        outsiders: cost.outsiders.into_iter().map(outsider).collect(),
        substitutions: substitutions.into_iter().map(substitution).collect(),
    }
}

fn encoding(encoding: Encoding) -> TextEncoding {
    match encoding {
        Encoding::Gsm7 => TextEncoding::Gsm7,
        Encoding::Ascii => TextEncoding::Ascii,
        Encoding::Latin1 => TextEncoding::Latin1,
        Encoding::Iso8859_5 => TextEncoding::Cyrillic,
        Encoding::Iso8859_8 => TextEncoding::Hebrew,
        Encoding::KsC5601 | Encoding::Cp949 => TextEncoding::Korean,
        Encoding::Ucs2 => TextEncoding::Ucs2,
        Encoding::Binary => TextEncoding::Unspecified,
    }
}

fn outsider(outsider: Outsider) -> wire::Outsider {
    wire::Outsider { character: outsider.character.to_string(), count: count(outsider.count) }
}

fn substitution(it: Substitution) -> wire::Substitution {
    wire::Substitution { from: it.from, to: it.to, count: it.count }
}

/// A text that is weighed has at most some thousand of anything.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
