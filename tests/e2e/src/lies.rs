//! What a carrier can do to a message: each lie of carrier-sim, by the number dialled, and an outage that begins and ends by the clock.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use volley_carrier_sim::{CarrierSimHandle, Event, Outage, RULES_BY_LAST_DIGITS, TimetableLine};
use volley_wire::proto::{
    admin::v1::{PutAccountRequest, PutRouteRequest},
    messaging::v1::{MessageState, MessageStatus, Reason, SendMessageRequest, TrafficClass},
};

use crate::{
    backend::{Backend, PATIENCE, is_final},
    provision::{ACME_NUMBER, Tenants, admin},
    scenarios::SYSTEM_ID,
    volley::Volley,
};

/// How long a submit may stay unanswered here; over the 3 s of the line that answers late.
const RESPONSE_TIMEOUT_MS: u64 = 4_000;
/// Validity of what a carrier refuses for now, without end.
const SHORT_VALIDITY_MS: u64 = 15_000;
/// How long after the end of its sessions an account's room may still count.
const ALLOWANCE_TRAVELS: Duration = Duration::from_secs(3);
/// Sessions of the account: what is delivered again comes on another one.
const BINDS: u32 = 2;

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It ends like this.
    Ends(MessageState, Reason),
    /// It ends like this where the receipt tells whose it is; else it stays open like the next.
    EndsIfTold(MessageState, Reason),
    /// The carrier never says what became of it: it stays submitted until its validity and the receipt's grace are over, and is
    /// UNKNOWN then.
    StaysOpen,
}

use Fate::{Ends, EndsIfTold, StaysOpen};

const DELIVERED: Fate = Ends(MessageState::Delivered, Reason::ReceiptDelivered);

/// What must become of a message to a number that ends so.
fn fate_of(digits: &str) -> Option<Fate> {
    Some(match digits {
        "9901" => Ends(MessageState::Failed, Reason::ReceiptUndeliverable),
        "9902" => Ends(MessageState::Expired, Reason::ReceiptExpired),
        "9903" => Ends(MessageState::Failed, Reason::ReceiptRejected),
        "9904" => Ends(MessageState::Failed, Reason::ReceiptDeleted),
        "9905" => Ends(MessageState::Unknown, Reason::ReceiptUnknown),
        // ACCEPTD is no end: the next hop has it, as carriers mean it. An unmarked receipt is a text like any other.
        "9906" | "9907" | "9915" | "9937" => StaysOpen,
        "9920" => Ends(MessageState::Failed, Reason::CarrierRefused),
        // Another way might do, and there is none.
        "9924" | "9925" => Ends(MessageState::Failed, Reason::RetriesExhausted),
        "9921" | "9922" | "9923" => Ends(MessageState::Expired, Reason::ValidityEnded),
        // Its receipt names an id that no response gave, or gave in another base than the carrier's other ones.
        "9913" | "9914" | "9935" => EndsIfTold(MessageState::Delivered, Reason::ReceiptDelivered),
        "9908" | "9909" | "9910" | "9911" | "9912" | "9926" | "9930" | "9931" | "9932" | "9933" | "9934" | "9936"
        | "9938" => DELIVERED,
        _ => return None,
    })
}

/// Lines after which nobody knows whether the carrier took the message.
const AMBIGUOUS: [&str; 3] = ["9913", "9914", "9915"];

/// Lines that cut a link, with whatever else is unanswered on it.
const CUTTING: [&str; 2] = ["9914", "9938"];

