//! A PDU in words.
//!
//! ```text
//!   submit_sm: a message to a phone
//!
//!      0  00000047                      command_length            71
//!      4  00000004                      command_id                submit_sm
//! ```

use std::fmt::Write;
use std::ops::Range;

use volley_smpp::dissect::parameters::name_of;
use volley_smpp::dissect::{Dissection, Field, FieldValue, NoHeader, Parameter, dissect, meaning};

use crate::reading::{self, Reading};
use crate::receipt;
use crate::sheet::{Sheet, quoted};

/// Octets of a PDU's header.
const HEADER_OCTETS: usize = 16;

/// Octets of one field shown in hexadecimal.
const OCTETS_SHOWN: usize = 12;

/// Characters of the column of octets, and of the column of names.
const OCTETS_WIDTH: usize = OCTETS_SHOWN * 2 + 1;
const NAME_WIDTH: usize = 27;

/// The answer in words: every field with its place, octets, name, value and meaning, and then the message. A password is not
/// shown. Several PDUs, as a capture of a connection has them, are explained one after the other.
///
/// # Errors
/// If there are fewer octets than a header has.
pub fn words(octets: &[u8]) -> Result<String, NoHeader> {
    let mut explained = Vec::new();
    let mut rest = octets;
    while explained.is_empty() || !rest.is_empty() {
        let dissection = dissect(rest)?;
        let end = usize::try_from(dissection.command_length).unwrap_or(usize::MAX);
        let another = rest.len().checked_sub(end).is_some_and(|behind| behind >= HEADER_OCTETS) && end >= HEADER_OCTETS;
        let (pdu, behind) = if another { rest.split_at(end) } else { (rest, &[][..]) };
        explained.push(one(pdu)?);
        rest = behind;
    }
    Ok(explained.join("\n\n"))
}

fn one(pdu: &[u8]) -> Result<String, NoHeader> {
    let dissection = dissect(pdu)?;
    let mut table = Table { octets: pdu, text: String::new() };
    table.header(&dissection);
    let from_carrier = reading::from_carrier(&dissection);
    dissection.fields.iter().for_each(|field| table.field(field, from_carrier, 0));
    dissection
        .parameters
        .iter()
        .flatten()
        .for_each(|parameter| table.parameter(parameter));
    let mut sheet = Sheet::default();
    sheet.line(&table.text);
    if let Some(reading) = reading::read(&dissection) {
        message(&mut sheet, &reading);
    }
    for remark in &dissection.remarks {
        sheet.row("odd", &remark.to_string());
    }
    if let Some(fault) = &dissection.fault {
        sheet.row("wrong", &fault.to_string());
    }
    Ok(sheet.finish())
}

struct Table<'a> {
    octets: &'a [u8],
    text: String,
}

impl Table<'_> {
    fn header(&mut self, dissection: &Dissection) {
        let (name, purpose) = dissection
            .operation()
            .map_or(("unknown operation", "no operation has this command_id"), |known| (known.name, known.purpose));
        self.text.push_str(&format!("{name}: {purpose}\n\n"));
        let status = dissection.status;
        let says = status
            .says()
            .filter(|_| !status.is_ok())
            .map_or(String::new(), |says| format!(": {says}"));
        self.row(0..4, "command_length", &dissection.command_length.to_string(), None);
        self.row(4..8, "command_id", name, None);
        self.row(8..12, "command_status", &format!("{status}{says}"), None);
        self.row(12..16, "sequence_number", &dissection.sequence.to_string(), None);
    }

    fn field(&mut self, field: &Field, from_carrier: bool, depth: usize) {
        let name = format!("{:depth$}{}", "", field.name);
        let meaning = meaning::of_field(field, from_carrier);
        match &field.value {
            FieldValue::Text(password) if field.name == "password" => {
                let shown = format!("({} characters, not shown)", password.chars().count());
                self.row(field.place.start..field.place.start, &name, &shown, None);
            }
            FieldValue::Text(text) => self.row(field.place.clone(), &name, &quoted(text), meaning),
            FieldValue::Integer(value) => self.row(field.place.clone(), &name, &value.to_string(), meaning),
            FieldValue::Octets(octets) => {
                self.row(field.place.clone(), &name, &format!("{} octets", octets.len()), meaning);
            }
            FieldValue::List(groups) => {
                for group in groups {
                    group.iter().for_each(|inner| self.field(inner, from_carrier, depth + 2));
                }
            }
        }
    }

    fn parameter(&mut self, parameter: &Parameter) {
        let name = format!("{:04X} {}", parameter.tag, name_of(parameter.tag));
        let meaning = meaning::of_parameter(parameter.tag, &parameter.value);
        let value = meaning.unwrap_or_else(|| format!("{} octets", parameter.value.len()));
        self.row(parameter.place.clone(), &name, &value, None);
    }

    fn row(&mut self, place: Range<usize>, name: &str, value: &str, meaning: Option<String>) {
        let at = place.start;
        let octets = self.octets.get(place).unwrap_or_default();
        let shown = hex::encode(&octets[..octets.len().min(OCTETS_SHOWN)]);
        let more = if octets.len() > OCTETS_SHOWN { "…" } else { "" };
        let meaning = meaning.map_or(String::new(), |meaning| format!("  {meaning}"));
        let hexadecimal = format!("{shown}{more}");
        // Writing into a String does not fail.
        let _ = writeln!(self.text, "{at:>5}  {hexadecimal:<OCTETS_WIDTH$}  {name:<NAME_WIDTH$} {value}{meaning}");
    }
}

