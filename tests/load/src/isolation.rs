//! What one carrier's trouble, and a campaign, cost those who have nothing to do with it (guarantee G10).
//!
//! Codes leave steadily through one carrier. Calm spells alternate with spells in which something is wrong elsewhere, so that
//! whatever else the machine does falls on both; only the ratio of their percentiles says something.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use volley_carrier_sim::{AccountConfig, CarrierSim, CarrierSimHandle, Outage, Rule, SimConfig};
use volley_e2e::{
    Volley,
    client::keyed,
    embedded::Embedded,
    provision::{admin, provision_behind, route_of},
    scenarios::{PASSWORD, SYSTEM_ID},
};
use volley_wire::proto::admin::v1::{PutAccountRequest, PutRouteRequest};

use crate::{
    clock::now_us,
    run::accept_to_submit,
    samples::Samples,
    stream::{Kind, Manner, Witness, follow, send},
};

/// The carrier of the codes, and the other one.
const CARRIERS: [&str; 2] = ["sim", "other"];

/// What the numbers of the other carrier's handsets begin with: its route, see [`route_of`].
const OTHER_DIGITS: &str = "82105";

/// How often each spell is played, how long it lasts, and the rest after it, in which what it left behind goes.
const ROUNDS: usize = 4;
const SPELL: Duration = Duration::from_secs(5);
const REST: Duration = Duration::from_secs(3);

/// Codes a second; messages a second to the carrier in trouble; messages a second of a campaign.
const CODES: f64 = 200.0;
const STRANGERS: f64 = 200.0;
const CAMPAIGN: f64 = 1_000.0;

/// How long a slow carrier takes to answer, in milliseconds.
const SLOW_MS: u32 = 3_000;

/// Entries kept of what a carrier did: more than a spell makes.
const JOURNAL_ENTRIES_MAX: usize = 100_000;

/// What is wrong in a spell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spell {
    /// Nothing; the other carrier has its messages too.
    Calm,
    /// The other carrier reads nothing and says nothing.
    Dead,
    /// The other carrier answers after [`SLOW_MS`].
    Slow,
    /// A campaign goes to the carrier of the codes.
    Campaign,
}

impl Spell {
    const TROUBLES: [Self; 3] = [Self::Dead, Self::Slow, Self::Campaign];

    fn title(self) -> &'static str {
        match self {
            Self::Calm => "nothing",
            Self::Dead => "the other carrier is dead",
            Self::Slow => "the other carrier answers after 3 s",
            Self::Campaign => "a campaign of 1 000 a second at the same carrier",
        }
    }
}

/// Plays, and prints a table.
///
/// # Errors
/// When something does not start, or a stream breaks.
pub async fn measure() -> Result<()> {
    let bench = Bench::start().await?;
    let mut calm = Samples::default();
    let mut troubled = [(); 3].map(|()| Samples::default());
    bench.play(Spell::Calm).await?;
    for _ in 0..ROUNDS {
        for (spell, samples) in Spell::TROUBLES.into_iter().zip(&mut troubled) {
            calm.extend(bench.play(Spell::Calm).await?);
            samples.extend(bench.play(spell).await?);
        }
    }
    print(&calm, &troubled);
    Ok(())
}

struct Bench {
    volley: Embedded,
    carriers: Vec<CarrierSimHandle>,
    key: String,
    current: watch::Sender<Arc<Witness>>,
    follower: JoinHandle<Result<()>>,
}

impl Bench {
    async fn start() -> Result<Self> {
        let mut carriers = Vec::new();
        for name in CARRIERS {
            let config = SimConfig {
                name: name.into(),
                accounts: vec![AccountConfig::new(SYSTEM_ID, PASSWORD)],
                journal_entries_max: JOURNAL_ENTRIES_MAX,
                texts_max: 0,
                ..SimConfig::default()
            };
            carriers.push(CarrierSim::start(config).await?);
        }
        let options = CARRIERS.iter().zip(&carriers).flat_map(|(name, sim)| {
            let url = format!("{name}=smpp://{SYSTEM_ID}:{PASSWORD}@{}", sim.addr());
            ["--carrier".to_owned(), url]
        });
        let volley = Embedded::start_with(options.collect()).await?;
        let tenants = provision_behind(&volley, &CARRIERS).await?;
        set_up(&volley, &carriers).await?;
        let (current, seen) = watch::channel(Witness::new(0, 0, Kind::CODES));
        let follower = tokio::spawn(follow(keyed(&volley.front_door(), &tenants.acme).await?, seen));
        Ok(Self { volley, carriers, key: tenants.acme, current, follower })
    }

