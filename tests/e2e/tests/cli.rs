//! The command line against a running Volley: what it says, as sentences and as JSON, and how it ends.

use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use serde_json::Value;
use volley_e2e::{command_line::volley, embedded::Embedded};

/// Exit codes, as `volley --help` lists them.
const HAPPENED: i32 = 0;
const DID_NOT_HAPPEN: i32 = 1;
const USAGE: i32 = 2;
const UNREACHABLE: i32 = 3;
const REFUSED: i32 = 4;

/// How long what follows a command may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A handset of the simulated carrier that gets what is sent to it.
const HANDSET: &str = "+821020000001";
/// One that never does.
const DEAD_HANDSET: &str = "+821020009901";
/// One whose owner votes for KELLY when asked to vote.
const VOTER: &str = "+821020009953";

const TEXT: &str = "Hello from Volley";

/// One Volley serves all commands.
#[tokio::test]
async fn the_commands_say_what_happened() -> Result<()> {
    let up = Embedded::start_simulated().await?;
    let message = send_waits_for_the_end(up.data())?;
    an_undelivered_message_is_no_success(up.data())?;
    a_request_repeated_is_said_to_be_one(up.data())?;
    cancel_says_where_the_message_was(up.data(), &message)?;
    edit_says_which_text_stands(up.data(), &message)?;
    trace_names_every_service(up.data(), &message)?;
    tail_ends_at_the_end_and_hides_texts(up.data())?;
    threads_lists_the_conversation(up.data())?;
    votes_counts_the_vote(up.data())?;
    receipts_lists_what_nobody_claims(up.data())?;
    a_refusal_says_what_is_wrong(up.data())?;
    nobody_there_is_not_a_refusal(up.data())
}

#[test]
fn a_wrong_command_line_is_told_apart() -> Result<()> {
    let nowhere = Path::new("/nonexistent");
    volley(nowhere, &["send", "--from", "4565"])?.ended_with(USAGE)?;
    let without_unit = ["send", "--from", "4565", "--to", HANDSET, "--text", TEXT, "--validity", "90"];
    let ran = volley(nowhere, &without_unit)?.ended_with(USAGE)?;
    ensure!(ran.err.contains("90s"), "{}", ran.err);
    let once = ["up", "--once", "--no-demo"];
    volley(nowhere, &once)?.ended_with(USAGE)?;
    Ok(())
}

fn send_waits_for_the_end(data: &Path) -> Result<String> {
    let send = ["send", "--from", "4565", "--to", HANDSET, "--text", TEXT, "--wait"];
    let people = volley(data, &send)?.ended_with(HAPPENED)?;
    ensure!(people.out.starts_with("accepted ") && people.out.contains("DELIVERED"), "{}", people.out);

    let lines = volley(data, &[&["--output", "json"], &send[..]].concat())?
        .ended_with(HAPPENED)?
        .json()?;
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
        anyhow::bail!("it said nothing");
    };
    ensure!(first["segments"] == 1 && first["repeated"] == false, "{first}");
    ensure!(last["state"] == "DELIVERED" && last["message_id"] == first["message_id"], "{last}");
    Ok(word(first, "message_id"))
}

fn an_undelivered_message_is_no_success(data: &Path) -> Result<()> {
    let send = ["send", "--from", "4565", "--to", DEAD_HANDSET, "--text", TEXT, "--wait"];
    let ran = volley(data, &send)?.ended_with(DID_NOT_HAPPEN)?;
    ensure!(ran.out.contains("FAILED (RECEIPT_UNDELIVERABLE)"), "{}", ran.out);
    Ok(())
}

fn a_request_repeated_is_said_to_be_one(data: &Path) -> Result<()> {
    let send = |text| {
        [
            "--output",
            "json",
            "send",
            "--from",
            "4565",
            "--to",
            HANDSET,
            "--request-id",
            "cli-1",
            "--text",
            text,
        ]
    };
    let first = volley(data, &send("once"))?.ended_with(HAPPENED)?.json()?;
    let again = volley(data, &send("once"))?.ended_with(HAPPENED)?.json()?;
    ensure!(first[0]["message_id"] == again[0]["message_id"], "{} {}", first[0], again[0]);
    ensure!(first[0]["repeated"] == false && again[0]["repeated"] == true, "{} {}", first[0], again[0]);
    let other = volley(data, &send("something else"))?;
    other.ended_with(REFUSED)?;
    Ok(())
}

