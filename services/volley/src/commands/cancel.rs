//! `volley cancel`: takes a message back, and says where it was.

use std::process::ExitCode;

use serde_json::json;
use volley_wire::proto::messaging::v1::{CancelMessageRequest, CancelOutcome};

use super::NOT_KNOWN_YET;
use crate::{
    cli::{At, CancelOptions, Format},
    client::{Messaging, Role, connect},
    failure::CallFailed,
    output,
};

/// Asks for one message; status 0 when it never arrives, 1 when it is too late, 5 when that is not known yet.
pub async fn cancel(at: &At, format: Format, options: CancelOptions) -> anyhow::Result<ExitCode> {
    let mut messaging = Messaging::new(connect(at, Role::Tenant).await?);
    let request = CancelMessageRequest { message_id: options.message_id.clone() };
    let outcome = messaging
        .cancel_message(request)
        .await
        .map_err(CallFailed)?
        .into_inner()
        .outcome();

    let word = output::word(outcome.as_str_name(), "CANCEL_OUTCOME_");
    let json = json!({"message_id": options.message_id, "outcome": word});
    output::answer(format, &json, || format!("{}: {}", options.message_id, in_words(outcome)))?;
    Ok(status_of(outcome))
}

fn in_words(outcome: CancelOutcome) -> &'static str {
    match outcome {
        CancelOutcome::Scheduled => "scheduled: it waited in Volley, and never leaves",
        CancelOutcome::Queued => "queued: it was on its way to a carrier, and is taken back",
        CancelOutcome::CancelledAtCarrier => "cancelled at the carrier: a carrier had it, and has cancelled it",
        CancelOutcome::TooLate => "too late: a carrier has it, or it was over",
        CancelOutcome::Pending | CancelOutcome::Unspecified => {
            "not known yet: the wish stands, ask again or watch the message"
        }
    }
}

fn status_of(outcome: CancelOutcome) -> ExitCode {
    match outcome {
        CancelOutcome::Scheduled | CancelOutcome::Queued | CancelOutcome::CancelledAtCarrier => ExitCode::SUCCESS,
        CancelOutcome::TooLate => ExitCode::FAILURE,
        CancelOutcome::Pending | CancelOutcome::Unspecified => ExitCode::from(NOT_KNOWN_YET),
    }
}
