//! `volley edit`: gives a message another text, and says whether its handset gets it.

use std::process::ExitCode;

use serde_json::json;
use volley_wire::proto::messaging::v1::{EditMessageRequest, EditOutcome};

use super::NOT_KNOWN_YET;
use crate::{
    cli::{At, EditOptions, Format},
    client::{Messaging, Role, connect},
    failure::CallFailed,
    output,
};

/// Asks for one message; status 0 when the new text stands, 1 when the old one does, 5 when that is not known yet.
pub async fn edit(at: &At, format: Format, options: EditOptions) -> anyhow::Result<ExitCode> {
    let mut messaging = Messaging::new(connect(at, Role::Tenant).await?);
    let request = EditMessageRequest { message_id: options.message_id.clone(), text: options.text };
    let outcome = messaging
        .edit_message(request)
        .await
        .map_err(CallFailed)?
        .into_inner()
        .outcome();

    let word = output::word(outcome.as_str_name(), "EDIT_OUTCOME_");
    let json = json!({"message_id": options.message_id, "outcome": word});
    output::answer(format, &json, || format!("{}: {}", options.message_id, in_words(outcome)))?;
    Ok(status_of(outcome))
}

fn in_words(outcome: EditOutcome) -> &'static str {
    match outcome {
        EditOutcome::Edited => "edited: it waited in Volley, and leaves with the new text",
        EditOutcome::ReplacedAtCarrier => "replaced at the carrier: a carrier had it, and has replaced its text",
        EditOutcome::TooLate => "too late: it was over, or the carrier could not change it any more",
        EditOutcome::NotSupported => "not supported: a carrier has it, and takes no changes",
        EditOutcome::DoesNotFit => {
            "does not fit: a carrier has it, and changes only one part for another in the same encoding"
        }
        EditOutcome::InTransit => "in transit: it is on its way to a carrier, ask again in a moment",
        EditOutcome::Pending | EditOutcome::Unspecified => "not known yet: the wish stands, ask again",
    }
}

fn status_of(outcome: EditOutcome) -> ExitCode {
    match outcome {
        EditOutcome::Edited | EditOutcome::ReplacedAtCarrier => ExitCode::SUCCESS,
        EditOutcome::TooLate | EditOutcome::NotSupported | EditOutcome::DoesNotFit => ExitCode::FAILURE,
        EditOutcome::InTransit | EditOutcome::Pending | EditOutcome::Unspecified => ExitCode::from(NOT_KNOWN_YET),
    }
}
