//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    commands::{BooksOptions, CarrierOptions, InspectOptions, ReceiptsOptions, ReplayCommand},
    up::UpOptions,
};

/// Two-way SMS: messages out, answers back.
///
/// Exit codes: 0 it happened, 1 it did not, 2 the command line is wrong, 3 Volley cannot be reached, 4 refused (see the message),
/// 5 not known yet (cancel and edit).
#[derive(Debug, Parser)]
#[command(name = "volley", version, about)]
pub struct Cli {
    /// How to write the answer.
    #[arg(long, value_enum, default_value_t = Format::Human, global = true)]
    pub output: Format,
    #[command(flatten)]
    pub at: At,
    #[command(subcommand)]
    pub command: Command,
}

/// For people or for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Sentences and tables.
    Human,
    /// One JSON object a line.
    Json,
}

/// Where the running Volley is.
#[derive(Debug, Clone, Args)]
pub struct At {
    /// Directory of `volley up`, whose addresses.json names port and keys.
    #[arg(long, env = "VOLLEY_DATA", global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address of the front door, instead of the one in addresses.json.
    #[arg(long, env = "VOLLEY_ADDRESS", global = true, value_name = "HOST:PORT")]
    pub address: Option<String>,
    /// File of the key to use, instead of the one in addresses.json.
    #[arg(long, env = "VOLLEY_KEY_FILE", global = true, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything in one process.
    Up(UpOptions),
    /// Send a message.
    Send(SendOptions),
    /// Take a message back, and say where it was: scheduled, queued, or too late. Status 0 if it never arrives, 1 if it is too late, 5
    /// if that is not known yet.
    Cancel(CancelOptions),
    /// Give a message another text, in Volley or at its carrier. Status 0 if the new text stands, 1 if the old one does, 5 if that is
    /// not known yet.
    Edit(EditOptions),
    /// Tell the whole story of a message.
    Trace(TraceOptions),
    /// Show the records of a topic as they come.
    Tail(TailOptions),
    /// List conversations, newest first.
    Threads(ThreadsOptions),
    /// Count the votes of a poll.
    Votes(VotesOptions),
    /// List receipts that no message claims, newest first.
    Receipts(ReceiptsOptions),
    /// Add up what was accepted and what became of it, from the topics alone; list by id what does not add up. Status 1 if anything.
    Books(BooksOptions),
    /// Decide recorded input again.
    #[command(subcommand)]
    Replay(ReplayCommand),
    /// Check, explain and set how a carrier wants to be spoken to.
    Carrier(CarrierOptions),
    /// Explain one text, receipt, PDU, opt-out, status or pair of ids. Needs no running Volley.
    #[command(
        after_help = "With --json each reads cases from standard input, one JSON object a line, and answers each with one \
                            line: its id and what was computed, or its id and an error. Status 1 if any had an error."
    )]
    Inspect(InspectOptions),
}

/// What to send.
#[derive(Debug, Args)]
pub struct SendOptions {
    /// The virtual number it leaves from.
    #[arg(long)]
    pub from: String,
    /// The handset, international: +82...
    #[arg(long)]
    pub to: String,
    /// The text.
    #[arg(long)]
    pub text: String,
    /// Its class.
    #[arg(long, value_enum, default_value_t = Class::Transactional)]
    pub class: Class,
    /// How long it is worth delivering, such as 90s, 10m, 24h; else the class's default.
    #[arg(long, value_parser = span_ms)]
    pub validity: Option<u64>,
    /// Send it so much later, such as 90s, 10m, 24h; 7d at most. Its validity counts from then.
    #[arg(long = "in", value_name = "SPAN", value_parser = span_ms)]
    pub later: Option<u64>,
    /// Send the text exactly as written, also where look-alikes would save a segment.
    #[arg(long)]
    pub verbatim: bool,
    /// Your id for it: asking again with the same one sends nothing twice. Made up when left out.
    #[arg(long)]
    pub request_id: Option<String>,
    /// Wait for its final state; status 0 only if it was delivered.
    #[arg(long)]
    pub wait: bool,
}

/// Which message.
#[derive(Debug, Args)]
pub struct CancelOptions {
    /// Its id: 32 hexadecimal digits.
    pub message_id: String,
}

/// Which message, and what it shall say.
#[derive(Debug, Args)]
pub struct EditOptions {
    /// Its id: 32 hexadecimal digits.
    pub message_id: String,
    /// The new text.
    #[arg(long)]
    pub text: String,
}

/// The traffic classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Class {
    /// A one-time code.
    Otp,
    /// An alert or an answer.
    Transactional,
    /// Advertising.
    Marketing,
}

/// Which message.
#[derive(Debug, Args)]
pub struct TraceOptions {
    /// Its id: 32 hexadecimal digits.
    pub message_id: String,
}

/// Which topic.
#[derive(Debug, Args)]
pub struct TailOptions {
    /// Its name, short ("events") or full ("volley.events.v1").
    pub topic: String,
    /// Begin this many records before the end of each partition.
    #[arg(long, default_value_t = 10)]
    pub last: u32,
    /// End at the end instead of waiting for more.
    #[arg(long)]
    pub no_follow: bool,
}

/// Which conversations.
#[derive(Debug, Args)]
pub struct ThreadsOptions {
    /// Only this tenant's.
    #[arg(long, default_value = "")]
    pub tenant: String,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
}

/// Which poll.
#[derive(Debug, Args)]
pub struct VotesOptions {
    /// A keyword of the poll, or the poll's id.
    pub keyword: String,
}

/// Milliseconds of `90s`, `10m`, `24h`, `2d` or `1500ms`.
pub fn span_ms(text: &str) -> Result<u64, String> {
    let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
    let parse = |(unit, millis): &(&str, u64)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(*millis)
    };
    units
        .iter()
        .find_map(parse)
        .ok_or_else(|| "write a number and a unit: 1500ms, 90s, 10m, 24h, 7d".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_validity_has_a_unit() {
        assert_eq!(span_ms("90s"), Ok(90_000));
        assert_eq!(span_ms("1500ms"), Ok(1_500));
        assert_eq!(span_ms("7d"), Ok(604_800_000));
        assert!(span_ms("90").is_err() && span_ms("-1s").is_err() && span_ms("99999999999999999999d").is_err());
    }
}
