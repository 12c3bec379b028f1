//! Looks for octets that break a promise, for a set time. See the README beside `Cargo.toml`.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use volley_fuzz::hunt::{Found, Hunt};
use volley_fuzz::{Target, corpus, target};

/// Mutates the corpus of one target. Status 1 if a promise was broken; the input is then in the corpus.
#[derive(Debug, Parser)]
#[command(name = "volley-fuzz", version)]
struct Options {
    /// pdu, udh, receipt, gsm7 or segment.
    target: String,
    /// How long to look.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The same seed makes the same inputs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Inputs of new shapes to keep in the corpus at most.
    #[arg(long, default_value_t = 0)]
    save: usize,
}

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let target = target(&options.target).context("no target has this name: pdu, udh, receipt, gsm7, segment")?;
    let inputs: Vec<Vec<u8>> = corpus::read(target)?.into_iter().map(|(_, octets)| octets).collect();
    let mut hunt = Hunt::new(target, options.seed, inputs.clone());
    for octets in inputs {
        if let Found::Panic(octets) = hunt.run(octets) {
            return report(target, &octets);
        }
    }
    let known = hunt.shapes();
    let until = Instant::now() + Duration::from_secs(options.seconds);
    let (mut runs, mut saved) = (0_u64, 0);
    while Instant::now() < until {
        runs += 1;
        match hunt.step() {
            Found::Nothing => {}
            Found::Shape(shape, octets) if saved < options.save => {
                corpus::save(target, "shape", shape.0, &octets)?;
                saved += 1;
            }
            Found::Shape(..) => {}
            Found::Panic(octets) => return report(target, &octets),
        }
    }
    let found = hunt.shapes() - known;
    writeln!(
        std::io::stdout(),
        "{}: {runs} inputs, {found} new shapes beside {known}, {saved} saved",
        target.name
    )?;
    Ok(ExitCode::SUCCESS)
}

fn report(target: Target, octets: &[u8]) -> Result<ExitCode> {
    let path = corpus::save(target, "crash", octets.len() as u64, octets)?;
    writeln!(std::io::stderr(), "a promise is broken by {}: {}", path.display(), hex::encode(octets))?;
    Ok(ExitCode::FAILURE)
}
