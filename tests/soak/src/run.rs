//! One soak from its start to its books.
#![expect(clippy::print_stdout, reason = "the figures of the run are what it is for")]

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tokio_util::sync::CancellationToken;
use volley_carrier_sim::{AccountConfig, CarrierSim, CarrierSimHandle, SimConfig};
use volley_e2e::{
    Backend, Volley,
    client::{Keyed, keyed},
    command_line,
    embedded::Embedded,
    provision::{Tenants, admin, provision_behind},
    scenarios::{PASSWORD, SYSTEM_ID},
};
use volley_wire::proto::admin::v1::{PutAccountRequest, PutRouteRequest};

use crate::{
    memory::resident_mib,
    storm::storm,
    told::{Ears, Tenant},
    traffic::{Outbox, answering},
    verdict::{Verdict, judge},
    wish::Wish,
    witness::Witness,
};

/// The carriers, of which each message prefers the first.
const CARRIERS: [&str; 2] = ["sim", "other"];
/// Sessions of each account; submits of one that may be unanswered, and for how long.
const BINDS: u32 = 2;
const WINDOW: u32 = 50;
const RESPONSE_TIMEOUT_MS: u64 = 4_000;
/// How long carriers wait for the answer to what they deliver.
const ACK_TIMEOUT_MS: u32 = 6_000;
/// Entries of a journal that may wait to be read; one is read every second.
const JOURNAL_ENTRIES_MAX: usize = 200_000;
/// How often the carriers' journals are read.
const LOOK: Duration = Duration::from_secs(1);
/// Until the first look at the memory: it has started then.
const WARM_UP: Duration = Duration::from_secs(10);
/// How long after the traffic everything may take to end, and how often that is looked at.
const SETTLE_MAX: Duration = Duration::from_secs(300);
const SETTLE_LOOK: Duration = Duration::from_secs(3);
/// Time in which a second copy of something would have come.
const AFTERMATH: Duration = Duration::from_secs(5);

/// What was measured beside.
#[derive(Debug, Default)]
struct Figures {
    memory_mib: Vec<(&'static str, f64)>,
    settled_after: Duration,
}

/// Plays, judges, and prints. The verdict has the books in it.
///
/// # Errors
/// When something does not start, or does not answer.
pub async fn run(wish: Wish) -> Result<Verdict> {
    println!("seed {}: to have the same again, {}", wish.seed, wish.command());
    let carriers = start_carriers(wish).await?;
    let mut volley = start_volley(&carriers).await?;
    let tenants = provision(&volley, &carriers).await?;
    let soak = Soak::new(&volley, &tenants, carriers).await?;
    let (verdict, figures) = soak.play(wish, volley.pid()).await?;
    for id in verdict.examples() {
        println!("{}", command_line::volley(volley.data(), &["trace", id])?.out);
    }
    volley.stop()?;
    let verdict = with_books(verdict, volley.data())?;
    for (when, mib) in &figures.memory_mib {
        println!("memory {when}: {mib:.0} MiB");
    }
    println!("settled {:.0} s after the traffic", figures.settled_after.as_secs_f64());
    print!("{verdict}");
    Ok(verdict)
}

async fn start_carriers(wish: Wish) -> Result<Vec<CarrierSimHandle>> {
    let mut carriers = Vec::new();
    for (index, name) in (0..).zip(CARRIERS) {
        let config = SimConfig {
            name: name.into(),
            accounts: vec![AccountConfig::new(SYSTEM_ID, PASSWORD)],
            receipt_delay_ms: 500,
            response_delay_ms: 10,
            ack_timeout_ms: ACK_TIMEOUT_MS,
            seed: wish.seed ^ index,
            journal_entries_max: JOURNAL_ENTRIES_MAX,
            texts_max: 0,
            ..SimConfig::default()
        };
        let sim = CarrierSim::start(config).await?;
        ensure!(sim.person(answering()), "the carrier takes no more persons");
        carriers.push(sim);
    }
    Ok(carriers)
}

async fn start_volley(carriers: &[CarrierSimHandle]) -> Result<Embedded> {
    let options = CARRIERS.iter().zip(carriers).flat_map(|(name, sim)| {
        let url = format!("{name}=smpp://{SYSTEM_ID}:{PASSWORD}@{}", sim.addr());
        ["--carrier".to_owned(), url]
    });
    Embedded::start_with(options.collect()).await
}

async fn provision(volley: &Embedded, carriers: &[CarrierSimHandle]) -> Result<Tenants> {
    let tenants = provision_behind(volley, &CARRIERS).await?;
    let mut admin = admin(volley).await?;
    for (name, sim) in CARRIERS.into_iter().zip(carriers) {
        let account = PutAccountRequest {
            account: name.into(),
            carrier: name.into(),
            host: sim.addr().ip().to_string(),
            port: sim.addr().port().into(),
            system_id: SYSTEM_ID.into(),
            binds: BINDS,
            window: WINDOW,
            response_timeout_ms: RESPONSE_TIMEOUT_MS,
            ..Default::default()
        };
        admin.put_account(account).await.context("the account")?;
    }
    let accounts = CARRIERS.map(str::to_owned).to_vec();
    admin.put_route(PutRouteRequest { prefix: String::new(), accounts }).await?;
    Ok(tenants)
}

/// Everybody who takes part.
struct Soak {
    carriers: Vec<CarrierSimHandle>,
    clients: BTreeMap<Tenant, Keyed>,
    backends: Vec<(Tenant, Backend)>,
    outbox: Outbox,
    ears: Ears,
    witness: Witness,
}

impl Soak {
    async fn new(volley: &Embedded, tenants: &Tenants, carriers: Vec<CarrierSimHandle>) -> Result<Self> {
        let (mut clients, mut backends) = (BTreeMap::new(), Vec::new());
        for (tenant, key) in [(Tenant::Acme, &tenants.acme), (Tenant::Globex, &tenants.globex)] {
            clients.insert(tenant, keyed(&volley.front_door(), key).await?);
            backends.push((tenant, Backend::connect(volley, key).await?));
        }
        Ok(Self {
            carriers,
            clients,
            backends,
            outbox: Outbox::default(),
            ears: Ears::default(),
            witness: Witness::default(),
        })
    }

