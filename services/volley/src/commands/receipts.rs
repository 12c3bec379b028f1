//! `volley receipts --unmatched`: receipts that no message claims, newest first.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use volley_runtime::Clock;
use volley_wire::proto::admin::v1::{ListUnmatchedReceiptsRequest, UnmatchedReceipt};

use crate::{
    cli::{At, Format},
    client::{Operator, Role, connect},
    failure::CallFailed,
    output,
};

/// Which receipts.
#[derive(Debug, Args)]
pub struct ReceiptsOptions {
    /// Those that no message claims: nobody knows what they are about. Kept for 72 hours after they are told on `events`.
    #[arg(long, required = true)]
    pub unmatched: bool,
    /// Only this carrier's.
    #[arg(long, default_value = "", value_name = "CARRIER")]
    pub carrier: String,
    /// Only those that came in so long ago at most, such as 90s, 10m, 24h, or since a time, such as 2026-01-31T09:00:00Z.
    #[arg(long, value_parser = since, value_name = "SPAN|TIME")]
    pub since: Option<Since>,
    /// At most so many, the newest; 1 to 1 000.
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
}

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// So many milliseconds ago.
    Ago(u64),
    /// A time: Unix time in microseconds, UTC.
    At(i64),
}

impl Since {
    fn at_us(self, now_us: i64) -> i64 {
        match self {
            Self::Ago(ms) => now_us.saturating_sub(i64::try_from(ms.saturating_mul(1_000)).unwrap_or(i64::MAX)),
            Self::At(at_us) => at_us,
        }
    }
}

fn since(text: &str) -> Result<Since, String> {
    let time = || {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|time| Since::At(time.as_microsecond()))
    };
    let span = crate::cli::span_ms(text).map(Since::Ago);
    span.or_else(|fault| time().ok_or_else(|| format!("{fault}; or a time such as 2026-01-31T09:00:00Z")))
}

/// Lists them, and says how many there are in all.
pub async fn receipts(at: &At, format: Format, options: ReceiptsOptions) -> anyhow::Result<ExitCode> {
    let mut operator = Operator::new(connect(at, Role::Operator).await?);
    let request = ListUnmatchedReceiptsRequest {
        carrier: options.carrier,
        since_us: options.since.map_or(0, |since| since.at_us(Clock::system().now_us())),
        limit: options.limit,
    };
    let answer = operator
        .list_unmatched_receipts(request)
        .await
        .map_err(CallFailed)?
        .into_inner();
    let listed = answer.receipts.len();
    for receipt in answer.receipts {
        output::answer(format, &as_json(&receipt), || in_words(&receipt))?;
    }
    if format == Format::Human {
        output::line(&format!("{listed} listed, {} unmatched receipts are kept", answer.kept))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(it: &UnmatchedReceipt) -> serde_json::Value {
    json!({
        "arrival_id": it.arrival_id, "carrier": it.carrier, "account": it.account,
        "carrier_message_id": it.carrier_message_id, "subscriber": it.subscriber, "state": it.state, "error": it.error,
        "received_at_us": it.received_at_us,
    })
}

fn in_words(it: &UnmatchedReceipt) -> String {
    let id = if it.carrier_message_id.is_empty() {
        "(no id)"
    } else {
        &it.carrier_message_id
    };
    let error = if it.error.is_empty() {
        String::new()
    } else {
        format!(", error {}", it.error)
    };
    format!(
        "{}  {:<12} {:<12} id {id:<24} handset ..{:<4} {}{error}",
        output::clock(it.received_at_us),
        it.carrier,
        it.account,
        it.subscriber,
        it.state
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_a_span_or_a_time() {
        assert_eq!(since("2h"), Ok(Since::Ago(7_200_000)));
        assert_eq!(since("1970-01-01T00:00:01Z"), Ok(Since::At(1_000_000)));
        assert!(since("yesterday").is_err());
        assert_eq!(Since::Ago(1).at_us(5_000), 4_000);
    }
}