fn message(sheet: &mut Sheet, reading: &Reading) {
    let doubt = if reading.decoded.flagged {
        ", shown as well as it can be: not a text, or in an alphabet we do not know"
    } else {
        ""
    };
    sheet.row("text", &format!("{}{doubt}", quoted(&reading.decoded.text)));
    if let Some(place) = reading.place {
        let (sequence, total, reference) = (place.sequence(), place.total(), place.reference());
        sheet.row("part", &format!("{sequence} of {total}, reference {reference}"));
    }
    if let Some(ports) = reading.decoded.ports {
        sheet.row("ports", &format!("{} to {}: for a program on the phone", ports.source, ports.destination));
    }
    if let Some(receipt) = &reading.receipt {
        receipt::rows(sheet, receipt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(octets: &str) -> String {
        words(&hex::decode(octets.replace(' ', "")).expect("hexadecimal")).expect("a header")
    }

    #[test]
    fn every_field_of_a_submit_sm_is_named_and_explained() {
        let words = said(
            "00000047 00000004 00000000 00000003 00 00 01 3435363500 01 01 373931343132333435363700 00 00 00 00 \
             30303030303030303130303030303052 00 01 00 00 00 07 48656c6c6f2000",
        );
        for line in [
            "submit_sm: a message to a phone",
            "source_addr_npi             1  telephone numbers (E.164)",
            "validity_period             \"000000001000000R\"  10 minutes from then on",
            "registered_delivery         1  a receipt of success or failure",
            "text        \"Hello @\"",
        ] {
            assert!(words.contains(line), "{line}\n{words}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let words = said("00000023 00000009 00000000 00000001 61636d6500 736563726574303800 00 34 00 00 00");
        assert!(words.contains("(8 characters, not shown)"), "{words}");
        assert!(!words.contains("secret08") && !words.contains("7365637265743038"), "{words}");
    }

    #[test]
    fn a_cut_pdu_is_explained_up_to_the_cut() {
        let words = said("00000038 00000004 00000000 00000004 00 00 01 3435");
        assert!(words.contains("source_addr_npi"), "{words}");
        assert!(words.contains("wrong       command_length says 56 octets, there are 21"), "{words}");
    }

    #[test]
    fn a_capture_of_several_pdus_is_explained_one_by_one() {
        let words = said("00000010 00000015 00000000 00000002 00000010 80000015 00000000 00000002 0000");
        assert!(words.contains("enquire_link: is anybody there?"), "{words}");
        assert!(words.contains("enquire_link_resp: somebody is there"), "{words}");
        assert!(words.contains("2 octets follow the PDU"), "{words}");
    }

    #[test]
    fn a_refusal_says_what_it_means() {
        let words = said("00000010 80000004 00000058 00000007");
        assert!(words.contains("ESME_RTHROTTLED (0x58): over the agreed rate"), "{words}");
    }
}
