//! `volley books`: what was accepted, what became of it, and what does not add up (D15).

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use jiff::{Unit, tz::TimeZone};
use volley_books::{Books, CarrierIdHash, Chains, Statement};
use volley_event_log::Record as LogRecord;
use volley_events::{AttemptOutcome, CarrierMessageId, ClientEventBody, Record, RoutingFact};
use volley_types::{CarrierName, FinalState, MessageState, Partition, Source, Timestamp};
use volley_wire::{Header, proto::messaging::v1::MessageState as WireState, topics};

use crate::{
    cli::{At, Format},
    output,
    recorded::{LogOptions, Recorded},
};

/// Which books.
#[derive(Debug, Args)]
pub struct BooksOptions {
    #[command(flatten)]
    log: LogOptions,
    /// With --kafka: no service is running. Then whatever one topic tells and another does not is a contradiction; while services run
    /// it may be news that came meanwhile.
    #[arg(long, requires = "kafka")]
    stopped: bool,
}

/// Reads the topics, adds up, and tells. Status 0 only if everything adds up.
pub async fn books(at: &At, format: Format, options: BooksOptions) -> anyhow::Result<ExitCode> {
    let recorded = Recorded::open(at, &options.log).await?;
    let (mut books, mut chains) = (Books::default(), Chains::default());
    // Effects before their causes: what comes in while a running Volley's topics are read then misses no cause.
    for topic in [topics::EVENTS, topics::INBOX, topics::CORRELATION_IN, topics::ROUTING_IN] {
        read_topic(&recorded, topic, &mut books, &mut chains).await?;
    }
    for topic in recorded.log.topics().await? {
        if topics::is_egress(topic.name()) {
            read_topic(&recorded, topic.name(), &mut books, &mut chains).await?;
        }
    }
    recorded.log.close().await?;
    let is_still = recorded.data.is_some() || options.stopped;
    let (statement, (gaps, gaps_in_all)) = (books.close(is_still), chains.into_gaps());
    let gaps: Vec<String> = gaps.iter().map(ToString::to_string).collect();
    match format {
        Format::Human => tell_people(&statement, &gaps, gaps_in_all)?,
        Format::Json => tell_machines(&statement, &gaps)?,
    }
    let adds_up = statement.remainder.is_empty() && gaps.is_empty();
    Ok(if adds_up { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn read_topic(recorded: &Recorded, name: &str, books: &mut Books, chains: &mut Chains) -> anyhow::Result<()> {
    let topic = recorded.topic(name).await?;
    for partition in 0..topic.partitions() {
        let mut is_first = true;
        let take = |record: &LogRecord, is_trimmed: bool| {
            let at = Timestamp::from_micros(record.append_time_us);
            if std::mem::take(&mut is_first) && is_trimmed {
                match name {
                    topics::INBOX | topics::EVENTS => books.ends_were_trimmed(at),
                    lane if topics::is_egress(lane) => books.lanes_were_trimmed(),
                    _ => {}
                }
            }
            books.saw(at);
            let header = Header::decode(&record.header)
                .with_context(|| format!("the header of {name}/{partition} at offset {}", record.offset))?;
            let place = (name, partition, record.offset);
            if !chains.follow(place, header.source, header.position, header.predecessor, is_trimmed) {
                return Ok(());
            }
            enter(books, name, partition, record, &header)
                .with_context(|| format!("{name}/{partition} at offset {}", record.offset))
        };
        recorded.read(&topic, partition, take).await?;
    }
    Ok(())
}

/// Enters one record into the books. What cannot be read is on `dead-letter` already, and says nothing here.
fn enter(books: &mut Books, topic: &str, partition: u32, record: &LogRecord, header: &Header) -> anyhow::Result<()> {
    if let Source::Routing(routing) = header.source {
        books.routed(routing, header.position);
    }
    if topic == topics::EVENTS {
        return enter_public(books, record);
    }
    let Ok(decoded) = volley_wire::decode(&record.value) else { return Ok(()) };
    match decoded {
        Record::Submission(submission) => {
            let place = (Partition(u16::try_from(partition)?), record.offset);
            let at = Timestamp::from_micros(record.append_time_us);
            books.submitted(submission.message, &submission.tenant, at, submission.deadline, place)?;
        }
        Record::Settlement(settlement) => {
            settlement
                .settled
                .iter()
                .try_for_each(|settled| books.settled(settled.attempt))?;
        }
        Record::RoutingFact(RoutingFact::Accepted(accepted)) => books.taken(accepted.message)?,
        Record::RoutingFact(RoutingFact::AttemptLost(attempt)) => books.lost(attempt)?,
        Record::AttemptReport(report) => {
            let ids = given_ids(&report.outcome).iter().flatten();
            books.reported(report.attempt, ids.map(|id| hash(&report.carrier, id)))?;
        }
        Record::ReceiptArrived(receipt) => {
            let id = receipt.carrier_message_id.as_ref().map(|id| hash(&receipt.carrier, id));
            books.receipt(receipt.attempt.map(|(attempt, _)| attempt.message), id)?;
        }
        Record::SubmitOrder(order) => books.ordered(order.attempt)?,
        Record::ClientEvent(event) => {
            if let ClientEventBody::Status(status) = event.body
                && let MessageState::Final(state) = status.state
            {
                books.told(status.message, state, status.corrects.is_some())?;
                if status.inferred {
                    books.receipt(Some(status.message), None)?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// The ids a carrier gave to the segments of an attempt.
fn given_ids(outcome: &AttemptOutcome) -> &[Option<CarrierMessageId>] {
    match outcome {
        AttemptOutcome::Submitted { ids } | AttemptOutcome::Refused { ids, .. } | AttemptOutcome::Ambiguous { ids } => {
            ids
        }
        AttemptOutcome::NotSent(_) | AttemptOutcome::Recalled => &[],
    }
}

fn hash(carrier: &CarrierName, id: &CarrierMessageId) -> CarrierIdHash {
    let mut hasher = DefaultHasher::new();
    (carrier, id).hash(&mut hasher);
    hasher.finish()
}

fn enter_public(books: &mut Books, record: &LogRecord) -> anyhow::Result<()> {
    let Ok(event) = volley_wire::public_event(&record.value) else { return Ok(()) };
    let is_correction = match event.r#type.as_str() {
        "message.closed" => false,
        "message.corrected" => true,
        _ => return Ok(()),
    };
    let message = event.message_id.parse().context("its message id")?;
    let state = ended(event.state()).context("it ends a message with no end")?;
    Ok(books.recorded(message, state, is_correction)?)
}

fn ended(state: WireState) -> Option<FinalState> {
    match state {
        WireState::Delivered => Some(FinalState::Delivered),
        WireState::Failed => Some(FinalState::Failed),
        WireState::Expired => Some(FinalState::Expired),
        WireState::Unknown => Some(FinalState::Unknown),
        WireState::Refused => Some(FinalState::Refused),
        WireState::Cancelled => Some(FinalState::Cancelled),
        WireState::Unspecified | WireState::Accepted | WireState::Queued | WireState::Routed | WireState::Submitted => {
            None
        }
    }
}

/// An hour since 1970 as people write it, UTC.
fn hour(hour: i64) -> anyhow::Result<String> {
    let begin = jiff::Timestamp::from_second(hour * 3_600)?
        .to_zoned(TimeZone::UTC)
        .round(Unit::Hour)?;
    Ok(begin.strftime("%Y-%m-%d %H:00").to_string())
}

fn tell_people(statement: &Statement, gaps: &[String], gaps_in_all: u64) -> anyhow::Result<()> {
    output::line(&format!(
        "{:<16} {:<16} {:>9} {:>9} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9}",
        "hour (UTC)",
        "tenant",
        "accepted",
        "delivered",
        "failed",
        "expired",
        "unknown",
        "refused",
        "cancelled",
        "in flight"
    ))?;
    for ((tenant, begin), account) in &statement.accounts {
        output::line(&format!(
            "{:<16} {:<16} {:>9} {:>9} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9}",
            hour(*begin)?,
            tenant.as_str(),
            account.accepted,
            account.delivered,
            account.failed,
            account.expired,
            account.unknown,
            account.refused,
            account.cancelled,
            account.in_flight
        ))?;
    }
    for remainder in &statement.remainder {
        output::line(&format!("{}  {}", remainder.message, remainder.fault))?;
    }
    gaps.iter().try_for_each(|gap| output::line(gap))?;
    let verdict = match (statement.remainder.len(), gaps_in_all) {
        (0, 0) => "everything adds up".to_owned(),
        (messages, gaps) => format!("DOES NOT ADD UP: {messages} messages, {gaps} gaps"),
    };
    Ok(output::line(&verdict)?)
}

fn tell_machines(statement: &Statement, gaps: &[String]) -> anyhow::Result<()> {
    for ((tenant, begin), account) in &statement.accounts {
        output::json(&serde_json::json!({
            "hour": hour(*begin)?,
            "tenant": tenant.as_str(),
            "accepted": account.accepted,
            "delivered": account.delivered,
            "failed": account.failed,
            "expired": account.expired,
            "unknown": account.unknown,
            "refused": account.refused,
            "cancelled": account.cancelled,
            "in_flight": account.in_flight,
        }))?;
    }
    for remainder in &statement.remainder {
        let (id, fault) = (remainder.message.to_string(), remainder.fault.to_string());
        output::json(&serde_json::json!({"message_id": id, "fault": fault}))?;
    }
    Ok(gaps.iter().try_for_each(|gap| output::json(&serde_json::json!({"gap": gap})))?)
}
