//! A load client against the carrier in one process: how much the pair can do on this machine.

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::{Buf, BytesMut};
use clap::Args;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::config::SimConfig;
use crate::server::CarrierSim;
use crate::wire::{Split, command, split, status, write_pdu};

/// Kernel clock ticks a second in `/proc/self/stat` (`USER_HZ`, the same on every Linux).
const TICKS_PER_SECOND: f64 = 100.0;
/// How long the last receipts may take.
const DRAIN: Duration = Duration::from_secs(30);
/// How often a bind that hears nothing looks whether the others are done.
const LOOK_ROUND: Duration = Duration::from_millis(20);
/// Octets read at once.
const READ_OCTETS: usize = 64 * 1024;

/// What to measure.
#[derive(Clone, Debug, Args)]
pub struct BenchArgs {
    /// Submits in all.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub submits: u64,
    /// Transceiver binds.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub binds: u32,
    /// Unanswered submits of a bind.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub window: u64,
    /// Ask for a receipt of each submit.
    #[arg(long)]
    pub receipts: bool,
    /// Milliseconds from a submit to its receipt.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub receipt_delay_ms: u32,
    /// Write the journal to this file.
    #[arg(long, value_name = "FILE")]
    pub journal: Option<std::path::PathBuf>,
}

/// Runs the measurement and prints it.
pub async fn run(args: &BenchArgs) -> anyhow::Result<()> {
    let sim = CarrierSim::start(SimConfig {
        receipt_delay_ms: args.receipt_delay_ms,
        journal: args.journal.clone(),
        accounts: vec![crate::AccountConfig {
            binds_max: args.binds.max(1),
            ..crate::AccountConfig::new("load", "load")
        }],
        ..SimConfig::default()
    })
    .await?;
    let (cpu_before, started) = (cpu_seconds()?, Instant::now());
    let receipts = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for bind in 0..u64::from(args.binds) {
        let share = args.submits / u64::from(args.binds) + u64::from(bind < args.submits % u64::from(args.binds));
        clients.spawn(submit_all(sim.addr(), args.clone(), Arc::clone(&receipts), bind, share));
    }
    let mut last_response = Duration::ZERO;
    while let Some(client) = clients.join_next().await {
        last_response = last_response.max(client??.saturating_duration_since(started));
    }
    let (elapsed, cpu) = (started.elapsed(), cpu_seconds()? - cpu_before);
    let counters = sim.counters();
    sim.shutdown().await;
    anyhow::ensure!(counters.submits_taken == args.submits, "{} of {} taken", counters.submits_taken, args.submits);

    let submits = args.submits as f64;
    let mut out = std::io::stdout().lock();
    writeln!(out, "submits             {}", args.submits)?;
    writeln!(out, "submits/s           {:.0}", submits / last_response.as_secs_f64())?;
    writeln!(out, "receipts acked      {}", counters.receipts_acked)?;
    writeln!(out, "seconds in all      {:.2}", elapsed.as_secs_f64())?;
    writeln!(out, "CPU us per submit   {:.2} (carrier and client together)", cpu * 1e6 / submits)?;
    Ok(())
}

/// User and system time of this process.
fn cpu_seconds() -> anyhow::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // Fields are counted behind the command name, which may hold blanks: utime and stime are the 12th and 13th.
    let fields = stat.rsplit_once(')').context("/proc/self/stat has no command name")?.1;
    let ticks = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<f64>)
        .sum::<Result<f64, _>>()?;
    Ok(ticks / TICKS_PER_SECOND)
}

