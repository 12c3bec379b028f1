//! A minute of the soak.

use anyhow::{Result, ensure};
use volley_soak::{Wish, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_minute_of_everything_going_wrong_leaves_balanced_books() -> Result<()> {
    let wish = Wish::minute(1);
    let verdict = run(wish).await?;
    ensure!(verdict.is_clean(), "again with: {}\n{verdict}", wish.command());
    Ok(())
}
