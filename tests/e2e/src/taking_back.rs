//! Scenarios of what does not leave: taken back, stopped, paused, or not its turn yet.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use volley_carrier_sim::{CarrierSimHandle, Rule};
use volley_wire::proto::{
    admin::v1::PutTenantRequest,
    messaging::v1::{CancelOutcome, MessageState, Reason, SendMessageRequest, TrafficClass},
};

use crate::{
    backend::Backend,
    provision::{ACME_NUMBER, Tenants, admin},
    volley::Volley,
};

/// More orders than a window of the account: those beyond wait in a carrier's queue.
const MORE_THAN_A_WINDOW: u32 = 150;

fn request(id: &str, to: &str, class: TrafficClass) -> SendMessageRequest {
    SendMessageRequest {
        request_id: id.into(),
        from: ACME_NUMBER.into(),
        to: format!("+{to}"),
        text: format!("text of {id}"),
        traffic_class: class.into(),
        ..Default::default()
    }
}

/// Handsets of their own for many messages, none of them with a fate of its own at the carrier.
fn handset(number: u32) -> String {
    format!("8210200{:05}", 40_000 + number)
}

fn in_an_hour() -> Result<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)? + Duration::from_secs(3_600);
    Ok(i64::try_from(now.as_micros())?)
}

/// A cancellation says where the message was: scheduled, queued for the carrier, or too late.
///
/// # Errors
/// When it does not happen.
pub async fn a_message_is_taken_back(volley: &impl Volley, sim: &CarrierSimHandle, tenants: &Tenants) -> Result<()> {
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let scheduled = SendMessageRequest {
        send_at_us: in_an_hour()?,
        ..request("later", &handset(0), TrafficClass::Transactional)
    };
    let scheduled = acme.send_message(scheduled).await?;
    ensure!(acme.cancel(&scheduled).await? == CancelOutcome::Scheduled);
    let end = acme.final_state(&scheduled).await?;
    ensure!(end.state() == MessageState::Cancelled && end.reason() == Reason::CancelledByClient, "{end:?}");

    let delivered = acme
        .send_message(request("now", &handset(1), TrafficClass::Transactional))
        .await?;
    acme.final_state(&delivered).await?;
    ensure!(acme.cancel(&delivered).await? == CancelOutcome::TooLate);

    sim.pause_responses(true);
    let mut queued = Vec::new();
    for number in 0..MORE_THAN_A_WINDOW {
        let wish = request(&format!("many-{number}"), &handset(1_000 + number), TrafficClass::Transactional);
        queued.push(acme.send_message(wish).await?);
    }
    let last = queued.last().context("there are many")?.clone();
    ensure!(acme.cancel(&last).await? == CancelOutcome::Queued);
    sim.pause_responses(false);
    for message in &queued {
        let end = acme.final_state(message).await?;
        let expected = if *message == last { MessageState::Cancelled } else { MessageState::Delivered };
        ensure!(end.state() == expected, "{end:?}");
    }
    ensure!(sim.inbox(&handset(1_000 + MORE_THAN_A_WINDOW - 1)).is_empty(), "it left all the same");
    Ok(())
}

/// STOP reaches what is queued for the carrier: nothing the person does not want arrives after it.
///
/// # Errors
/// When it does not happen.
pub async fn stop_overtakes_what_is_queued(
    volley: &impl Volley,
    sim: &CarrierSimHandle,
    tenants: &Tenants,
) -> Result<()> {
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let person = handset(900);
    sim.pause_responses(true);
    let mut first = Vec::new();
    for number in 0..MORE_THAN_A_WINDOW {
        let wish = request(&format!("ad-{number}"), &handset(2_000 + number), TrafficClass::Marketing);
        first.push(acme.send_message(wish).await?);
    }
    let unwanted = acme.send_message(request("unwanted", &person, TrafficClass::Marketing)).await?;
    sim.send_mo(&person, ACME_NUMBER.trim_start_matches("KR:"), "STOP")?;
    acme.reply_of(&person).await?;
    let end = acme.final_state(&unwanted).await?;
    ensure!(end.state() == MessageState::Refused && end.reason() == Reason::OptedOut, "{end:?}");
    sim.pause_responses(false);
    for message in &first {
        acme.final_state(message).await?;
    }
    let arrived = sim.inbox(&person);
    ensure!(arrived.iter().all(|received| received.text != "text of unwanted"), "{arrived:?}");
    Ok(())
}

/// With a campaign waiting, a STOP reaches the carrier's queue soon (G12). Gives the longest time it took.
///
/// # Errors
/// When it does not happen.
pub async fn stop_overtakes_a_campaign(
    volley: &impl Volley,
    sim: &CarrierSimHandle,
    tenants: &Tenants,
    waiting: u32,
) -> Result<Duration> {
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    // A window full of receipts would be before what a person writes.
    sim.rule("*", Rule { receipt_copies: 0, ..Rule::DELIVERED });
    sim.pause_responses(true);
    let ad = |number: u32| request(&format!("campaign-{number}"), &handset(5_000 + number), TrafficClass::Marketing);
    acme.send_all((0..waiting).map(ad).collect()).await?;
    // Each of them is told to wait; what is measured begins behind that.
    while !acme.events_within(Duration::from_secs(1)).await?.is_empty() {}
    let mut longest = Duration::ZERO;
    for number in (waiting - 20)..waiting {
        let (person, begun) = (handset(5_000 + number), std::time::Instant::now());
        let unwanted = acme.send_message(ad(number)).await?;
        sim.send_mo(&person, ACME_NUMBER.trim_start_matches("KR:"), "STOP")?;
        acme.reply_of(&person).await?;
        let end = acme.final_state(&unwanted).await?;
        ensure!(end.state() == MessageState::Refused && end.reason() == Reason::OptedOut, "{end:?}");
        longest = longest.max(begun.elapsed());
    }
    sim.pause_responses(false);
    sim.clear_rules();
    Ok(longest)
}

