//! Volley against a carrier on Cloudhopper.

use anyhow::Result;
use volley_interop::{Library::Cloudhopper, scenarios};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_in_every_alphabet_survives_an_unbind() -> Result<()> {
    scenarios::a_conversation(Cloudhopper).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_named_and_not_hammered() -> Result<()> {
    scenarios::a_wrong_password(Cloudhopper).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carrier_that_refuses_transceivers_gets_a_pair() -> Result<()> {
    scenarios::a_pair(Cloudhopper).await
}

/// An older version than we bind with, receipts in optional parameters alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carrier_of_version_3_3_with_receipts_in_parameters_is_understood() -> Result<()> {
    scenarios::a_manner(Cloudhopper, &[("--version", "33"), ("--receipts", "tlv")]).await
}
