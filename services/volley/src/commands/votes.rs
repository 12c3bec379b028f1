//! `volley votes`: the count of a poll.

use std::process::ExitCode;

use serde_json::json;
use volley_wire::proto::admin::v1::CountVotesRequest;

use crate::{
    cli::{At, Format, VotesOptions},
    client::{Operator, Role, connect},
    failure::CallFailed,
    output,
};

/// Counts.
pub async fn votes(at: &At, format: Format, options: VotesOptions) -> anyhow::Result<ExitCode> {
    let mut operator = Operator::new(connect(at, Role::Operator).await?);
    let request = CountVotesRequest { keyword_or_poll: options.keyword };
    let count = operator.count_votes(request).await.map_err(CallFailed)?.into_inner();
    for option in &count.options {
        let json = json!({
            "poll": count.poll, "keyword": option.keyword, "counted": option.counted,
            "repeated": option.repeated_votes, "late": option.late,
        });
        output::answer(format, &json, || {
            format!(
                "{:<16} {:>8} counted {:>6} repeated {:>6} late   (poll {})",
                option.keyword, option.counted, option.repeated_votes, option.late, count.poll
            )
        })?;
    }
    Ok(ExitCode::SUCCESS)
}
