//! What to measure.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measures Volley from outside: what it carries, how long it takes, what it costs.
#[derive(Debug, Clone, Parser)]
#[command(name = "volley-load", version)]
pub struct Args {
    /// Messages of each run at full load.
    #[arg(long, default_value_t = 100_000)]
    pub messages: u32,
    /// The log Volley runs on.
    #[arg(long, value_enum, default_value_t = Log::Embedded)]
    pub log: Log,
    /// What to play; several may be named. Default: all.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub shape: Vec<Shape>,
    /// Messages of one request at full load; at a pace each has a request of its own.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub per_request: u32,
    /// Messages that are not reported back yet, at most; 0 is as many as Volley takes. Says nothing to messages without receipts.
    #[arg(long, default_value_t = 16_384)]
    pub in_flight: u32,
    /// Instead of all that: what a dead carrier, a slow one and a campaign cost the codes that have nothing to do with them.
    #[arg(long, conflicts_with_all = ["messages", "log", "shape", "out"])]
    pub isolation: bool,
    /// Only at full load: no runs at half load and at 500 a second.
    #[arg(long)]
    pub full_only: bool,
    /// Where the report (`report.md`) and the pictures (`*.svg`) go; without it the report is only printed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// The log Volley runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Log {
    /// `volley up`: one process, the embedded log.
    Embedded,
    /// Four processes and one Kafka broker.
    Kafka,
}

/// What is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Shape {
    /// Messages whose carrier sends no receipts.
    Mt,
    /// Messages with a receipt each, reported to the client.
    Receipt,
    /// Texts from handsets, forwarded to the client.
    Mo,
    /// Messages that are answered; each answer comes back with the message it answers.
    Loop,
}

impl Shape {
    /// All of them, in the order they are played.
    pub const ALL: [Self; 4] = [Self::Mt, Self::Receipt, Self::Mo, Self::Loop];

    /// What the report calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Mt => "MT only",
            Self::Receipt => "MT with receipt to the client",
            Self::Mo => "MO to the client",
            Self::Loop => "two-way loop (MT, reply, forwarded)",
        }
    }

    /// Its file's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mt => "mt",
            Self::Receipt => "receipt",
            Self::Mo => "mo",
            Self::Loop => "loop",
        }
    }
}

impl Args {
    /// The shapes asked for.
    pub fn shapes(&self) -> Vec<Shape> {
        if self.shape.is_empty() { Shape::ALL.to_vec() } else { self.shape.clone() }
    }
}
