//! The scenarios, for any Volley and the carrier it is bound to.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use volley_carrier_sim::{CarrierSim, CarrierSimHandle, Line, Person, SimConfig};
use volley_wire::proto::messaging::v1::{ConsentAction, Evidence, MessageState, Reason, TrafficClass, event};

use crate::{
    backend::{Backend, PATIENCE},
    provision::{ACME_NUMBER, SHARED_CODE, STOP_ANSWER, Tenants},
    volley::Volley,
};

/// Name of the carrier that messages leave by, and of its one account.
pub const CARRIER: &str = "sim";
/// The login there.
pub const SYSTEM_ID: &str = "volley";
/// Its password.
pub const PASSWORD: &str = "secret08";

/// Time in which a second copy of something would have come.
const AFTERMATH: Duration = Duration::from_secs(2);

/// A carrier for a test.
///
/// # Errors
/// When it cannot listen.
pub async fn carrier() -> Result<CarrierSimHandle> {
    let config = SimConfig { receipt_delay_ms: 50, ..SimConfig::with_account(SYSTEM_ID, PASSWORD) };
    Ok(CarrierSim::start(config).await?)
}

/// All of them, on one Volley; the restart last.
///
/// # Errors
/// The first that does not happen.
pub async fn all(volley: &mut impl Volley, sim: &CarrierSimHandle, tenants: &Tenants) -> Result<()> {
    a_verification_code_arrives_once(volley, sim, tenants)
        .await
        .context("a verification code")?;
    a_bank_alert_is_reported_delivered(volley, sim, tenants)
        .await
        .context("a bank alert")?;
    stop_after_an_advertisement(volley, sim, tenants)
        .await
        .context("STOP after an advertisement")?;
    two_tenants_share_a_short_code(volley, sim, tenants)
        .await
        .context("a shared short code")?;
    a_reply_after_a_restart_finds_its_message(volley, sim, tenants)
        .await
        .context("a reply after a restart")
}

/// A verification code arrives, once, also when the backend asks twice.
///
/// # Errors
/// When it does not happen.
pub async fn a_verification_code_arrives_once(
    volley: &impl Volley,
    sim: &CarrierSimHandle,
    tenants: &Tenants,
) -> Result<()> {
    let (handset, text) = ("821020010001", "Your code is 471100");
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let first = acme.send("code-1", ACME_NUMBER, handset, text, TrafficClass::Otp).await?;
    let again = acme.send("code-1", ACME_NUMBER, handset, text, TrafficClass::Otp).await?;
    ensure!(first == again, "asked twice, got {first} and {again}");
    ensure!(acme.final_state(&first).await?.state() == MessageState::Delivered);
    sim.wait_for_text(handset, |received| received.text == text, PATIENCE).await?;
    tokio::time::sleep(AFTERMATH).await;
    let copies = sim.inbox(handset).len();
    ensure!(copies == 1, "the handset has it {copies} times");
    Ok(())
}

/// A bank alert is reported delivered, and in Korean arrives letter for letter.
///
/// # Errors
/// When it does not happen.
pub async fn a_bank_alert_is_reported_delivered(
    volley: &impl Volley,
    sim: &CarrierSimHandle,
    tenants: &Tenants,
) -> Result<()> {
    let (handset, text) = ("821020010002", "[은행] 50,000원 결제되었습니다. 잔액은 앱에서 확인하세요.");
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let message = acme
        .send("alert-1", ACME_NUMBER, handset, text, TrafficClass::Transactional)
        .await?;
    let end = acme.final_state(&message).await?;
    ensure!(end.state() == MessageState::Delivered && end.reason() == Reason::ReceiptDelivered, "{end:?}");
    sim.wait_for_text(handset, |received| received.text == text, PATIENCE).await?;
    Ok(())
}