/// A wide account at this carrier, which notices soon that it is not answered.
///
/// # Errors
/// When the front door refuses.
pub async fn widen(volley: &impl Volley, account: &str, sim: &CarrierSimHandle) -> Result<()> {
    let put = PutAccountRequest {
        account: account.into(),
        carrier: account.into(),
        host: sim.addr().ip().to_string(),
        port: sim.addr().port().into(),
        system_id: SYSTEM_ID.into(),
        binds: BINDS,
        response_timeout_ms: RESPONSE_TIMEOUT_MS,
        ..Default::default()
    };
    admin(volley).await?.put_account(put).await?;
    let deadline = Instant::now() + PATIENCE;
    while sim.counters().binds_open < u64::from(BINDS) {
        ensure!(Instant::now() < deadline, "the account did not bind {BINDS} times");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Every lie of the table at once, each between two honest neighbours, and those that cut links when the others have ended: every
/// message ends as its number says, and no other.
///
/// # Errors
/// When one does not.
pub async fn each_lie_is_survived(volley: &impl Volley, sim: &CarrierSimHandle, tenants: &Tenants) -> Result<()> {
    widen(volley, volley.account(), sim).await?;
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let mut fates = BTreeMap::new();
    for cutting in [false, true] {
        let mut sent = Vec::new();
        let lines = RULES_BY_LAST_DIGITS.iter();
        for line in lines.filter(|line| CUTTING.contains(&line.digits) == cutting) {
            let fate = fate_of(line.digits).with_context(|| format!("{} has no fate here", line.digits))?;
            let neighbours = [(1, "0001", DELIVERED), (3, "0003", DELIVERED)];
            let neighbours = neighbours.into_iter().filter(|_| !cutting);
            for (place, digits, fate) in neighbours.chain([(2, line.digits, fate)]) {
                let id = format!("lie-{}-{place}", line.digits);
                let to = format!("82102{}{digits}", &line.digits[1..]);
                let message = acme.send_message(request(&id, &to, line.digits)).await?;
                sent.push((message.clone(), id.clone(), fate));
                fates.insert(message, (id, line.digits, fate));
            }
        }
        for (message, id, fate) in &sent {
            if let Ends(..) = fate {
                acme.final_state(message).await.with_context(|| id.clone())?;
            }
        }
    }
    let mut wrong = Vec::new();
    for (message, (id, digits, fate)) in &fates {
        let now = acme.status(message).await?;
        let is_right = match fate {
            Ends(state, reason) => ended(&now) == (*state, *reason),
            StaysOpen => !is_final(now.state()),
            EndsIfTold(state, reason) => !is_final(now.state()) || ended(&now) == (*state, *reason),
        };
        let lied = id.ends_with("-2");
        let says_so = !lied || now.ambiguous == AMBIGUOUS.contains(digits);
        wrong.extend((!is_right || !says_so).then(|| format!("{id}: {now:?}")));
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

fn request(id: &str, to: &str, digits: &str) -> SendMessageRequest {
    let refused_for_now = matches!(digits, "9921" | "9922" | "9923");
    SendMessageRequest {
        request_id: id.into(),
        from: ACME_NUMBER.into(),
        to: format!("+{to}"),
        text: format!("text of {id}"),
        // Whoever may not have it twice: what is ambiguous is not sent again.
        traffic_class: TrafficClass::Marketing.into(),
        validity_ms: if refused_for_now { SHORT_VALIDITY_MS } else { 0 },
        ..Default::default()
    }
}

/// The first carrier is dead for a while: what has another way takes it, what has time waits, what has none expires, and nothing comes
/// twice but what is called ambiguous.
///
/// # Errors
/// When it does not happen.
pub async fn an_outage_is_survived(
    volley: &impl Volley,
    (name, sim): (&str, &CarrierSimHandle),
    (other_name, other): (&str, &CarrierSimHandle),
    tenants: &Tenants,
    lasts: Duration,
) -> Result<()> {
    const NO_OTHER_WAY: &str = "8210610";
    const ANOTHER_WAY: &str = "8210620";
    widen(volley, name, sim).await?;
    let mut admin = admin(volley).await?;
    for (prefix, accounts) in [(NO_OTHER_WAY, vec![name]), (ANOTHER_WAY, vec![name, other_name])] {
        let accounts = accounts.into_iter().map(str::to_owned).collect();
        admin.put_route(PutRouteRequest { prefix: prefix.into(), accounts }).await?;
    }
    let mut acme = Backend::connect(volley, &tenants.acme).await?;
    let send = async |acme: &mut Backend, id: &str, to: &str, class: TrafficClass, validity_ms| {
        let message = SendMessageRequest {
            to: format!("+{to}"),
            traffic_class: class.into(),
            validity_ms,
            ..request(id, to, "")
        };
        acme.send_message(message).await
    };
    let handset = |prefix: &str, number: u32| format!("{prefix}{number:05}");

    // Taken and not answered when the outage begins: nobody can know.
    sim.pause_responses(true);
    let (class, cut_off) = (TrafficClass::Transactional, handset(ANOTHER_WAY, 1));
    let unanswered = send(&mut acme, "cut-off", &cut_off, class, 0).await?;
    sim.wait_for_text(&cut_off, |_| true, PATIENCE).await?;
    let lasts_ms = u64::try_from(lasts.as_millis())?;
    sim.plan(TimetableLine::once(0, Event::Outage { kind: Outage::HungUp, lasts_ms }))?;
    let begun = Instant::now();
    while sim.counters().binds_open > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    sim.pause_responses(false);
    // Until routing has heard that there is no room any more.
    tokio::time::sleep(ALLOWANCE_TRAVELS).await;

    let waits = send(&mut acme, "waits", &handset(NO_OTHER_WAY, 1), class, 0).await?;
    let expires = send(&mut acme, "expires", &handset(NO_OTHER_WAY, 2), TrafficClass::Otp, lasts_ms / 3).await?;
    let turns = send(&mut acme, "turns", &handset(ANOTHER_WAY, 2), class, 0).await?;

    let turned = acme.final_state(&turns).await.context("what has another way")?;
    ensure!(turned.state() == MessageState::Delivered && !turned.ambiguous, "{turned:?}");
    ensure!(begun.elapsed() < lasts, "what has another way waited for the first");
    ensure!(other.inbox(&handset(ANOTHER_WAY, 2)).len() == 1, "it did not go another way");
    let expired = acme.final_state(&expires).await.context("what has no time")?;
    ensure!(ended(&expired) == (MessageState::Expired, Reason::ValidityEnded), "{expired:?}");
    ensure!(begun.elapsed() < lasts, "what has no time waited for the end of the outage");
    ensure!(acme.status(&waits).await?.state() == MessageState::Queued, "what has time does not wait");

    tokio::time::sleep(lasts.saturating_sub(begun.elapsed())).await;
    let waited = acme.final_state(&waits).await.context("what has time")?;
    ensure!(waited.state() == MessageState::Delivered && !waited.ambiguous, "{waited:?}");
    ensure!(sim.inbox(&handset(NO_OTHER_WAY, 1)).len() == 1, "what waited did not arrive once");
    ensure!(sim.inbox(&handset(NO_OTHER_WAY, 2)).is_empty(), "what had expired arrived all the same");
    // It may go again by either: the first still had room for it when the second try was decided.
    let again = acme.final_state(&unanswered).await.context("what was not answered")?;
    ensure!(again.state() == MessageState::Delivered && again.ambiguous, "{again:?}");
    let copies = sim.inbox(&cut_off).len() + other.inbox(&cut_off).len();
    ensure!(copies == 2, "what was not answered came {copies} times");
    Ok(())
}

fn ended(status: &MessageStatus) -> (MessageState, Reason) {
    (status.state(), status.reason())
}
