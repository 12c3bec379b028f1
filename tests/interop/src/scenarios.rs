//! What must happen with every foreign carrier.

use std::{fs, time::Duration};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use volley_e2e::Backend;
use volley_wire::proto::messaging::v1::{MessageState, TrafficClass};

use crate::{
    carrier::{ForeignCarrier, free_address},
    certificates::Certificates,
    kit::Library,
    volley::{PASSWORD, SYSTEM_ID, Up},
};

const SHORT_CODE: &str = "4565";
const STANDARD_NUMBER: &str = "821090001000";
const LOGIN: [(&str, &str); 2] = [("--system-id", SYSTEM_ID), ("--password", PASSWORD)];

/// A conversation in every kind of text, and the carrier's unbind in the middle of it.
///
/// # Errors
/// When something does not happen.
pub async fn a_conversation(library: Library) -> Result<()> {
    let mut carrier = start(library, &[])?;
    let volley = Up::start(carrier.address()).await?;
    let mut backend = volley.backend().await?;

    gsm_text(&mut backend, &carrier).await.context("a text in GSM-7")?;
    ucs2_text(&mut backend, &carrier).await.context("a text in UCS-2")?;
    long_text(&mut backend, &carrier).await.context("a long text")?;
    an_answer(&mut backend).await.context("an answer")?;

    carrier.command("unbind")?;
    carrier.wait_for("closed", |_| true)?;
    carrier.wait_for_several("bind", 2, is_ok)?;
    let message = send(&mut backend, "after", SHORT_CODE, "821020000005", "and on").await?;
    delivered(&mut backend, &message)
        .await
        .context("a message after the carrier's unbind")
}

/// `@`, `{` and `}` are the octets that give a wrong alphabet away.
async fn gsm_text(backend: &mut Backend, carrier: &ForeignCarrier) -> Result<()> {
    let message = send(backend, "gsm", SHORT_CODE, "821020000001", "Hello @ {Volley}").await?;
    delivered(backend, &message).await?;
    let submit = carrier.wait_for("submit", to("821020000001"))?;
    ensure!(submit["octets"] == "48656c6c6f2000201b28566f6c6c65791b29", "{submit}");
    ensure!(submit["data_coding"] == 0 && submit["esm_class"] == 0, "{submit}");
    ensure!(submit["source"] == SHORT_CODE && submit["source_ton"] == 0 && submit["source_npi"] == 1, "{submit}");
    ensure!(submit["destination_ton"] == 1 && submit["destination_npi"] == 1, "{submit}");
    ensure!(submit["registered_delivery"] == 1, "{submit}");
    Ok(())
}

/// A character beyond 16 bits goes as two units.
async fn ucs2_text(backend: &mut Backend, carrier: &ForeignCarrier) -> Result<()> {
    let message = send(backend, "ucs2", SHORT_CODE, "821020000002", "안녕 😀").await?;
    delivered(backend, &message).await?;
    let submit = carrier.wait_for("submit", to("821020000002"))?;
    ensure!(submit["octets"] == "c548b1550020d83dde00" && submit["data_coding"] == 8, "{submit}");
    Ok(())
}

/// Three parts with the same reference, and one state when all three are there. A carrier may take them up in any order.
async fn long_text(backend: &mut Backend, carrier: &ForeignCarrier) -> Result<()> {
    let text = "0123456789".repeat(40);
    let message = send(backend, "long", STANDARD_NUMBER, "821020000003", &text).await?;
    delivered(backend, &message).await?;
    let mut parts = carrier.wait_for_several("submit", 3, to("821020000003"))?;
    ensure!(parts.len() == 3, "{} parts", parts.len());
    parts.sort_by_key(|part| part["octets"].to_string());
    let mut together = String::new();
    for (number, part) in (1..).zip(&parts) {
        let octets = part["octets"].as_str().unwrap_or_default();
        let (header, body) = octets.split_at_checked(12).context("no header")?;
        ensure!(header.starts_with("050003") && header.ends_with(&format!("03{number:02x}")), "{part}");
        ensure!(part["esm_class"] == 0x40, "{part}");
        together.push_str(body);
    }
    let expected: String = text.bytes().map(|octet| format!("{octet:02x}")).collect();
    ensure!(together == expected, "the parts are not the text");
    Ok(())
}

