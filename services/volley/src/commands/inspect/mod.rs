//! `volley inspect`: one text, receipt, PDU, opt-out, status or pair of ids explained. Needs no running Volley.

mod options;

use std::{
    io::{self, BufReader},
    process::ExitCode,
};

use anyhow::{Context, ensure};
use serde_json::{Map, Value};
use volley_inspect::{Subject, answer_cases, hex_octets, ids, optout, pdu, receipt, status, text};

pub use options::InspectOptions;
use options::{IdsOptions, OptoutOptions, PduOptions, ReceiptOptions, StatusOptions, TextOptions, Thing};

use crate::{cli::Format, output};

/// Explains one thing, or answers cases from standard input.
pub fn inspect(format: Format, options: InspectOptions) -> anyhow::Result<ExitCode> {
    match options.thing {
        Thing::Text(asked) => answer(asked.json, Subject::Text, || explain_text(format, &asked)),
        Thing::Receipt(asked) => answer(asked.json, Subject::Receipt, || explain_receipt(format, &asked)),
        Thing::Pdu(asked) => answer(asked.json, Subject::Pdu, || explain_pdu(format, &asked)),
        Thing::Optout(asked) => answer(asked.json, Subject::Optout, || explain_optout(format, &asked)),
        Thing::Status(asked) => answer(asked.json, Subject::Status, || explain_status(format, &asked)),
        Thing::Ids(asked) => answer(asked.json, Subject::Ids, || explain_ids(format, &asked)),
    }
}

fn answer(json: bool, subject: Subject, one: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    let done = if json { cases(subject) } else { one() };
    done.map(|()| ExitCode::SUCCESS)
}

/// Every line of standard input. All are answered before a bad one is complained about.
fn cases(subject: Subject) -> anyhow::Result<()> {
    let tally = answer_cases(subject, BufReader::new(io::stdin()), io::stdout().lock()).context("cannot go on")?;
    ensure!(tally.faulty == 0, "{} of {} cases are faulty: their answers say why", tally.faulty, tally.lines);
    Ok(())
}

fn explain_text(format: Format, asked: &TextOptions) -> anyhow::Result<()> {
    let question = text::Question {
        text: asked.text.as_deref().unwrap_or_default(),
        ref_bits: asked.ref_bits.into(),
        smart: asked.smart,
    };
    say(format, || Ok(text::data(&question)?), || Ok(text::words(&question)?))
}

fn explain_receipt(format: Format, asked: &ReceiptOptions) -> anyhow::Result<()> {
    let parameters = asked
        .tlvs
        .iter()
        .map(|(name, value)| receipt::parameter(name, &Value::from(value.as_str())));
    let text = asked.text.as_deref().unwrap_or_default();
    let question = receipt::Question::new(asked.esm_class, text, parameters.collect::<Result<_, _>>()?);
    say(format, || Ok(receipt::data(&question)), || Ok(receipt::words(&question)))
}

fn explain_pdu(format: Format, asked: &PduOptions) -> anyhow::Result<()> {
    let octets = hex_octets(&asked.hex.concat())?;
    say(format, || Ok(pdu::data(&octets)?), || Ok(pdu::words(&octets)?))
}

fn explain_optout(format: Format, asked: &OptoutOptions) -> anyhow::Result<()> {
    let question = optout::Question {
        body: asked.body.as_deref().unwrap_or_default(),
        languages: (!asked.languages.is_empty()).then(|| asked.languages.iter().map(String::as_str).collect()),
        programs: asked.programs.iter().map(String::as_str).collect(),
        opted_out: asked.opted_out,
        pending_double_opt_in: asked.asked_to_confirm,
    };
    say(format, || Ok(optout::data(&question)), || Ok(optout::words(&question)))
}

fn explain_status(format: Format, asked: &StatusOptions) -> anyhow::Result<()> {
    let status = status::parse(asked.code.as_deref().unwrap_or_default())?;
    say(format, || Ok(status::data(status)), || Ok(status::words(status)))
}

fn explain_ids(format: Format, asked: &IdsOptions) -> anyhow::Result<()> {
    let (response, receipt) =
        (asked.response.as_deref().unwrap_or_default(), asked.receipt.as_deref().unwrap_or_default());
    say(format, || Ok(ids::data(response, receipt)), || Ok(ids::words(response, receipt)))
}

fn say(
    format: Format,
    data: impl FnOnce() -> anyhow::Result<Map<String, Value>>,
    words: impl FnOnce() -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    let said = match format {
        Format::Json => Value::Object(data()?).to_string(),
        Format::Human => words()?,
    };
    Ok(output::line(&said)?)
}