/// How long STOPs took with a campaign waiting, from the carrier's `deliver_sm` until the client heard that the message is refused:
/// which is after its recall was applied.
#[derive(Debug, Default)]
pub struct StopTimes {
    /// Of messages that were queued for the carrier: egress had to take them back.
    pub queued: Vec<Duration>,
    /// Of messages that waited in routing.
    pub waiting: Vec<Duration>,
}

/// With a campaign of that many messages waiting, as many persons of each kind write STOP, one after the other (G12).
///
/// # Errors
/// When a message is not refused for it.
pub async fn stops_in_a_campaign(
    volley: &impl Volley,
    sim: &CarrierSimHandle,
    tenants: &Tenants,
    campaign: u32,
    persons: usize,
) -> Result<StopTimes> {
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    sim.rule("*", Rule { receipt_copies: 0, ..Rule::DELIVERED });
    sim.pause_responses(true);
    let person = |number: u32| format!("82103{number:07}");
    let ad = |number: u32| request(&format!("campaign-{number}"), &person(number), TrafficClass::Marketing);
    let mut ids = Vec::with_capacity(campaign as usize);
    for first in (0..campaign).step_by(BURST as usize) {
        let burst = (first..campaign.min(first + BURST)).map(ad).collect();
        ids.extend(acme.send_all(burst).await?);
        // The stream tells of each that it waits: read along, or it is all held up there.
        acme.events_within(Duration::from_millis(1)).await?;
    }
    while !acme.events_within(Duration::from_secs(1)).await?.is_empty() {}

    let mut queued = Vec::new();
    for number in (0..campaign).filter(|number| sim.inbox(&person(*number)).is_empty()) {
        if queued.len() == persons || number > QUEUED_AMONG {
            break;
        }
        if acme.status(&ids[number as usize]).await?.state() == MessageState::Routed {
            queued.push(number);
        }
    }
    let mut times = StopTimes::default();
    for number in queued {
        times
            .queued
            .push(stop(&mut acme, sim, &person(number), &ids[number as usize]).await?);
    }
    for number in (0..persons as u32).map(|index| campaign - 1 - index) {
        times
            .waiting
            .push(stop(&mut acme, sim, &person(number), &ids[number as usize]).await?);
    }
    sim.pause_responses(false);
    sim.clear_rules();
    Ok(times)
}

/// Messages of a campaign that are sent on one stream.
const BURST: u32 = 10_000;

/// The first messages of a campaign, among which those are that are queued for the carrier.
const QUEUED_AMONG: u32 = 5_000;

/// A person writes STOP; gives how long it took until his message was refused.
async fn stop(acme: &mut Backend, sim: &CarrierSimHandle, person: &str, message: &str) -> Result<Duration> {
    let begun = std::time::Instant::now();
    sim.send_mo(person, ACME_NUMBER.trim_start_matches("KR:"), "STOP")?;
    let end = acme.final_state(message).await?;
    let took = begun.elapsed();
    ensure!(end.state() == MessageState::Refused && end.reason() == Reason::OptedOut, "{end:?}");
    ensure!(
        sim.inbox(person)
            .iter()
            .all(|received| !received.text.starts_with("text of campaign")),
        "it left"
    );
    Ok(took)
}

/// What is accepted of a paused tenant waits, also what was queued for the carrier; it leaves when the pause ends.
///
/// # Errors
/// When it does not happen.
pub async fn a_pause_holds(volley: &impl Volley, sim: &CarrierSimHandle, tenants: &Tenants) -> Result<()> {
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let mut admin = admin(volley).await?;
    let mut pause = async |paused| -> Result<()> {
        let tenant =
            PutTenantRequest { tenant: "acme".into(), display_name: "acme".into(), paused, ..Default::default() };
        admin.put_tenant(tenant).await?;
        Ok(())
    };
    pause(true).await?;
    let waiting = acme
        .send_message(request("patience", &handset(300), TrafficClass::Transactional))
        .await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    ensure!(acme.status(&waiting).await?.state() == MessageState::Queued);
    ensure!(sim.inbox(&handset(300)).is_empty());
    pause(false).await?;
    ensure!(acme.final_state(&waiting).await?.state() == MessageState::Delivered);
    Ok(())
}

/// Messages of one conversation arrive in the order accepted, when asked for.
///
/// # Errors
/// When it does not happen.
pub async fn a_conversation_keeps_its_order(
    volley: &impl Volley,
    sim: &CarrierSimHandle,
    tenants: &Tenants,
) -> Result<()> {
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let person = handset(400);
    let mut last = String::new();
    for number in 0..20 {
        let class = [TrafficClass::Marketing, TrafficClass::Transactional, TrafficClass::Otp][number % 3];
        let wish = SendMessageRequest { in_order: true, ..request(&format!("line-{number}"), &person, class) };
        last = acme.send_message(wish).await?;
    }
    acme.final_state(&last).await?;
    let texts: Vec<_> = sim.inbox(&person).into_iter().map(|received| received.text).collect();
    let expected: Vec<_> = (0..20).map(|number| format!("text of line-{number}")).collect();
    ensure!(texts == expected, "{texts:?}");
    Ok(())
}
