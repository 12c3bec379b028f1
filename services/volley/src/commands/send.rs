//! `volley send`: one message, and with `--wait` its end.

use std::{process::ExitCode, time::Duration};

use serde_json::json;
use volley_runtime::Clock;
use volley_wire::proto::messaging::v1::{
    GetMessageRequest, MessageState, MessageStatus, Reason, SendMessageRequest, TrafficClass,
};

use crate::{
    cli::{At, Class, Format, SendOptions},
    client::{Messaging, Role, connect},
    failure::CallFailed,
    output,
};

/// How often the state is asked for while waiting.
const POLL_EVERY: Duration = Duration::from_millis(200);

/// Sends; waits for the end when asked to.
pub async fn send(at: &At, format: Format, options: SendOptions) -> anyhow::Result<ExitCode> {
    let mut messaging = Messaging::new(connect(at, Role::Tenant).await?);
    let wait = options.wait;
    let sent = messaging.send_message(request(options)).await.map_err(CallFailed)?.into_inner();
    let json = json!({"message_id": sent.message_id, "segments": sent.segments, "repeated": sent.repeated});
    output::answer(format, &json, || {
        let repeated = if sent.repeated { ", which was accepted before" } else { "" };
        format!("accepted {} in {} segment(s){repeated}", sent.message_id, sent.segments)
    })?;
    match wait {
        true => wait_for_end(&mut messaging, format, sent.message_id).await,
        false => Ok(ExitCode::SUCCESS),
    }
}

fn request(options: SendOptions) -> SendMessageRequest {
    let class = match options.class {
        Class::Otp => TrafficClass::Otp,
        Class::Transactional => TrafficClass::Transactional,
        Class::Marketing => TrafficClass::Marketing,
    };
    SendMessageRequest {
        request_id: options
            .request_id
            .unwrap_or_else(|| format!("cli-{:016x}", volley_runtime::random_u64())),
        from: options.from,
        to: options.to,
        text: options.text,
        traffic_class: class.into(),
        validity_ms: options.validity.unwrap_or(0),
        send_at_us: options.later.map_or(0, from_now),
        verbatim: options.verbatim,
        ..Default::default()
    }
}

/// So many milliseconds from now, as Unix time in microseconds.
fn from_now(later_ms: u64) -> i64 {
    let later_us = i64::try_from(later_ms.saturating_mul(1_000)).unwrap_or(i64::MAX);
    Clock::system().now_us().saturating_add(later_us)
}

async fn wait_for_end(messaging: &mut Messaging, format: Format, message_id: String) -> anyhow::Result<ExitCode> {
    let mut shown = None;
    loop {
        let request = GetMessageRequest { message_id: message_id.clone() };
        let status = match messaging.get_message(request).await {
            Ok(answer) => answer.into_inner().status.unwrap_or_default(),
            // Accepted, but not decided yet.
            Err(status) if status.code() == tonic::Code::NotFound => MessageStatus::default(),
            Err(status) => return Err(CallFailed(status).into()),
        };
        let state = status.state();
        if shown != Some(state) && state != MessageState::Unspecified {
            show(format, &status)?;
            shown = Some(state);
        }
        if state as i32 >= MessageState::Delivered as i32 {
            let delivered = state == MessageState::Delivered;
            return Ok(if delivered { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
}

fn show(format: Format, status: &MessageStatus) -> std::io::Result<()> {
    let state = output::word(status.state().as_str_name(), "MESSAGE_STATE_");
    let reason = output::word(status.reason().as_str_name(), "REASON_");
    let json = json!({"message_id": status.message_id, "state": state, "reason": reason, "at_us": status.at_us});
    output::answer(format, &json, || match status.reason() {
        Reason::Unspecified => format!("{} {state}", output::clock(status.at_us)),
        _ => format!("{} {state} ({reason})", output::clock(status.at_us)),
    })
}
