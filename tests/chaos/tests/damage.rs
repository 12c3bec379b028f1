//! Octets change on the disk of a stopped Volley (G14): it says what is damaged and serves nothing of it, or goes on with nothing
//! lost. Every case works on a copy of its own.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use volley_chaos::{
    Carrier, Load, Pace, Told, audit,
    balance::{Ends, final_states},
    damage::{self, Place},
};
use volley_e2e::{
    Backend, Volley,
    embedded::{Embedded, Home},
    provision::provision,
};

/// How long it may take to be ready without what was damaged.
const PATIENCE: Duration = Duration::from_secs(60);

/// How much there is to damage.
const LOAD: Duration = Duration::from_millis(1_500);

/// Folder of the data directory, kind of file, where in it.
type Case = (&'static str, &'static str, Place);

/// Without the log it does not come up.
const LOG: [Case; 5] = [
    ("log", "log", Place::Middle),
    ("log", "log", Place::LastLength),
    ("log", "MANIFEST", Place::Middle),
    ("log", "CURRENT", Place::Middle),
    ("log", "sst", Place::EveryBlock),
];

/// All at once, for it waits a minute: a partition is halted, and without its folder it decides everything again.
const PARTITIONS: [Case; 4] = [
    ("state/routing", "sst", Place::EveryBlock),
    ("state/routing", "MANIFEST", Place::LastLength),
    ("state/mo-correlation", "sst", Place::EveryBlock),
    ("state/mo-correlation", "CURRENT", Place::Middle),
];

/// A carrier goes on without its store.
const CARRIERS: [Case; 2] = [
    ("state/carrier-egress", "log", Place::Middle),
    ("state/carrier-egress", "MANIFEST", Place::LastLength),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_damaged_is_named_and_never_served() -> Result<()> {
    let carrier = Carrier::start()?;
    let mut volley = Embedded::start(carrier.address()).await?;
    let tenants = provision(&volley).await?;
    let load = Load::new(tenants.acme.clone(), Pace::FULL);
    let running = load.start(volley.front_door());
    sleep(LOAD).await;
    running.stop().await?;
    let told = load.told();
    let ends = final_states(&mut Backend::connect(&volley, &tenants.acme).await?, &told).await?;
    // Stopped once in order, so that there are tables; and once not, so that there are write-ahead logs.
    volley.restart().await?;
    let running = load.start(volley.front_door());
    sleep(LOAD).await;
    running.stop().await?;
    final_states(&mut Backend::connect(&volley, &tenants.acme).await?, &load.told()).await?;
    volley.kill()?;

    let whole = Whole { carrier, key: tenants.acme, told, ends, data: volley.data().to_owned() };
    for case in LOG {
        whole.without_a_log(case).await.with_context(|| format!("{case:?}"))?;
    }
    whole.without_some_partitions().await.context("partitions")?;
    for case in CARRIERS {
        whole.without_a_carrier(case).await.with_context(|| format!("{case:?}"))?;
    }
    Ok(())
}

/// A Volley that was killed, before anything was damaged.
struct Whole {
    carrier: Carrier,
    key: String,
    told: Told,
    ends: Ends,
    data: PathBuf,
}

impl Whole {
    async fn without_a_log(&self, case: Case) -> Result<()> {
        let copy = self.copy()?;
        let damaged = change(&copy, case)?;
        match self.start(&copy).await {
            Ok(volley) => bail!("it came up: {}", volley.health()?.body),
            Err(ended) => names(&format!("{ended:#}"), &damaged),
        }
    }

    async fn without_some_partitions(&self) -> Result<()> {
        let copy = self.copy()?;
        let damaged = PARTITIONS.map(|case| change(&copy, case));
        let damaged = damaged.into_iter().collect::<Result<Vec<_>>>()?;
        match self.start(&copy).await {
            Ok(volley) => bail!("it is ready: {}", volley.health()?.body),
            Err(ended) => damaged.iter().try_for_each(|file| names(&format!("{ended:#}"), file))?,
        }
        for folder in damaged.iter().filter_map(|file| file.parent()).collect::<BTreeSet<_>>() {
            fs::remove_dir_all(folder)?;
        }
        self.goes_on(self.start(&copy).await?).await
    }

    async fn without_a_carrier(&self, case: Case) -> Result<()> {
        let copy = self.copy()?;
        change(&copy, case)?;
        self.goes_on(self.start(&copy).await?).await?;
        let aside = copy.path().join("state/carrier-egress/carrier-egress.damaged");
        ensure!(aside.is_dir(), "it used what was damaged");
        Ok(())
    }

    fn copy(&self) -> Result<TempDir> {
        let copy = tempfile::tempdir()?;
        damage::copy(&self.data, copy.path())?;
        Ok(copy)
    }

    async fn start(&self, copy: &TempDir) -> Result<Embedded> {
        let home = Home::elsewhere(Vec::new(), copy.path().to_owned(), copy.path().to_owned())?;
        Embedded::start_in(home, self.carrier.address()).await
    }

    /// It becomes ready, knows every end it told before, takes new messages to theirs, its books add up and its replay is the same.
    async fn goes_on(&self, mut volley: Embedded) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while volley.health()?.status != 200 {
            ensure!(Instant::now() < deadline, "it does not become ready: {}", volley.health()?.body);
            sleep(Duration::from_millis(50)).await;
        }
        let mut backend = Backend::connect(&volley, &self.key).await?;
        let ends = final_states(&mut backend, &self.told).await?;
        for message in self.told.keys() {
            ensure!(ends.get(message) == self.ends.get(message), "message {message} ended otherwise before");
        }
        let load = Load::among(self.key.clone(), Pace::GENTLE, 5_000);
        let running = load.start(volley.front_door());
        sleep(LOAD).await;
        running.stop().await?;
        let told = load.told();
        ensure!(!told.is_empty(), "it takes no messages");
        final_states(&mut backend, &told).await?;
        volley.stop()?;
        audit::adds_up(volley.data())?;
        audit::replays(volley.data())
    }
}

fn change(copy: &TempDir, (folder, kind, place): Case) -> Result<PathBuf> {
    damage::change(&copy.path().join(folder), kind, place)
}

/// The words say that something is damaged, and where.
fn names(words: &str, damaged: &Path) -> Result<()> {
    let place = damaged.parent().context("a file lies somewhere")?.display().to_string();
    ensure!(words.contains(&place), "{place} is not named: {words}");
    ensure!(words.contains("damaged") || words.to_lowercase().contains("corrupt"), "no damage is named: {words}");
    ensure!(fs::exists(damaged)?, "{} was removed", damaged.display());
    Ok(())
}
