//! Clients that send and persons who write, steadily, until the time is over.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Result;
use tokio::{sync::Semaphore, time::MissedTickBehavior};
use volley_carrier_sim::{CarrierSimHandle, Chance, Line, LongText, Mo, MoError, PartOrder, Person};
use volley_e2e::{
    client::Keyed,
    provision::{ACME_NUMBER, SHARED_CODE},
};
use volley_wire::proto::messaging::v1::{
    SendMessageRequest, TrafficClass, messaging_service_client::MessagingServiceClient,
};

use crate::{
    told::Tenant,
    wish::Wish,
    words::{self, ANSWER_PREFIX},
};

/// Calls under way at once.
const CALLS_MAX: usize = 64;
/// A call that is not answered by then is given up; the client then does not know.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Validity of a code, in milliseconds: some expire in an outage.
const CODE_VALIDITY_MS: u64 = 60_000;

/// Handsets begin so, with five digits of their own behind it, of which the last four are never 99xx: those have other fates.
const PLAIN: &str = "8210500";
const FATED: &str = "8210501";
const ANSWERING: &str = "8210502";
const STOPPING: &str = "8210503";
const WRITING: &str = "8210504";
/// Handsets of each kind. Of those that answer each tenant has every other one: both write from one number, and whose a late answer is
/// would depend on which message the handset got last.
const HANDSETS: usize = 2_000;
/// Last digits of handsets that get nothing, see the table of carrier-sim.
const FATES: [&str; 4] = ["9901", "9902", "9903", "9905"];

/// A message that was accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Its number in our texts.
    pub number: u32,
    /// The handset, with its +.
    pub to: String,
    /// The virtual number.
    pub from: &'static str,
    /// When it was asked for.
    pub at: Instant,
}

/// What was sent and written, and by whom.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// By message id.
    pub accepted: BTreeMap<String, Accepted>,
    /// Whose a message is, by its number; also of those whose answer never came.
    pub senders: BTreeMap<u32, Tenant>,
    /// For whom a handset's text is, by its number.
    pub written: BTreeMap<u32, Tenant>,
    /// Texts from handsets, STOP among them.
    pub texts: u64,
    /// Calls that the front door refused, and calls that were never answered.
    pub refused: u64,
    pub unanswered: u64,
}

/// Shared by everyone who sends.
#[derive(Debug, Clone, Default)]
pub struct Outbox(Arc<Mutex<Sent>>);

impl Outbox {
    /// What was sent so far.
    pub fn sent(&self) -> MutexGuard<'_, Sent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Clients send until the time is over.
    ///
    /// # Errors
    /// When a task panicked.
    pub async fn send(self, wish: Wish, acme: Keyed, globex: Keyed) -> Result<()> {
        let mut chance = Chance::from_seed(wish.seed);
        let room = Arc::new(Semaphore::new(CALLS_MAX));
        let mut pace = pace(wish.mt_per_second);
        let begun = Instant::now();
        for number in 0.. {
            pace.tick().await;
            if begun.elapsed() >= wish.span() {
                break;
            }
            let (tenant, from, message) = message(number, wish.seed, &mut chance);
            self.sent().senders.insert(number, tenant);
            let client = if tenant == Tenant::Acme { acme.clone() } else { globex.clone() };
            let (outbox, permit) = (self.clone(), Arc::clone(&room).acquire_owned().await?);
            tokio::spawn(async move {
                outbox.call(client, number, from, message).await;
                drop(permit);
            });
        }
        // All calls have ended when nobody holds a permit.
        room.acquire_many(u32::try_from(CALLS_MAX)?).await?.forget();
        Ok(())
    }

    async fn call(&self, client: Keyed, number: u32, from: &'static str, message: SendMessageRequest) {
        let (at, to) = (Instant::now(), message.to.clone());
        let mut client = MessagingServiceClient::new(client);
        match tokio::time::timeout(CALL_TIMEOUT, client.send_message(message)).await {
            Ok(Ok(answer)) => {
                let accepted = Accepted { number, to, from, at };
                self.sent().accepted.insert(answer.into_inner().message_id, accepted);
            }
            Ok(Err(_)) => self.sent().refused += 1,
            Err(_) => self.sent().unanswered += 1,
        }
    }