/// What the person writes comes back with the message it answers, in both alphabets.
async fn an_answer(backend: &mut Backend) -> Result<()> {
    for (question, text) in [("Coming?", "Yes please"), ("올래?", "네, 좋아요")] {
        let handset = if text.is_ascii() { "821020000004" } else { "821020000006" };
        let message = send(backend, &format!("ask-{handset}"), STANDARD_NUMBER, handset, question).await?;
        let reply = backend.reply_of(handset).await?;
        ensure!(reply.text == text, "the reply reads {:?}", reply.text);
        ensure!(reply.answers_message_id == message, "the reply answers {:?}", reply.answers_message_id);
        delivered(backend, &message).await?;
    }
    Ok(())
}

/// A wrong password is named, in the log and in health, and not tried again at once.
///
/// # Errors
/// When something does not happen.
pub async fn a_wrong_password(library: Library) -> Result<()> {
    let carrier = ForeignCarrier::start(library, &[("--system-id", SYSTEM_ID), ("--password", "another1")])?;
    let volley = Up::start(carrier.address()).await?;

    volley
        .wait_for_health("degraded", &["account sim", "refuses the login", "ESME_RINVPASWD (0x0E)"])
        .await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let tried = carrier.happened("bind").len();
    ensure!(tried == 1, "it tried {tried} times within three seconds");
    let log = volley.log()?;
    let named = |line: &str| line.contains("carrier=sim") && line.contains("ESME_RINVPASWD") && line.contains("pause=");
    ensure!(log.lines().any(named), "the log does not name carrier and status:\n{log}");
    ensure!(!log.contains(PASSWORD), "the log shows the password");
    Ok(())
}

/// A carrier that is not there at the start is waited for.
///
/// # Errors
/// When something does not happen.
pub async fn a_late_start(library: Library) -> Result<()> {
    let address = free_address()?;
    let volley = Up::start(address).await?;
    volley
        .wait_for_health("degraded", &["cannot be reached", &address.to_string()])
        .await?;
    let mut backend = volley.backend().await?;
    let message = send(&mut backend, "early", SHORT_CODE, "821020000001", "I wait").await?;

    let carrier = ForeignCarrier::start_at(address, library, &LOGIN)?;
    carrier.wait_for("bind", is_ok)?;
    delivered(&mut backend, &message).await?;
    volley.wait_for_health("healthy", &[]).await
}

/// Where transceivers are not known, a transmitter and a receiver do the same.
///
/// # Errors
/// When something does not happen.
pub async fn a_pair(library: Library) -> Result<()> {
    let carrier = start(library, &[("--binds", "pairs")])?;
    let volley = Up::start(carrier.address()).await?;
    let mut backend = volley.backend().await?;
    an_answer(&mut backend).await?;
    for kind in ["transmitter", "receiver"] {
        carrier.wait_for("bind", |bind| is_ok(bind) && bind["kind"] == kind)?;
    }
    volley.wait_for_health("healthy", &[]).await
}

/// Ids and receipts in another manner than usual: delivered all the same, and nothing is credited twice.
///
/// # Errors
/// When something does not happen.
pub async fn a_manner(library: Library, options: &[(&str, &str)]) -> Result<()> {
    let carrier = start(library, options)?;
    let volley = Up::start(carrier.address()).await?;
    let mut backend = volley.backend().await?;
    for (number, handset) in ["821020000001", "821020000002", "821020000001"].into_iter().enumerate() {
        let message = send(&mut backend, &format!("manner-{number}"), SHORT_CODE, handset, "is it there").await?;
        delivered(&mut backend, &message)
            .await
            .with_context(|| format!("{options:?}"))?;
    }
    Ok(())
}

