//! Volley against a carrier on Jsmpp.

use anyhow::Result;
use volley_interop::{Library::Jsmpp, scenarios};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_in_every_alphabet_survives_an_unbind() -> Result<()> {
    scenarios::a_conversation(Jsmpp).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_named_and_not_hammered() -> Result<()> {
    scenarios::a_wrong_password(Jsmpp).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carrier_that_refuses_transceivers_gets_a_pair() -> Result<()> {
    scenarios::a_pair(Jsmpp).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carrier_that_is_not_there_yet_is_waited_for() -> Result<()> {
    scenarios::a_late_start(Jsmpp).await
}

/// No `sc_interface_version`, hexadecimal ids, receipts in text alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_carrier_with_receipts_in_text_is_understood() -> Result<()> {
    scenarios::a_manner(Jsmpp, &[("--version", "none"), ("--ids", "hex"), ("--receipts", "text")]).await
}

/// As the simulator among jsmpp's own examples writes them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_in_hexadecimal_and_receipts_in_decimal_are_understood_unasked() -> Result<()> {
    scenarios::a_manner(Jsmpp, &[("--ids", "hex-decimal"), ("--receipts", "text")]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_profile_says_is_what_the_carrier_sees() -> Result<()> {
    scenarios::a_profile(Jsmpp).await
}
