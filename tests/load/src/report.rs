//! What came out, as a table in Markdown, with a picture a run.

use std::{fmt::Write as _, fs, path::PathBuf, time::Duration};

use anyhow::Result;

use crate::{
    args::{Args, Log, Shape},
    picture,
    samples::Samples,
};

/// One look at a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moment {
    /// Since its begin.
    pub at: Duration,
    /// Messages answered OK, taken by the carrier, and reported back, so far.
    pub accepted: u64,
    pub submitted: u64,
    pub reported: u64,
}

/// What one run came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub shape: Shape,
    pub messages: u32,
    pub span: Duration,
    pub timeline: Vec<Moment>,
    /// CPU seconds of each process.
    pub cpu: Vec<(&'static str, f64)>,
    /// CPU seconds of generator and carrier.
    pub own_cpu: f64,
    /// Peak resident memory of all processes so far.
    pub memory_mib: f64,
    pub refused: u32,
    pub failed: u32,
    pub accept: Samples,
    pub accept_to_submit: Samples,
    pub send_to_submit: Samples,
    pub receipt_to_client: Samples,
    /// From a handset's text, or a message, to what came back to the client.
    pub whole: Samples,
}

impl Default for Outcome {
    fn default() -> Self {
        let none = Samples::default;
        Self {
            shape: Shape::Mt,
            messages: 0,
            span: Duration::ZERO,
            timeline: Vec::new(),
            cpu: Vec::new(),
            own_cpu: 0.0,
            memory_mib: 0.0,
            refused: 0,
            failed: 0,
            accept: none(),
            accept_to_submit: none(),
            send_to_submit: none(),
            receipt_to_client: none(),
            whole: none(),
        }
    }
}

impl Outcome {
    /// Messages a second, from the first sent to the last back.
    pub fn per_second(&self) -> f64 {
        f64::from(self.messages) / self.span.as_secs_f64()
    }

    /// How fast one of the three counts reached its last value, a second.
    fn rate(&self, count: impl Fn(&Moment) -> u64) -> f64 {
        let last = self.timeline.last().map_or(0, &count);
        let reached = self.timeline.iter().find(|moment| count(moment) == last);
        reached.map_or(0.0, |moment| last as f64 / moment.at.as_secs_f64())
    }

    fn cpu_us(&self, seconds: f64) -> f64 {
        seconds * 1e6 / f64::from(self.messages.max(1))
    }
}

const HEAD: &str = "| run | messages | accepted/s | submitted/s | back to client/s | accept p50 / p99 | accept to submit | \
                    send to submit | receipt to client | whole way | CPU µs a message | generator and carrier µs | peak MiB | \
                    refused for now | not delivered |\n\
                    |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";

/// The report as it grows.
pub struct Report {
    text: String,
    out: Option<PathBuf>,
}

impl Report {
    /// Its head.
    pub fn new(args: &Args) -> Self {
        let log = match args.log {
            Log::Embedded => "one process, embedded log",
            Log::Kafka => "four processes, Apache Kafka with one broker",
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let text = format!("Volley on {cores} cores ({log}); generator and carrier on the same cores.\n\n{HEAD}");
        Self { text, out: args.out.clone() }
    }

    /// What the disk does.
    pub fn disk(&mut self, spans: &Samples) {
        say(&format!("fdatasync of 16 KiB: {} (p50 / p99)", spans.in_words()));
        if self.text.ends_with(HEAD) {
            let line = format!("fdatasync of 16 KiB on its disk: {} (p50 / p99).\n\n{HEAD}", spans.in_words());
            self.text = self.text.replace(HEAD, &line);
        }
    }

    /// One run more.
    pub fn add(&mut self, load: &str, outcome: Outcome) -> Result<()> {
        let cpu = outcome.cpu.iter().map(|(name, seconds)| match outcome.cpu.len() {
            1 => format!("{:.0}", outcome.cpu_us(*seconds)),
            _ => format!("{name} {:.0}", outcome.cpu_us(*seconds)),
        });
        let cpu: Vec<_> = cpu.collect();
        let total: f64 = outcome.cpu.iter().map(|(_, seconds)| seconds).sum();
        let cpu = match cpu.len() {
            1 => cpu.join(""),
            _ => format!("{:.0} ({})", outcome.cpu_us(total), cpu.join(", ")),
        };
        let line = format!(
            "| {}, {load} | {} | {:.0} | {:.0} | {:.0} | {} | {} | {} | {} | {} | {cpu} | {:.0} | {:.0} | {} | {} |",
            outcome.shape.title(),
            outcome.messages,
            outcome.rate(|moment| moment.accepted),
            outcome.rate(|moment| moment.submitted),
            outcome.rate(|moment| moment.reported),
            outcome.accept.in_words(),
            outcome.accept_to_submit.in_words(),
            outcome.send_to_submit.in_words(),
            outcome.receipt_to_client.in_words(),
            outcome.whole.in_words(),
            outcome.cpu_us(outcome.own_cpu),
            outcome.memory_mib,
            outcome.refused,
            outcome.failed,
        );
        say(&line);
        writeln!(self.text, "{line}")?;
        if let Some(out) = &self.out {
            fs::create_dir_all(out)?;
            let name = format!("{}-{}.svg", outcome.shape.name(), load.replace('/', "-per-"));
            picture::draw(&out.join(name), &format!("{}, {load}", outcome.shape.title()), &outcome.timeline)?;
        }
        Ok(())
    }

    /// Writes it.
    pub fn finish(self, kafka: bool) -> Result<()> {
        say(&format!("\n{}", self.text));
        if let Some(out) = self.out {
            let name = if kafka { "report-kafka.md" } else { "report.md" };
            fs::write(out.join(name), self.text)?;
        }
        Ok(())
    }
}

#[expect(clippy::print_stdout, reason = "the report is what this program is for")]
fn say(line: &str) {
    println!("{line}");
}