/// STOP after an advertisement: the client sees it with the advertisement's id, it is confirmed once, and the next one is refused.
///
/// # Errors
/// When it does not happen.
pub async fn stop_after_an_advertisement(
    volley: &impl Volley,
    sim: &CarrierSimHandle,
    tenants: &Tenants,
) -> Result<()> {
    let (handset, text) = ("821020010003", "Acme: boots 20% off. STOP to end.");
    let script = vec![Line { times: 1, ..Line::new("*boots*", "stop!") }];
    ensure!(sim.person(Person { number: handset.into(), script }));
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let advertisement = acme.send("ad-1", ACME_NUMBER, handset, text, TrafficClass::Marketing).await?;
    let stop = acme.reply_of(handset).await?;
    ensure!(stop.consent() == ConsentAction::OptOut && stop.answers_message_id == advertisement, "{stop:?}");
    sim.wait_for_text(handset, |received| received.text == STOP_ANSWER, PATIENCE)
        .await
        .context("no confirmation")?;
    let next = acme.send("ad-2", ACME_NUMBER, handset, text, TrafficClass::Marketing).await?;
    let refused = acme.final_state(&next).await?;
    ensure!(refused.state() == MessageState::Refused && refused.reason() == Reason::OptedOut, "{refused:?}");
    sim.send_mo(handset, ACME_NUMBER.trim_start_matches("KR:"), "STOP")?;
    acme.reply_of(handset).await.context("the second STOP")?;
    tokio::time::sleep(AFTERMATH).await;
    let confirmations = sim
        .inbox(handset)
        .iter()
        .filter(|received| received.text == STOP_ANSWER)
        .count();
    ensure!(confirmations == 1, "{confirmations} confirmations");
    Ok(())
}

/// Two tenants share a short code by keyword, and never see each other's replies.
///
/// # Errors
/// When it does not happen.
pub async fn two_tenants_share_a_short_code(
    volley: &impl Volley,
    sim: &CarrierSimHandle,
    tenants: &Tenants,
) -> Result<()> {
    let (hungry, late, code) = ("821020010004", "821020010005", SHARED_CODE.trim_start_matches("KR:"));
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let mut globex = Backend::connect(volley, &tenants.globex).await?;
    sim.send_mo(hungry, code, "Pizza 2 margherita")?;
    sim.send_mo(late, code, "taxi to the airport")?;
    let order = acme.reply_of(hungry).await?;
    ensure!(order.keyword == "pizza" && order.evidence() == Evidence::Keyword, "{order:?}");
    ensure!(globex.reply_of(late).await?.text == "taxi to the airport");

    let question = globex
        .send("taxi-1", SHARED_CODE, late, "Which terminal?", TrafficClass::Transactional)
        .await?;
    globex.final_state(&question).await?;
    sim.send_mo(late, code, "Terminal 2 please")?;
    let answer = globex.reply_of(late).await?;
    ensure!(answer.answers_message_id == question, "{answer:?}");
    for (name, backend, foreign) in [("acme", &mut acme, late), ("globex", &mut globex, hungry)] {
        let strangers = backend.events_within(AFTERMATH).await?.into_iter().filter(
            |event| matches!(&event.event, Some(event::Event::Reply(reply)) if reply.from == format!("+{foreign}")),
        );
        ensure!(strangers.count() == 0, "{name} saw a reply that is not its own");
    }
    Ok(())
}

/// A reply after a restart of everything still finds its message, and the stream goes on behind what was acknowledged.
///
/// # Errors
/// When it does not happen.
pub async fn a_reply_after_a_restart_finds_its_message(
    volley: &mut impl Volley,
    sim: &CarrierSimHandle,
    tenants: &Tenants,
) -> Result<()> {
    let (handset, text) = ("821020010006", "Your table for two: yes or no?");
    let message = {
        let mut acme = Backend::connect(volley, &tenants.acme).await?;
        let message = acme
            .send("table-1", ACME_NUMBER, handset, text, TrafficClass::Transactional)
            .await?;
        ensure!(acme.final_state(&message).await?.state() == MessageState::Delivered);
        acme.acknowledge().await?;
        message
    };
    volley.restart().await?;
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    sim.send_mo(handset, ACME_NUMBER.trim_start_matches("KR:"), "Yes, gladly")?;
    let answer = acme.reply_of(handset).await?;
    ensure!(answer.answers_message_id == message && answer.answers_request_id == "table-1", "{answer:?}");
    ensure!(acme.held().is_empty(), "events came again that were acknowledged");
    Ok(())
}