/// A profile with everything at once: a pair, SMPP 5.0, `sar_` parameters, TON and NPI, an absolute validity, a parameter of the
/// contract, ids in two bases.
const PROFILE: &str = r#"
[session]
version = "5.0"
bind = "pair"
[text]
splitting = "sar"
[addresses]
standard = { ton = 3, npi = 8 }
[validity]
form = "absolute"
[message_ids]
response = "hexadecimal"
receipt = "decimal"
[tlvs]
"0x1400" = { text = "1101" }
"#;

/// What a profile says is what the carrier sees.
///
/// # Errors
/// When something does not happen.
pub async fn a_profile(library: Library) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("profile.toml");
    fs::write(&file, PROFILE)?;
    let carrier = start(library, &[("--ids", "hex-decimal"), ("--receipts", "text")])?;
    let volley = Up::start_with_profile("smpp", carrier.address(), &file).await?;
    let mut backend = volley.backend().await?;

    let message = send(&mut backend, "long", STANDARD_NUMBER, "821020000003", &"0123456789".repeat(40)).await?;
    delivered(&mut backend, &message).await?;

    for kind in ["transmitter", "receiver"] {
        carrier.wait_for("bind", |bind| bind["kind"] == kind && bind["interface_version"] == 0x50)?;
    }
    for part in carrier.wait_for_several("submit", 3, to("821020000003"))? {
        let tlvs = part["tlvs"].as_str().unwrap_or_default();
        for expected in ["020c0002", "020e000103", "020f00010", "140000053131303100"] {
            ensure!(tlvs.contains(expected), "{expected} is missing in {part}");
        }
        ensure!(part["esm_class"] == 0 && part["source_ton"] == 3 && part["source_npi"] == 8, "{part}");
        ensure!(part["validity"].as_str().is_some_and(|text| text.ends_with('+')), "{part}");
    }
    Ok(())
}

/// Under TLS with a certificate on both sides, for the name in the profile and for no other.
///
/// # Errors
/// When something does not happen.
pub async fn under_tls(library: Library) -> Result<()> {
    let certificates = Certificates::make("smsc.example")?;
    let options = certificates.of_carrier();
    let options: Vec<_> = options.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let carrier = start(library, &options)?;

    let stranger = certificates.profile("another.example")?;
    let volley = Up::start_with_profile("smpps", carrier.address(), &stranger).await?;
    volley
        .wait_for_health("degraded", &["cannot be reached", "certificate"])
        .await?;
    ensure!(carrier.happened("bind").is_empty(), "it logged in at a stranger's");
    drop(volley);

    let profile = certificates.profile("smsc.example")?;
    let volley = Up::start_with_profile("smpps", carrier.address(), &profile).await?;
    let mut backend = volley.backend().await?;
    an_answer(&mut backend).await?;
    volley.wait_for_health("healthy", &[]).await
}

fn start(library: Library, options: &[(&str, &str)]) -> Result<ForeignCarrier> {
    ForeignCarrier::start(library, &[&LOGIN, options].concat())
}

async fn send(backend: &mut Backend, request: &str, from: &str, to: &str, text: &str) -> Result<String> {
    backend.send(request, from, to, text, TrafficClass::Transactional).await
}

async fn delivered(backend: &mut Backend, message: &str) -> Result<()> {
    let end = backend.final_state(message).await?;
    ensure!(end.state() == MessageState::Delivered, "it ended as {}", end.state().as_str_name());
    Ok(())
}

fn is_ok(entry: &Value) -> bool {
    entry["status"] == 0
}

fn to(handset: &str) -> impl Fn(&Value) -> bool {
    move |submit| submit["destination"] == handset
}
