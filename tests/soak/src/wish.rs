//! How long, how much, and from which seed.

use std::time::Duration;

use clap::Parser;

/// Steady traffic while two carriers do everything wrong from a seed; then every account must balance. Ends with status 0 only if so.
#[derive(Debug, Clone, Copy, PartialEq, Parser)]
#[command(name = "volley-soak", version)]
pub struct Wish {
    /// Decides the storms, and who writes what.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Seconds of traffic; settling comes after.
    #[arg(long, default_value_t = 1_800)]
    pub seconds: u64,
    /// Messages a second, both tenants together.
    #[arg(long, default_value_t = 20.0)]
    pub mt_per_second: f64,
    /// Texts from handsets a second; answers of persons come on top.
    #[arg(long, default_value_t = 8.0)]
    pub mo_per_second: f64,
}

impl Wish {
    /// A minute of it, as `cargo test` plays.
    pub fn minute(seed: u64) -> Self {
        Self { seed, seconds: 60, mt_per_second: 20.0, mo_per_second: 8.0 }
    }

    /// How long traffic lasts.
    pub fn span(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// What to type to have the same again.
    pub fn command(&self) -> String {
        let Self { seed, seconds, mt_per_second, mo_per_second } = self;
        format!(
            "volley-soak --seed {seed} --seconds {seconds} --mt-per-second {mt_per_second} --mo-per-second {mo_per_second}"
        )
    }
}
