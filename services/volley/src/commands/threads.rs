//! `volley threads`: conversations, newest first.

use std::process::ExitCode;

use serde_json::json;
use volley_wire::proto::admin::v1::ListThreadsRequest;

use crate::{
    cli::{At, Format, ThreadsOptions},
    client::{Operator, Role, connect},
    failure::CallFailed,
    output,
};

/// Lists them.
pub async fn threads(at: &At, format: Format, options: ThreadsOptions) -> anyhow::Result<ExitCode> {
    let mut operator = Operator::new(connect(at, Role::Operator).await?);
    let request = ListThreadsRequest { tenant: options.tenant, limit: options.limit };
    let threads = operator.list_threads(request).await.map_err(CallFailed)?.into_inner().threads;
    if threads.is_empty() && format == Format::Human {
        output::line("no conversations yet")?;
    }
    for thread in threads {
        let json = json!({
            "thread_id": thread.thread_id, "tenant": thread.tenant, "number": thread.number,
            "subscriber": thread.subscriber, "latest_message_id": thread.latest_message_id, "at_us": thread.at_us,
            "sent": thread.sent, "received": thread.received,
        });
        output::answer(format, &json, || {
            format!(
                "{}  {:<12} {:<18} {:<10} {:>4} sent {:>4} received  {}",
                output::clock(thread.at_us),
                thread.tenant,
                thread.number,
                thread.subscriber,
                thread.sent,
                thread.received,
                thread.thread_id,
            )
        })?;
    }
    Ok(ExitCode::SUCCESS)
}
