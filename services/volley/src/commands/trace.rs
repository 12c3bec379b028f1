//! `volley trace`: the whole story of one message.

use std::process::ExitCode;

use serde_json::json;
use volley_wire::proto::admin::v1::{TraceMessageRequest, TraceMessageResponse, TraceStep};

use crate::{
    cli::{At, Format, TraceOptions},
    client::{Operator, Role, connect},
    failure::CallFailed,
    output,
};

/// Every record about a message, with service, time and delay.
pub async fn trace(at: &At, format: Format, options: TraceOptions) -> anyhow::Result<ExitCode> {
    let mut operator = Operator::new(connect(at, Role::Operator).await?);
    let request = TraceMessageRequest { message_id: options.message_id };
    let story = operator.trace_message(request).await.map_err(CallFailed)?.into_inner();
    match format {
        Format::Json => story
            .steps
            .iter()
            .try_for_each(|step| output::line(&step_json(step).to_string()))?,
        Format::Human => people(&story)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn step_json(step: &TraceStep) -> serde_json::Value {
    json!({
        "service": step.service, "kind": step.kind, "what": step.what, "at_us": step.at_us, "delay_us": step.delay_us,
        "topic": step.topic, "partition": step.partition, "offset": step.offset,
    })
}

fn people(story: &TraceMessageResponse) -> std::io::Result<()> {
    if let Some(status) = &story.status {
        let state = output::word(status.state().as_str_name(), "MESSAGE_STATE_");
        output::line(&format!("message {} is {state}", status.message_id))?;
    }
    for step in &story.steps {
        output::line(&format!(
            "{}  {:>9}  {:<15} {:<58} {}/{}@{}",
            output::clock(step.at_us),
            format!("+{}", output::span(step.delay_us)),
            step.service,
            step.what,
            step.topic,
            step.partition,
            step.offset,
        ))?;
    }
    if story.truncated {
        output::line("the search stopped at its bound: there may be more")?;
    }
    Ok(())
}
