//! What people type: `volley up` runs everything in one process; the other commands ask it.

mod addresses;
mod cli;
mod client;
mod commands;
mod failure;
mod output;
mod recorded;
mod up;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Up(options) => up::run(&cli.at, options),
        Command::Send(options) => commands::run(commands::send(&cli.at, cli.output, options)),
        Command::Cancel(options) => commands::run(commands::cancel(&cli.at, cli.output, options)),
        Command::Edit(options) => commands::run(commands::edit(&cli.at, cli.output, options)),
        Command::Trace(options) => commands::run(commands::trace(&cli.at, cli.output, options)),
        Command::Tail(options) => commands::run(commands::tail(&cli.at, cli.output, options)),
        Command::Threads(options) => commands::run(commands::threads(&cli.at, cli.output, options)),
        Command::Receipts(options) => commands::run(commands::receipts(&cli.at, cli.output, options)),
        Command::Books(options) => commands::run(commands::books(&cli.at, cli.output, options)),
        Command::Replay(command) => commands::run(commands::replay_command(&cli.at, cli.output, command)),
        Command::Carrier(options) => commands::run(commands::carrier(&cli.at, cli.output, options)),
        Command::Inspect(options) => commands::inspect(cli.output, options),
        Command::Votes(options) => commands::run(commands::votes(&cli.at, cli.output, options)),
    };
    failure::exit_code(outcome)
}
