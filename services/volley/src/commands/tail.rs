//! `volley tail`: the records of a topic as they come.

use std::process::ExitCode;

use serde_json::{Value, json};
use volley_wire::proto::admin::v1::{TailTopicRequest, TailTopicResponse};

use crate::{
    cli::{At, Format, TailOptions},
    client::{Operator, Role, connect},
    failure::CallFailed,
    output,
};

/// Shows records until the end, or until nobody reads any more.
pub async fn tail(at: &At, format: Format, options: TailOptions) -> anyhow::Result<ExitCode> {
    let mut operator = Operator::new(connect(at, Role::Operator).await?);
    let request = TailTopicRequest { topic: options.topic, last: options.last, follow: !options.no_follow };
    let mut records = operator.tail_topic(request).await.map_err(CallFailed)?.into_inner();
    while let Some(record) = records.message().await.map_err(CallFailed)? {
        output::answer(format, &record_json(&record), || {
            format!(
                "{} {}@{} {:<18} {:<16} {}",
                output::clock(record.at_us),
                record.partition,
                record.offset,
                record.source,
                record.kind,
                record.json,
            )
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

fn record_json(record: &TailTopicResponse) -> Value {
    let body = serde_json::from_str::<Value>(&record.json).unwrap_or(Value::Null);
    json!({
        "partition": record.partition, "offset": record.offset, "at_us": record.at_us, "source": record.source,
        "kind": record.kind, "record": body,
    })
}
