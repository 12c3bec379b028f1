//! A receipt in words.

use volley_smpp::Receipt;
use volley_smpp::dissect::meaning;
use volley_smpp::pdu::{NetworkErrorCode, tag};
use volley_smpp::receipt::{FailureKind, Outcome, StateSource};

use super::Question;
use crate::ids;
use crate::sheet::{Sheet, quoted};

/// The answer in words.
#[must_use]
pub fn words(question: &Question) -> String {
    let mut sheet = Sheet::default();
    if let Some((esm_class, kind)) = question.esm_class.zip(question.kind()) {
        sheet.row("kind", &format!("{}, esm_class 0x{esm_class:02X}", meaning::esm_class(esm_class, true)));
        if !kind.is_receipt() {
            sheet.row("so", "no receipt, whatever it says, unless the carrier's profile says that it forgets the mark");
        }
    }
    rows(&mut sheet, &question.receipt());
    sheet.finish()
}

/// What a receipt says, line by line.
pub(crate) fn rows(sheet: &mut Sheet, receipt: &Receipt) {
    sheet.row("message", &message(receipt));
    sheet.row("state", &state(receipt));
    sheet.row("that is", consequence(receipt));
    if let Some(error) = error(receipt) {
        sheet.row("error", &error);
    }
    if let Some(dates) = dates(receipt) {
        sheet.row("dates", &dates);
    }
    if let (Some(sub), Some(dlvrd)) = (receipt.sub, receipt.dlvrd) {
        sheet.row("counted", &format!("{sub} submitted, {dlvrd} delivered"));
    }
    if let Some(text) = &receipt.text {
        sheet.row("quotes", &quoted(text));
    }
}

fn message(receipt: &Receipt) -> String {
    match (&receipt.id, &receipt.text_id) {
        (None, _) => "no id anywhere: it is kept and listed, and belongs to no message".to_owned(),
        (Some(id), Some(text_id)) if id == text_id => id.to_string(),
        (Some(id), None) => format!("{id}, by the parameter receipted_message_id"),
        (Some(id), Some(text_id)) => {
            let same = ids::data(id.as_str(), text_id.as_str());
            let bases = if same["match"] == true {
                "the same number in another base"
            } else {
                "another id"
            };
            format!("{id}, by the parameter receipted_message_id; the text says {text_id}, {bases}")
        }
    }
}

fn state(receipt: &Receipt) -> String {
    let last = if receipt.is_final() { "final" } else { "not final" };
    let source = match (receipt.state_source, &receipt.stat_raw) {
        (StateSource::Tlv, Some(word)) => format!("by the parameter message_state; the text says {word}"),
        (StateSource::Tlv, None) => "by the parameter message_state".to_owned(),
        (_, Some(word)) if receipt.stat_known => format!("by the word {word}"),
        (_, Some(word)) => format!("for {word} is the carrier's own word: give it a meaning in the profile"),
        (_, None) => "for nothing in it tells the state".to_owned(),
    };
    format!("{}, {last}, {source}", receipt.state)
}

const fn consequence(receipt: &Receipt) -> &'static str {
    match receipt.state.outcome() {
        Outcome::Enroute => "still on its way; if nothing follows, it becomes UNKNOWN after its validity",
        Outcome::Delivered => "the phone has it, or for some networks the carrier of the far side",
        Outcome::Failed(FailureKind::Expired) => "failed: its validity ran out, mostly because the phone was off",
        Outcome::Failed(FailureKind::Deleted) => "failed: somebody deleted it at the carrier",
        Outcome::Failed(FailureKind::Undeliverable) => "failed: it cannot be delivered",
        Outcome::Failed(FailureKind::Rejected) => "failed: it was refused",
        Outcome::Failed(FailureKind::Skipped) => "failed: it was left out on purpose",
        Outcome::Unknown => "nobody knows; a later receipt may",
    }
}

fn error(receipt: &Receipt) -> Option<String> {
    let word = receipt
        .err_raw
        .as_ref()
        .map(|word| format!("err:{word}, a code of the network or of the carrier"));
    let network = receipt.network_error.map(network_error);
    let said: Vec<String> = network.into_iter().chain(word).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn network_error(error: NetworkErrorCode) -> String {
    let [high, low] = error.code.to_be_bytes();
    meaning::of_parameter(tag::NETWORK_ERROR_CODE, &[error.network_type, high, low]).unwrap_or_default()
}

fn dates(receipt: &Receipt) -> Option<String> {
    let submitted = receipt.submit_date.map(|date| format!("submitted {date}"));
    let done = receipt.done_date.map(|date| format!("done {date}"));
    let said: Vec<String> = submitted.into_iter().chain(done).collect();
    (!said.is_empty()).then(|| format!("{}, in the carrier's local time", said.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::parameter;
    use super::*;

    #[test]
    fn a_person_learns_whose_word_counted() {
        let tlvs = [
            ("receipted_message_id", json!("38601fa")),
            ("message_state", json!(2)),
            ("network_error_code", json!("3/6")),
        ];
        let tlvs = tlvs.map(|(name, value)| parameter(name, &value).expect("a parameter")).to_vec();
        let text =
            "id:0059113978 sub:001 dlvrd:001 submit date:1002101730 done date:1002101731 stat:DELIVRD err:000 text:Hi";
        let words = words(&Question::new(Some(4), text, tlvs));
        for said in [
            "the carrier's delivery receipt, esm_class 0x04",
            "38601fa, by the parameter receipted_message_id; the text says 0059113978, the same number in another base",
            "DELIVERED, final, by the parameter message_state; the text says DELIVRD",
            "GSM error 6 (absent subscriber, temporary); err:000",
            "submitted 2010-02-10T17:30, done 2010-02-10T17:31, in the carrier's local time",
            "\"Hi\"",
        ] {
            assert!(words.contains(said), "{said}\n{words}");
        }
    }

    #[test]
    fn a_typed_receipt_is_said_to_be_none() {
        let words = words(&Question::new(Some(0), "id:26 stat:DND_REJECTED", Vec::new()));
        assert!(words.contains("a message from a phone") && words.contains("no receipt"), "{words}");
        assert!(words.contains("UNKNOWN, final, for DND_REJECTED is the carrier's own word"), "{words}");
    }

    #[test]
    fn an_empty_receipt_is_explained_too() {
        let words = words(&Question::default());
        assert!(words.contains("no id anywhere") && words.contains("nothing in it tells the state"), "{words}");
    }
}
