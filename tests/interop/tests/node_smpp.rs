//! Volley against a carrier on node-smpp.

use anyhow::Result;
use volley_interop::{Library::NodeSmpp, scenarios};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_in_every_alphabet_survives_an_unbind() -> Result<()> {
    scenarios::a_conversation(NodeSmpp).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_named_and_not_hammered() -> Result<()> {
    scenarios::a_wrong_password(NodeSmpp).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carrier_that_refuses_transceivers_gets_a_pair() -> Result<()> {
    scenarios::a_pair(NodeSmpp).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_in_decimal_and_receipts_in_hexadecimal_are_understood_unasked() -> Result<()> {
    scenarios::a_manner(NodeSmpp, &[("--version", "50"), ("--ids", "decimal-hex")]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_runs_under_tls_with_certificates_on_both_sides() -> Result<()> {
    scenarios::under_tls(NodeSmpp).await
}
