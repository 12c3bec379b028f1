//! What clients were told against what carriers saw.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use anyhow::{Context, Result};
use volley_e2e::{client::Keyed, provision::ACME_NUMBER};
use volley_wire::proto::messaging::v1::{
    GetMessageRequest, MessageState, MessageStatus, Reason, messaging_service_client::MessagingServiceClient,
};

use crate::{
    reasons::{Why, why},
    told::{Tenant, Told},
    traffic::{Accepted, Sent},
    witness::{Witness, Written, clock},
    words::{message_in, written_in},
};

/// Faults of one kind that are told one by one.
const TOLD_MAX: usize = 10;
/// How soon after a client learnt of a STOP its messages may still pass the front door as before.
const STOP_TRAVELS: Duration = Duration::from_secs(2);

/// How it went.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Messages by how they ended.
    pub ended: BTreeMap<&'static str, usize>,
    /// Messages in flight, by why.
    pub in_flight: BTreeMap<Why, Vec<String>>,
    /// The first message in flight for which there is no reason.
    pub unexplained: Option<String>,
    /// Replies that came to clients.
    pub replies: usize,
    /// Of these, marked as possible repeats.
    pub possible_repeats: usize,
    /// Of these, lacking parts.
    pub incomplete: usize,
    /// Messages that ended, called ambiguous.
    pub ambiguous: usize,
    /// Messages whose end a later receipt corrected.
    pub corrected: usize,
    /// What must not be, by rule: how often, and the first ones.
    pub faults: BTreeMap<&'static str, (usize, Vec<String>)>,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    /// A message of each kind of those in flight, and of those that should not be: their stories are worth reading.
    pub fn examples(&self) -> impl Iterator<Item = &str> {
        let in_flight = self.in_flight.values().filter_map(|ids| ids.first());
        in_flight.chain(&self.unexplained).map(String::as_str)
    }

    /// Notes a fault.
    pub fn fault(&mut self, rule: &'static str, what: String) {
        let (count, told) = self.faults.entry(rule).or_default();
        *count += 1;
        if told.len() < TOLD_MAX {
            told.push(what);
        }
    }
}

/// Judges. Messages without an end are asked for at their tenants'.
///
/// # Errors
/// When the front door does not answer.
pub async fn judge(sent: &Sent, told: &Told, witness: &Witness, clients: &BTreeMap<Tenant, Keyed>) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    for (id, accepted) in &sent.accepted {
        match told.end_of(id) {
            Some(end) => judge_end(&mut verdict, id, accepted, end, (told, witness)),
            None => {
                let tenant = sent.senders.get(&accepted.number).context("nobody sent it")?;
                let status = ask(clients.get(tenant).context("no such client")?, id).await?;
                match why(&status, witness.seen(accepted.number), witness) {
                    Some(why) => verdict.in_flight.entry(why).or_default().push(id.clone()),
                    None => {
                        verdict.unexplained.get_or_insert_with(|| id.clone());
                        verdict.fault("SOAK-1 in flight without a reason", format!("{id}: {status:?}"));
                    }
                }
            }
        }
    }
    judge_replies(&mut verdict, sent, told, witness);
    if witness.refused > 0 {
        verdict.fault("SOAK-4 a delivery was refused for good", witness.refused.to_string());
    }
    Ok(verdict)
}

async fn ask(client: &Keyed, message: &str) -> Result<MessageStatus> {
    let request = GetMessageRequest { message_id: message.into() };
    let answer = MessagingServiceClient::new(client.clone()).get_message(request).await?;
    answer.into_inner().status.context("no status in the answer")
}

fn judge_end(
    verdict: &mut Verdict,
    id: &str,
    accepted: &Accepted,
    end: &MessageStatus,
    (told, witness): (&Told, &Witness),
) {
    *verdict.ended.entry(end.state().as_str_name()).or_default() += 1;
    verdict.ambiguous += usize::from(end.ambiguous);
    verdict.corrected += usize::from(end.corrects() != MessageState::Unspecified);
    let ends = told.ends_of(id);
    if ends != 1 {
        verdict.fault("SOAK-1 ended more than once", format!("{id} {ends} times"));
    }
    let (copies, texts, undelivered) = witness
        .seen(accepted.number)
        .map_or((0, 0, false), |seen| (seen.copies(), seen.texts, seen.has_undelivered()));
    if end.state() == MessageState::Delivered && texts == 0 {
        verdict.fault("SOAK-2 delivered, and the handset has it not", id.to_owned());
    }
    let bad_receipt = matches!(
        end.reason(),
        Reason::ReceiptUndeliverable | Reason::ReceiptExpired | Reason::ReceiptRejected | Reason::ReceiptUnknown
    );
    if bad_receipt && !undelivered {
        verdict.fault("SOAK-2 failed, and nothing failed at the carrier", format!("{id}: {end:?}"));
    }
    if copies > 1 && !end.ambiguous {
        verdict.fault("SOAK-3 taken more than once, and not called ambiguous", format!("{id} {copies} times: {end:?}"));
    }
    let stopped = told.stops.get(&accepted.to).filter(|_| accepted.from == ACME_NUMBER);
    if stopped.is_some_and(|stop| accepted.at > *stop + STOP_TRAVELS) && end.reason() != Reason::OptedOut {
        verdict.fault("SOAK-5 asked for after a STOP, and not refused", format!("{id}: {end:?}"));
    }
}

