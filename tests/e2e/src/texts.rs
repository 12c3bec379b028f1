//! Scenarios of texts: how they are worded, encoded and carried, and what is said when they do not arrive.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use volley_carrier_sim::CarrierSimHandle;
use volley_wire::proto::{
    admin::v1::{PutCarrierProfileRequest, WaitUntilAppliedRequest},
    messaging::v1::{ErrorCode, MessageState, SendMessageRequest, TrafficClass},
};

use crate::{
    backend::Backend,
    command_line::volley as command,
    embedded::Embedded,
    provision::{ACME_NUMBER, Tenants, admin},
    scenarios::CARRIER,
};

/// GSM-7 and UCS-2 as `data_coding`.
const GSM7: u8 = 0x00;
const UCS2: u8 = 0x08;

/// A handset that gets everything, and one that gets nothing.
const HANDSET: &str = "821020050001";
const DEAD_HANDSET: &str = "821020059901";

/// 123 characters: two segments in UCS-2, one in GSM-7 with straight quotes.
fn curly() -> String {
    format!("“It’s {}”", "a".repeat(116))
}

fn straight() -> String {
    curly().replace(['“', '”'], "\"").replace('’', "'")
}

fn message(id: &str, to: &str, text: &str, class: TrafficClass) -> SendMessageRequest {
    SendMessageRequest {
        request_id: id.into(),
        from: ACME_NUMBER.into(),
        to: format!("+{to}"),
        text: text.into(),
        traffic_class: class.into(),
        ..Default::default()
    }
}

/// An advertisement leaves in GSM-7 and in fewer segments, which trace and status tell; a code and what is wanted verbatim leave as
/// written.
///
/// # Errors
/// When it does not happen.
pub async fn texts_leave_in_as_few_segments_as_they_may(
    volley: &Embedded,
    sim: &CarrierSimHandle,
    tenants: &Tenants,
) -> Result<()> {
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let advertisement = message("ad", HANDSET, &curly(), TrafficClass::Marketing);
    let code = message("code", HANDSET, &curly(), TrafficClass::Otp);
    let verbatim =
        SendMessageRequest { verbatim: true, ..message("as-is", HANDSET, &curly(), TrafficClass::Marketing) };
    for (wish, segments, text, coding) in
        [(advertisement, 1, straight(), GSM7), (code, 2, curly(), UCS2), (verbatim, 2, curly(), UCS2)]
    {
        let id = acme.send_message(wish).await?;
        let end = acme.final_state(&id).await?;
        ensure!(end.state() == MessageState::Delivered && end.segments == segments, "{end:?}");
        let arrived = sim.inbox(HANDSET).pop().context("nothing arrived")?;
        ensure!(arrived.text == text && arrived.data_coding == coding, "{} is {arrived:?}", end.request_id);
        let trace = command(volley.data(), &["trace", &id])?.ended_with(0)?;
        let told = trace.out.contains("“ sent as \"\\\"\" (1x)");
        ensure!(told == (segments == 1), "{}", trace.out);
    }
    Ok(())
}

/// A carrier that splits texts itself gets a long one in one `message_payload`, answers with one id and one receipt, and the client
/// still hears of all segments.
///
/// # Errors
/// When it does not happen.
pub async fn a_long_text_goes_whole_where_the_carrier_wants_that(
    volley: &Embedded,
    sim: &CarrierSimHandle,
    tenants: &Tenants,
) -> Result<()> {
    set_profile(volley, "[text]\nsplitting = \"payload\"").await?;
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let text = "long ".repeat(100);
    let id = acme
        .send_message(message("long", HANDSET, &text, TrafficClass::Transactional))
        .await?;
    let end = acme.final_state(&id).await?;
    ensure!(end.state() == MessageState::Delivered && end.segments == 4, "{end:?}");
    let arrived = sim.inbox(HANDSET).pop().context("nothing arrived")?;
    ensure!(arrived.text == text && arrived.message_ids.len() == 1, "{arrived:?}");
    set_profile(volley, "").await
}

/// What went wrong is told in the words of all carriers, with the carrier's own beside them: on request, on the stream and on the
/// public topic; and as the profile says, once it says so.
///
/// # Errors
/// When it does not happen.
pub async fn what_went_wrong_is_told_in_one_vocabulary(volley: &Embedded, tenants: &Tenants) -> Result<()> {
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let mut fail = async |id: &str| -> Result<(String, ErrorCode, String)> {
        let sent = acme
            .send_message(message(id, DEAD_HANDSET, "hello", TrafficClass::Transactional))
            .await?;
        let streamed = acme.final_state(&sent).await?;
        let asked = acme.status(&sent).await?;
        ensure!(streamed.state() == MessageState::Failed, "{streamed:?}");
        ensure!(
            streamed.error_code == asked.error_code && streamed.carrier_error == asked.carrier_error,
            "{asked:?}"
        );
        Ok((sent, asked.error_code(), asked.carrier_error))
    };
    let (first, code, own) = fail("dead-1").await?;
    ensure!(code == ErrorCode::NotDeliverable && !own.is_empty(), "{code:?} {own}");
    set_profile(volley, &format!("[errors]\n\"{own}\" = \"absent_subscriber\"")).await?;
    let (second, code, again) = fail("dead-2").await?;
    ensure!(code == ErrorCode::AbsentSubscriber && again == own, "{code:?} {again}");

    let events = ["--output", "json", "tail", "events", "--no-follow", "--last", "100"];
    let events = command(volley.data(), &events)?.ended_with(0)?.json()?;
    for (message, code) in [(first, "ERROR_CODE_NOT_DELIVERABLE"), (second, "ERROR_CODE_ABSENT_SUBSCRIBER")] {
        let closed = |event: &&Value| event["message_id"] == *message && event["type"] == "message.closed";
        let event = events
            .iter()
            .map(|event| &event["record"])
            .find(closed)
            .context("no event tells its end")?;
        ensure!(event["error_code"] == code && event["carrier_error"] == *own, "{event}");
    }
    Ok(())
}

/// Sets the profile of the carrier, and waits until every partition has it.
async fn set_profile(volley: &Embedded, profile: &str) -> Result<()> {
    let mut admin = admin(volley).await?;
    let put = PutCarrierProfileRequest { carrier: CARRIER.into(), profile: profile.into() };
    let config_offset = admin.put_carrier_profile(put).await?.into_inner().config_offset;
    admin
        .wait_until_applied(WaitUntilAppliedRequest { config_offset, timeout_ms: 0 })
        .await?;
    Ok(())
}
