//! Scenarios of messages that a carrier has already: cancelled there, given another text, asked about.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use volley_carrier_sim::{CarrierSimHandle, Fact, JournalFilter, Rule};
use volley_wire::proto::{
    admin::v1::PutCarrierProfileRequest,
    messaging::v1::{CancelOutcome, EditOutcome, MessageState, Reason, SendMessageRequest, TrafficClass},
};

use crate::{
    backend::Backend,
    provision::{ACME_NUMBER, Tenants, admin},
    volley::Volley,
};

/// A carrier that cancels, tells and replaces.
const DOES_ALL: &str = "[at_carrier]\ncancel = true\nquery = true\nreplace = true\n";

/// How long the carrier holds what is to be replaced: long enough for a slow machine.
const REPLACED_WITHIN_MS: u32 = 5_000;

/// How long a text may take to its handset.
const TEXT_MAX: Duration = Duration::from_secs(30);

fn request(id: &str, to: &str) -> SendMessageRequest {
    SendMessageRequest {
        request_id: id.into(),
        from: ACME_NUMBER.into(),
        to: format!("+{to}"),
        text: format!("text of {id}"),
        traffic_class: TrafficClass::Transactional.into(),
        ..Default::default()
    }
}

/// Tells Volley what its carrier does with messages it has.
///
/// # Errors
/// When the front door refuses.
pub async fn the_carrier_does_all(volley: &impl Volley) -> Result<()> {
    let profile = PutCarrierProfileRequest { carrier: volley.account().into(), profile: DOES_ALL.into() };
    admin(volley).await?.put_carrier_profile(profile).await?;
    Ok(())
}

/// A message that the carrier holds is cancelled there, and ends as CANCELLED; one it has delivered is not.
///
/// # Errors
/// When it does not happen.
pub async fn a_message_is_cancelled_at_its_carrier(
    volley: &impl Volley,
    sim: &CarrierSimHandle,
    tenants: &Tenants,
) -> Result<()> {
    let (held, delivered) = ("821020050001", "821020050002");
    sim.rule(held, Rule { store_ms: Some(600_000), ..Rule::DELIVERED });
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let message = acme.send_message(request("held", held)).await?;
    acme.state(&message, MessageState::Submitted).await?;

    ensure!(acme.cancel(&message).await? == CancelOutcome::CancelledAtCarrier);
    ensure!(acme.cancel(&message).await? == CancelOutcome::CancelledAtCarrier, "asked again, answered again");
    let end = acme.final_state(&message).await?;
    ensure!(end.state() == MessageState::Cancelled && end.reason() == Reason::CancelledByClient, "{end:?}");
    ensure!(sim.inbox(held).is_empty(), "it arrived all the same");

    let message = acme.send_message(request("delivered", delivered)).await?;
    acme.final_state(&message).await?;
    ensure!(acme.cancel(&message).await? == CancelOutcome::TooLate);
    Ok(())
}

/// A cancellation that the carrier does but never answers is pending, and its receipt tells how the message ended.
///
/// # Errors
/// When it does not happen.
pub async fn a_silent_carrier_leaves_a_cancellation_pending_until_its_receipt(
    volley: &impl Volley,
    sim: &CarrierSimHandle,
    tenants: &Tenants,
) -> Result<()> {
    let silent = "821020050003";
    let late = Rule {
        store_ms: Some(600_000),
        question_answer_lost: true,
        receipt_delay_ms: Some(7_000),
        ..Rule::DELIVERED
    };
    sim.rule(silent, late);
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let message = acme.send_message(request("silent", silent)).await?;
    acme.state(&message, MessageState::Submitted).await?;
    ensure!(acme.cancel(&message).await? == CancelOutcome::Pending);
    let end = acme.final_state(&message).await?;
    ensure!(end.state() == MessageState::Cancelled, "{end:?}");
    ensure!(acme.cancel(&message).await? == CancelOutcome::CancelledAtCarrier);
    let asked = sim.journal(&JournalFilter::kind("question")).into_iter();
    let cancels = asked.filter(|entry| matches!(&entry.fact, Fact::Question { operation: "cancel", status: 0, .. }));
    ensure!(cancels.count() == 2, "each message was asked about once");
    Ok(())
}

/// A message that waits leaves with its new text; one that the carrier holds is replaced there.
///
/// # Errors
/// When it does not happen.
pub async fn a_message_gets_another_text(
    volley: &impl Volley,
    sim: &CarrierSimHandle,
    tenants: &Tenants,
) -> Result<()> {
    let (later, held) = ("821020050004", "821020050005");
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let in_a_while = SystemTime::now().duration_since(UNIX_EPOCH)? + Duration::from_secs(5);
    let scheduled = SendMessageRequest {
        send_at_us: i64::try_from(in_a_while.as_micros())?,
        ..request("scheduled", later)
    };
    let scheduled = acme.send_message(scheduled).await?;
    ensure!(acme.edit(&scheduled, "gate 7").await? == EditOutcome::Edited);

    sim.rule(held, Rule { store_ms: Some(REPLACED_WITHIN_MS), ..Rule::DELIVERED });
    let message = acme.send_message(request("replaced", held)).await?;
    acme.state(&message, MessageState::Submitted).await?;
    ensure!(acme.edit(&message, "gate 9").await? == EditOutcome::ReplacedAtCarrier);
    ensure!(acme.edit(&message, &"long ".repeat(60)).await? == EditOutcome::DoesNotFit);
    for (handset, text) in [(later, "gate 7"), (held, "gate 9")] {
        let arrived = sim.wait_for_text(handset, |_| true, TEXT_MAX).await?;
        ensure!(arrived.text == text, "{:?}", arrived.text);
    }
    acme.final_state(&message).await?;
    ensure!(acme.edit(&message, "gate 10").await? == EditOutcome::TooLate);
    Ok(())
}