/// How often a text came to clients, and how often marked as a possible repeat.
#[derive(Debug, Default)]
struct Came {
    times: usize,
    marked: usize,
    /// When each reached Volley, a marked one with a question mark.
    at: Vec<String>,
}

fn judge_replies(verdict: &mut Verdict, sent: &Sent, told: &Told, witness: &Witness) {
    let mut came: BTreeMap<Written, Came> = BTreeMap::new();
    for heard in told.replies.values() {
        let reply = &heard.reply;
        verdict.replies += 1;
        verdict.possible_repeats += usize::from(reply.possible_repeat);
        let owner = owner(sent, &reply.text);
        if owner != Some(heard.tenant) {
            verdict.fault("SOAK-4 a reply came to the wrong tenant", format!("{}: {owner:?}", reply.reply_id));
        }
        if reply.incomplete {
            verdict.incomplete += 1;
            if !reply.possible_repeat {
                verdict.fault("SOAK-4 a reply lacks parts", reply.reply_id.clone());
            }
            continue;
        }
        let key = (reply.from.trim_start_matches('+').to_owned(), reply.text.clone());
        let came = came.entry(key).or_default();
        came.times += 1;
        came.marked += usize::from(reply.possible_repeat);
        let mark = if reply.possible_repeat { " ?" } else { "" };
        came.at.push(clock(reply.received_at_us) + mark);
    }
    if told.repeats > 0 {
        verdict.fault("SOAK-4 a reply came twice under one id", told.repeats.to_string());
    }
    let nothing = Came::default();
    let known: BTreeSet<&Written> = witness.heard().map(|(written, _)| written).chain(came.keys()).collect();
    for written in known {
        let (answered, came) = (witness.times(written), came.get(written).unwrap_or(&nothing));
        let name = || format!("{answered} answered, {came:?}: {:?}{}", which(&written.1), witness.story(written));
        if came.times < answered {
            verdict.fault("SOAK-4 answered with 0, and lost", name());
        }
        if came.times - came.marked > answered {
            verdict.fault("SOAK-4 came more than once, and not marked", name());
        }
    }
}

/// For whom a text from a handset is. STOP goes to the number's owner.
fn owner(sent: &Sent, text: &str) -> Option<Tenant> {
    let written = written_in(text).and_then(|number| sent.written.get(&number));
    let answered = || message_in(text).and_then(|number| sent.senders.get(&number));
    written.or_else(answered).copied().or((text == "STOP").then_some(Tenant::Acme))
}

fn which(text: &str) -> String {
    match (written_in(text), message_in(text)) {
        (Some(number), _) => format!("text {number}"),
        (None, Some(number)) => format!("answer to message {number}"),
        (None, None) => "STOP".to_owned(),
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (state, count) in &self.ended {
            writeln!(f, "  {:<12} {count}", state.trim_start_matches("MESSAGE_STATE_"))?;
        }
        for (why, ids) in &self.in_flight {
            writeln!(f, "  in flight    {} ({})", ids.len(), why.words())?;
            for id in ids {
                writeln!(f, "               {id}")?;
            }
        }
        let Self { ambiguous, corrected, replies, possible_repeats, incomplete, .. } = self;
        writeln!(f, "  ambiguous    {ambiguous}, corrected later {corrected}")?;
        writeln!(f, "  replies      {replies}, possible repeats {possible_repeats}, lacking parts {incomplete}")?;
        for (rule, (count, told)) in &self.faults {
            writeln!(f, "  FAULT {rule}: {count}")?;
            for what in told {
                writeln!(f, "        {what}")?;
            }
        }
        Ok(())
    }
}