    /// Persons write until the time is over.
    ///
    /// # Errors
    /// When a carrier cannot take a text, other than because it has too many.
    pub async fn write(self, wish: Wish, carriers: Vec<CarrierSimHandle>) -> Result<()> {
        let mut chance = Chance::from_seed(!wish.seed);
        let mut pace = pace(wish.mo_per_second);
        let begun = Instant::now();
        let mut stopping = 0;
        for number in 0.. {
            pace.tick().await;
            if begun.elapsed() >= wish.span() {
                break;
            }
            let mo = if chance.hits(3) && stopping < HANDSETS {
                stopping += 1;
                Mo::new(handset(STOPPING, stopping - 1), dialled(ACME_NUMBER), "STOP")
            } else {
                let (tenant, mo) = text(number, &mut chance);
                self.sent().written.insert(number, tenant);
                mo
            };
            match carriers[chance.below(carriers.len())].send(&mo) {
                Ok(_) => self.sent().texts += 1,
                Err(MoError::QueueFull) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// The persons of the handsets that answer: each text, with the text itself.
pub fn answering() -> Person {
    let line = Line { times: 0, ..Line::new("*", format!("{ANSWER_PREFIX}{{text}}")) };
    Person { number: format!("{ANSWERING}*").as_str().into(), script: vec![line] }
}

fn pace(per_second: f64) -> tokio::time::Interval {
    let mut pace = tokio::time::interval(Duration::from_secs_f64(1.0 / per_second));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}

fn handset(kind: &str, number: usize) -> String {
    format!("{kind}{number:05}")
}

/// A virtual number as a handset dials it.
fn dialled(number: &'static str) -> &'static str {
    number.trim_start_matches("KR:")
}

fn message(number: u32, seed: u64, chance: &mut Chance) -> (Tenant, &'static str, SendMessageRequest) {
    let at_random = |chance: &mut Chance, kind| handset(kind, chance.below(HANDSETS));
    let (tenant, from) = match chance.below(10) {
        0..6 => (Tenant::Acme, ACME_NUMBER),
        6 => (Tenant::Acme, SHARED_CODE),
        _ => (Tenant::Globex, SHARED_CODE),
    };
    let to = match chance.below(20) {
        0 => format!("{FATED}{}{}", chance.below(10), FATES[chance.below(FATES.len())]),
        1 | 2 => handset(ANSWERING, 2 * chance.below(HANDSETS / 2) + usize::from(tenant == Tenant::Globex)),
        3 if from == ACME_NUMBER => at_random(chance, STOPPING),
        _ => at_random(chance, PLAIN),
    };
    let (class, validity_ms) = match chance.below(10) {
        0 => (TrafficClass::Otp, CODE_VALIDITY_MS),
        1..7 => (TrafficClass::Transactional, 0),
        _ => (TrafficClass::Marketing, 0),
    };
    let message = SendMessageRequest {
        request_id: format!("soak-{seed}-{number}"),
        from: from.into(),
        to: format!("+{to}"),
        text: words::message(number, chance.hits(10)),
        traffic_class: class.into(),
        validity_ms,
        ..Default::default()
    };
    (tenant, from, message)
}

fn text(number: u32, chance: &mut Chance) -> (Tenant, Mo) {
    let (tenant, to, keyword) = match chance.below(3) {
        0 => (Tenant::Acme, SHARED_CODE, "PIZZA"),
        1 => (Tenant::Globex, SHARED_CODE, "TAXI"),
        _ => (Tenant::Acme, ACME_NUMBER, ""),
    };
    let text = words::written(keyword, number, chance.hits(30), chance.hits(20));
    let mo = Mo {
        long_text: [LongText::Udh8, LongText::Udh16, LongText::Sar, LongText::Payload][chance.below(4)],
        part_order: [PartOrder::InOrder, PartOrder::Reversed, PartOrder::Shuffled][chance.below(3)],
        answer_lost: chance.hits(2),
        ..Mo::new(handset(WRITING, chance.below(HANDSETS)), dialled(to), text)
    };
    (tenant, mo)
}