    /// One spell; gives how long its codes took from the front door's OK to the carrier.
    async fn play(&self, spell: Spell) -> Result<Samples> {
        let [sim, other] = self.carriers.as_slice() else {
            anyhow::bail!("two carriers")
        };
        match spell {
            Spell::Calm | Spell::Campaign => {}
            Spell::Dead => other.outage(Outage::Silent, Some(SPELL)),
            Spell::Slow => other.rule("*", Rule { response_delay_ms: Some(SLOW_MS), ..Rule::DELIVERED }),
        }
        let mut senders = JoinSet::new();
        let codes = self.send(&mut senders, Kind::CODES, CODES).await?;
        self.send(&mut senders, Kind { first_digits: OTHER_DIGITS, ..Kind::ALERTS }, STRANGERS)
            .await?;
        if spell == Spell::Campaign {
            self.send(&mut senders, Kind::ADS, CAMPAIGN).await?;
        }
        while let Some(ended) = senders.join_next().await {
            ended??;
        }
        other.clear_rules();
        tokio::time::sleep(REST).await;
        ensure!(!self.follower.is_finished(), "the event stream has ended");
        Ok(accept_to_submit(sim, &codes))
    }

    /// Sends a spell's messages of this kind at this rate a second.
    async fn send(&self, senders: &mut JoinSet<Result<()>>, kind: Kind, rate: f64) -> Result<Arc<Witness>> {
        let messages = (rate * SPELL.as_secs_f64()) as u32;
        let run = u32::try_from(now_us() / 1_000 % 1_000_000_000)?;
        let witness = Witness::new(run, messages, kind);
        if kind == Kind::CODES {
            self.current.send_replace(Arc::clone(&witness));
        }
        let manner = Manner { pace: Some(rate), per_request: 1, unreported_max: None };
        let channel = keyed(&self.volley.front_door(), &self.key).await?;
        senders.spawn(send(channel, Arc::clone(&witness), (0..messages).collect(), manner));
        // Two kinds must not have one run number.
        tokio::time::sleep(Duration::from_millis(2)).await;
        Ok(witness)
    }
}

async fn set_up(volley: &Embedded, carriers: &[CarrierSimHandle]) -> Result<()> {
    let mut admin = admin(volley).await?;
    for ((index, name), sim) in (0..).zip(CARRIERS).zip(carriers) {
        let account = PutAccountRequest {
            account: name.into(),
            carrier: name.into(),
            host: sim.addr().ip().to_string(),
            port: sim.addr().port().into(),
            system_id: SYSTEM_ID.into(),
            binds: 2,
            window: 100,
            ..Default::default()
        };
        admin.put_account(account).await.context("the account")?;
        let accounts = vec![name.to_owned()];
        admin.put_route(PutRouteRequest { prefix: route_of(index), accounts }).await?;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn print(calm: &Samples, troubled: &[Samples; 3]) {
    println!("| what is wrong | codes | accept to submit p50 / p99 | p50 to calm | p99 to calm |");
    println!("|---|---|---|---|---|");
    let ratio = |samples: &Samples, percent| match (samples.percentile_ms(percent), calm.percentile_ms(percent)) {
        (Some(this), Some(calm)) => format!("{:.2}", this / calm),
        _ => "-".to_owned(),
    };
    for (spell, samples) in std::iter::once((Spell::Calm, calm)).chain(Spell::TROUBLES.into_iter().zip(troubled)) {
        let (median, p99) = (ratio(samples, 50), ratio(samples, 99));
        println!("| {} | {} | {} | {median} | {p99} |", spell.title(), samples.len(), samples.in_words());
    }
}