    async fn play(mut self, wish: Wish, pid: u32) -> Result<(Verdict, Figures)> {
        let stop = CancellationToken::new();
        let listening: Vec<_> = std::mem::take(&mut self.backends)
            .into_iter()
            .map(|(tenant, backend)| self.ears.listen(tenant, backend, stop.clone()))
            .collect();
        for (index, sim) in (1..).zip(&self.carriers) {
            for line in storm(wish.seed.wrapping_mul(31) + index, wish.span()) {
                sim.plan(line)?;
            }
        }
        let client = |tenant| self.clients.get(&tenant).cloned().context("no such client");
        let (acme, globex) = (client(Tenant::Acme)?, client(Tenant::Globex)?);
        let sending = tokio::spawn(self.outbox.clone().send(wish, acme, globex));
        let writing = tokio::spawn(self.outbox.clone().write(wish, self.carriers.clone()));
        let mut figures = self.watch(wish, pid).await?;
        sending.await??;
        writing.await??;
        let verdict = self.settle(&mut figures).await?;
        figures.memory_mib.push(("when settled", resident_mib(pid)?));
        stop.cancel();
        for listening in listening {
            listening.await??;
        }
        self.print_counts();
        Ok((verdict, figures))
    }

    /// Reads the journals while there is traffic.
    async fn watch(&mut self, wish: Wish, pid: u32) -> Result<Figures> {
        let begun = Instant::now();
        let mut figures = Figures::default();
        let mut moments = vec![
            ("at the end of the traffic", wish.span()),
            ("in the middle", wish.span() / 2),
            ("at the start", WARM_UP.min(wish.span() / 4)),
        ];
        while begun.elapsed() < wish.span() {
            tokio::time::sleep(LOOK).await;
            self.witness.read_on(&self.carriers)?;
            while moments.last().is_some_and(|(_, at)| begun.elapsed() >= *at) {
                let when = moments.pop().map_or("", |(when, _)| when);
                figures.memory_mib.push((when, resident_mib(pid)?));
            }
        }
        Ok(figures)
    }

    /// Waits until nothing is wrong, or for as long as that may take; nothing may go wrong again after that.
    async fn settle(&mut self, figures: &mut Figures) -> Result<Verdict> {
        let begun = Instant::now();
        loop {
            tokio::time::sleep(SETTLE_LOOK).await;
            let verdict = self.judge_now().await?;
            let is_over = begun.elapsed() >= SETTLE_MAX;
            if is_over || (verdict.is_clean() && self.is_quiet()) {
                figures.settled_after = begun.elapsed();
                tokio::time::sleep(AFTERMATH).await;
                return self.judge_now().await;
            }
        }
    }

    async fn judge_now(&mut self) -> Result<Verdict> {
        self.witness.read_on(&self.carriers)?;
        // What is told meanwhile counts the next time.
        let (sent, told) = (self.outbox.sent().clone(), self.ears.told().clone());
        judge(&sent, &told, &self.witness, &self.clients).await
    }

    /// Whether the carriers have nothing more to say.
    fn is_quiet(&self) -> bool {
        let pending = |sim: &CarrierSimHandle| sim.counters().mos_pending + sim.counters().receipts_pending;
        self.carriers.iter().map(pending).sum::<u64>() == 0
    }

    fn print_counts(&self) {
        let sent = self.outbox.sent();
        println!(
            "accepted {}, refused {}, not answered {}; texts written {} and answers of persons",
            sent.accepted.len(),
            sent.refused,
            sent.unanswered,
            sent.texts
        );
        let (taken, again) = self.witness.segments();
        println!("segments the carriers took {taken}, again {again}");
        for (name, sim) in CARRIERS.iter().zip(&self.carriers) {
            let it = sim.counters();
            println!(
                "carrier {name}: links ended {}, submits refused {}, responses lost {}, delivered again {}, receipts {}, \
                 parts of texts {}",
                it.links_closed,
                it.submits_refused,
                it.responses_lost,
                it.redeliveries,
                it.receipts_acked,
                it.mos_acked
            );
        }
    }
}

fn with_books(mut verdict: Verdict, data: &std::path::Path) -> Result<Verdict> {
    let books = command_line::volley(data, &["books"])?;
    match books.code {
        0 => println!("volley books: adds up"),
        code => verdict.fault("SOAK-6 the books", format!("status {code}:\n{}{}", books.out, books.err)),
    }
    Ok(verdict)
}