fn cancel_says_where_the_message_was(data: &Path, delivered: &str) -> Result<()> {
    let send = ["--output", "json", "send", "--from", "4565", "--to", HANDSET, "--in", "1h", "--text", "Later"];
    let scheduled = word(&volley(data, &send)?.ended_with(HAPPENED)?.json()?[0], "message_id");
    let people = volley(data, &["cancel", &scheduled])?.ended_with(HAPPENED)?;
    ensure!(people.out.starts_with(&format!("{scheduled}: scheduled: ")), "{}", people.out);
    let again = volley(data, &["--output", "json", "cancel", &scheduled])?.ended_with(HAPPENED)?;
    ensure!(again.json()?[0]["outcome"] == "SCHEDULED", "{}", again.out);

    let late = volley(data, &["cancel", delivered])?.ended_with(DID_NOT_HAPPEN)?;
    ensure!(late.out.contains(": too late: "), "{}", late.out);
    volley(data, &["cancel", &"0".repeat(32)])?.ended_with(REFUSED)?;
    let faulty = volley(data, &["cancel", "no-id"])?.ended_with(REFUSED)?;
    ensure!(faulty.err.contains("message_id: "), "{}", faulty.err);
    Ok(())
}

fn edit_says_which_text_stands(data: &Path, delivered: &str) -> Result<()> {
    let send = ["--output", "json", "send", "--from", "4565", "--to", HANDSET, "--in", "1h", "--text", "Later"];
    let scheduled = word(&volley(data, &send)?.ended_with(HAPPENED)?.json()?[0], "message_id");
    let people = volley(data, &["edit", &scheduled, "--text", "Much later"])?.ended_with(HAPPENED)?;
    ensure!(people.out.starts_with(&format!("{scheduled}: edited: ")), "{}", people.out);
    let again =
        volley(data, &["--output", "json", "edit", &scheduled, "--text", "Later still"])?.ended_with(HAPPENED)?;
    ensure!(again.json()?[0]["outcome"] == "EDITED", "{}", again.out);
    ensure!(!again.out.contains("Later still"), "it shows the text: {}", again.out);

    let late = volley(data, &["edit", delivered, "--text", TEXT])?.ended_with(DID_NOT_HAPPEN)?;
    ensure!(late.out.contains(": too late: "), "{}", late.out);
    volley(data, &["edit", &"0".repeat(32), "--text", TEXT])?.ended_with(REFUSED)?;
    let faulty = volley(data, &["edit", "no-id", "--text", TEXT])?.ended_with(REFUSED)?;
    ensure!(faulty.err.contains("message_id: "), "{}", faulty.err);
    let empty = volley(data, &["edit", &scheduled, "--text", ""])?.ended_with(REFUSED)?;
    ensure!(empty.err.contains("text: is empty"), "{}", empty.err);
    volley(data, &["edit", &scheduled])?.ended_with(USAGE)?;
    Ok(())
}

fn trace_names_every_service(data: &Path, message: &str) -> Result<()> {
    let steps = volley(data, &["--output", "json", "trace", message])?
        .ended_with(HAPPENED)?
        .json()?;
    let services: BTreeSet<String> = steps.iter().map(|step| word(step, "service")).collect();
    for service in ["ingest", "routing", "carrier-egress", "mo-correlation"] {
        ensure!(services.contains(service), "{service} is not among {services:?}");
    }
    let times: Vec<_> = steps.iter().map(|step| step["at_us"].as_i64()).collect();
    ensure!(times.is_sorted() && times.iter().all(Option::is_some), "{times:?}");

    let people = volley(data, &["trace", message])?.ended_with(HAPPENED)?;
    ensure!(people.out.starts_with(&format!("message {message} is DELIVERED")), "{}", people.out);
    volley(data, &["trace", &"0".repeat(32)])?.ended_with(REFUSED)?;
    volley(data, &["trace", "no-id"])?.ended_with(REFUSED)?;
    Ok(())
}