/// One bind's share; gives the moment of its last response.
async fn submit_all(
    addr: SocketAddr,
    args: BenchArgs,
    receipts: Arc<AtomicU64>,
    bind: u64,
    submits: u64,
) -> anyhow::Result<Instant> {
    let mut client = Client::connect(addr).await?;
    client.bind().await?;
    let (mut sent, mut answered) = (0, 0);
    let mut last_response = Instant::now();
    while answered < submits {
        while sent < submits && sent - answered < args.window {
            sent += 1;
            client.write_submit(sent, bind, args.receipts);
        }
        client.flush().await?;
        let (more_answers, more_receipts) = client.read_batch().await?;
        answered += more_answers;
        receipts.fetch_add(more_receipts, Ordering::Relaxed);
        if more_answers > 0 {
            last_response = Instant::now();
        }
    }
    let drain = client.hear_receipts(&receipts, if args.receipts { args.submits } else { 0 });
    tokio::time::timeout(DRAIN, drain).await.context("receipts are missing")??;
    Ok(last_response)
}

/// As much of a client as a load needs.
struct Client {
    stream: TcpStream,
    input: BytesMut,
    output: BytesMut,
}

impl Client {
    async fn connect(addr: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, input: BytesMut::with_capacity(READ_OCTETS), output: BytesMut::new() })
    }

    async fn bind(&mut self) -> anyhow::Result<()> {
        write_pdu(&mut self.output, command::BIND_TRANSCEIVER, 0, 1, b"load\0load\0\0\x34\0\0\0");
        self.flush().await?;
        loop {
            self.stream.read_buf(&mut self.input).await?;
            if let Split::Whole(frame, length) = split(&self.input) {
                anyhow::ensure!(frame.status == status::OK, "bind refused with {:#x}", frame.status);
                self.input.advance(length);
                return Ok(());
            }
        }
    }

    fn write_submit(&mut self, number: u64, bind: u64, receipt: bool) {
        let mut body = [0; 200];
        let mut rest = &mut body[..];
        // A text of 120 characters, to a number that falls under no rule.
        let written = write!(
            rest,
            "\0\x01\x0115550001111\0\x01\x0179{:07}00\0\0\0\0\0\0{}\0\0\0\x78{:>120}",
            number % 10_000_000,
            if receipt { '\x01' } else { '\0' },
            format!("load {bind} {number}"),
        );
        written.expect("the body is shorter than its buffer");
        let length = 200 - rest.len();
        write_pdu(&mut self.output, command::SUBMIT_SM, 0, number as u32 + 1, &body[..length]);
    }

    async fn flush(&mut self) -> anyhow::Result<()> {
        self.stream.write_all_buf(&mut self.output).await?;
        Ok(())
    }

    /// Goes on hearing until all binds together have heard every receipt: one may come on any of them.
    async fn hear_receipts(&mut self, heard: &AtomicU64, wanted: u64) -> anyhow::Result<()> {
        while heard.load(Ordering::Relaxed) < wanted {
            self.flush().await?;
            let Ok(batch) = tokio::time::timeout(LOOK_ROUND, self.read_batch()).await else {
                continue;
            };
            heard.fetch_add(batch?.1, Ordering::Relaxed);
        }
        self.flush().await
    }

    /// Reads once: how many responses and receipts came. Receipts are acknowledged with the next flush.
    async fn read_batch(&mut self) -> anyhow::Result<(u64, u64)> {
        const SUBMIT_SM_RESP: u32 = command::SUBMIT_SM | command::RESPONSE;
        self.input.reserve(READ_OCTETS);
        anyhow::ensure!(self.stream.read_buf(&mut self.input).await? > 0, "the carrier hung up");
        let (mut answers, mut receipts) = (0, 0);
        while let Split::Whole(frame, length) = split(&self.input) {
            match frame.command {
                SUBMIT_SM_RESP => {
                    anyhow::ensure!(frame.status == status::OK, "refused with {:#x}", frame.status);
                    answers += 1;
                }
                command::DELIVER_SM => {
                    receipts += 1;
                    write_pdu(&mut self.output, frame.command | command::RESPONSE, 0, frame.sequence, &[0]);
                }
                other => write_pdu(&mut self.output, other | command::RESPONSE, 0, frame.sequence, &[]),
            }
            self.input.advance(length);
        }
        Ok((answers, receipts))
    }
}