fn tail_ends_at_the_end_and_hides_texts(data: &Path) -> Result<()> {
    for topic in ["events", "routing.in"] {
        let ran = volley(data, &["--output", "json", "tail", topic, "--no-follow"])?.ended_with(HAPPENED)?;
        let records = ran.json()?;
        ensure!(!records.is_empty(), "{topic} is empty");
        ensure!(
            records
                .iter()
                .all(|record| record["record"].is_object() && record["kind"].is_string()),
            "{}",
            ran.out
        );
        ensure!(!ran.out.contains(TEXT), "{topic} shows a text");
        ensure!(!ran.out.contains(HANDSET.trim_start_matches('+')), "{topic} shows a whole number");
    }
    volley(data, &["tail", "no-such-topic", "--no-follow"])?.ended_with(REFUSED)?;
    Ok(())
}

fn threads_lists_the_conversation(data: &Path) -> Result<()> {
    let list = ["--output", "json", "threads", "--tenant", "demo"];
    let threads = volley(data, &list)?.ended_with(HAPPENED)?.json()?;
    let ours = threads.iter().find(|thread| word(thread, "subscriber").ends_with("001"));
    ensure!(ours.is_some_and(|thread| thread["sent"].as_u64() >= Some(2)), "{threads:?}");
    ensure!(threads.iter().all(|thread| thread["tenant"] == "demo"), "{threads:?}");
    let one = volley(data, &["--output", "json", "threads", "--limit", "1"])?.ended_with(HAPPENED)?;
    ensure!(one.json()?.len() == 1, "{}", one.out);
    Ok(())
}

fn votes_counts_the_vote(data: &Path) -> Result<()> {
    let count = || -> Result<Option<u64>> {
        let options = volley(data, &["--output", "json", "votes", "kelly"])?
            .ended_with(HAPPENED)?
            .json()?;
        let kelly = options
            .iter()
            .find(|option| word(option, "keyword").eq_ignore_ascii_case("KELLY"));
        Ok(kelly.and_then(|option| option["counted"].as_u64()))
    };
    ensure!(count()? == Some(0), "someone has voted");
    volley(data, &["send", "--from", "4565", "--to", VOTER, "--text", "Please vote now"])?.ended_with(HAPPENED)?;
    let deadline = Instant::now() + PATIENCE;
    while count()? != Some(1) {
        ensure!(Instant::now() < deadline, "the vote was not counted");
        std::thread::sleep(Duration::from_millis(100));
    }
    volley(data, &["votes", "nobody"])?.ended_with(REFUSED)?;
    Ok(())
}

fn receipts_lists_what_nobody_claims(data: &Path) -> Result<()> {
    let ran = volley(data, &["receipts", "--unmatched", "--since", "2h"])?.ended_with(HAPPENED)?;
    ensure!(ran.out.contains("0 listed, 0 unmatched receipts are kept"), "{}", ran.out);
    volley(data, &["receipts", "--unmatched", "--carrier", "no such name"])?.ended_with(REFUSED)?;
    volley(data, &["receipts"])?.ended_with(USAGE)?;
    volley(data, &["receipts", "--unmatched", "--since", "yesterday"])?.ended_with(USAGE)?;
    Ok(())
}

fn a_refusal_says_what_is_wrong(data: &Path) -> Result<()> {
    let send =
        |from, to, text| volley(data, &["send", "--from", from, "--to", to, "--text", text])?.ended_with(REFUSED);
    let foreign = send("9999", HANDSET, TEXT)?;
    ensure!(foreign.out.is_empty() && foreign.err.contains("9999"), "{foreign:?}");
    let faulty = send("4565", "nobody", "")?;
    ensure!(faulty.err.contains("\n  to: ") && faulty.err.contains("\n  text: "), "{faulty:?}");
    Ok(())
}

fn nobody_there_is_not_a_refusal(data: &Path) -> Result<()> {
    let key = data.join("api-key").display().to_string();
    let elsewhere = ["--address", "127.0.0.1:1", "--key-file", &key, "send", "--from", "4565"];
    let ran = volley(data, &[&elsewhere[..], &["--to", HANDSET, "--text", TEXT]].concat())?;
    ran.ended_with(UNREACHABLE)?;
    Ok(())
}

fn word(object: &Value, key: &str) -> String {
    object[key].as_str().unwrap_or_default().to_owned()
}
