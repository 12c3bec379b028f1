//! What became of messages: G1, G2, G3, G5, G8, G9, G13.

use std::collections::{BTreeMap, BTreeSet};

use volley_events::CarrierMessageId;
use volley_types::{FinalState, MessageId, MessageState, Timestamp};

use super::{Evidence, Violation, evidence::Accepted, violated};
use crate::{
    carrier::Submit,
    setup::{TENANTS, tenant},
    wish::{OTHER_TEXT, Wish},
    world::World,
};

/// Judges all messages.
pub fn judge(world: &World, evidence: &Evidence) -> Result<(), Violation> {
    let heard: BTreeSet<MessageId> = evidence.statuses.keys().copied().collect();
    for message in heard {
        ends_once(message, evidence)?;
    }
    for wish in &world.wishes {
        let Some(message) = wish.message else { continue };
        is_known(wish, message, evidence)?;
        let submits = submits_of(world, wish.number);
        took_few(message, &submits, evidence)?;
        said_one_thing(wish, &submits)?;
        is_credited_rightly(message, &submits, evidence)?;
        is_believed(world, message, evidence)?;
    }
    in_order(world, evidence)
}

fn submits_of(world: &World, number: u64) -> Vec<&Submit> {
    let of_wish = |submit: &&Submit| submit.message.is_some_and(|message| message % OTHER_TEXT == number);
    world
        .carriers
        .iter()
        .flat_map(|carrier| &carrier.submits)
        .filter(of_wish)
        .collect()
}

/// How a message ended, as its client read it: the newest word.
fn ending_of(message: MessageId, evidence: &Evidence) -> Option<FinalState> {
    endings_of(message, evidence).pop()
}

/// How a message ended, and how that was corrected.
pub fn endings_of(message: MessageId, evidence: &Evidence) -> Vec<FinalState> {
    finals(message, evidence).into_iter().map(|(state, _)| state).collect()
}

fn finals(message: MessageId, evidence: &Evidence) -> Vec<(FinalState, Option<FinalState>)> {
    let statuses = evidence.statuses.get(&message).map_or(&[][..], Vec::as_slice);
    let ended = statuses.iter().filter_map(|(_, change)| match change.state {
        MessageState::Final(state) => Some((state, change.corrects)),
        _ => None,
    });
    ended.collect()
}

/// G1.
fn ends_once(message: MessageId, evidence: &Evidence) -> Result<(), Violation> {
    let mut before = None;
    for (state, corrects) in finals(message, evidence) {
        if corrects != before {
            return violated(
                "G1",
                format!("{message} ended as {state:?}, which corrects {corrects:?} and not {before:?}"),
            );
        }
        before = Some(state);
    }
    match before {
        Some(_) => Ok(()),
        None => violated("G1", format!("{message} has no final state")),
    }
}

/// G2, and that its own tenant reads of it (G5).
fn is_known(wish: &Wish, message: MessageId, evidence: &Evidence) -> Result<(), Violation> {
    let statuses = evidence.statuses.get(&message);
    if wish.accepted && statuses.is_none() {
        return violated("G2", format!("{message} (m{}) was accepted and nobody heard of it again", wish.number));
    }
    let owner = tenant(TENANTS[wish.tenant]);
    match statuses.into_iter().flatten().find(|(reader, _)| *reader != owner) {
        Some((reader, _)) => violated("G5", format!("{reader} reads of {message}, which is {owner}'s")),
        None => Ok(()),
    }
}

/// G3.
fn took_few(message: MessageId, submits: &[&Submit], evidence: &Evidence) -> Result<(), Violation> {
    let mut segments = BTreeSet::new();
    if let Some(twice) = submits.iter().find(|submit| !segments.insert((submit.attempt, submit.segment))) {
        return violated("G3", format!("segment {} of one try of {message} was sent twice", twice.segment));
    }
    let tries: BTreeSet<u64> = submits
        .iter()
        .filter(|submit| submit.taken)
        .map(|submit| submit.attempt)
        .collect();
    let count = |of: &BTreeMap<MessageId, BTreeSet<u16>>| of.get(&message).map_or(0, BTreeSet::len);
    let (ambiguous, broken) = (count(&evidence.ambiguous), count(&evidence.broken));
    if tries.len() > 1 + ambiguous + broken {
        let taken = tries.len();
        return violated(
            "G3",
            format!("carriers took {taken} tries of {message}; {ambiguous} were ambiguous, {broken} broken off"),
        );
    }
    Ok(())
}

/// G8: two texts under one request id are one message, with the first text.
fn said_one_thing(wish: &Wish, submits: &[&Submit]) -> Result<(), Violation> {
    let texts: BTreeSet<_> = submits.iter().filter_map(|submit| submit.message).collect();
    match texts.len() {
        0 | 1 => Ok(()),
        _ => violated("G8", format!("request r{} was sent with the texts {texts:?}", wish.number)),
    }
}

/// G13: delivered is only what a carrier said so of, every segment of one try.
fn is_credited_rightly(message: MessageId, submits: &[&Submit], evidence: &Evidence) -> Result<(), Violation> {
    let says_delivered = |(state, _): &(FinalState, _)| *state == FinalState::Delivered;
    if !finals(message, evidence).iter().any(says_delivered) {
        return Ok(());
    }
    let mut told: BTreeMap<u64, u8> = BTreeMap::new();
    for submit in submits.iter().filter(|submit| submit.told_delivered) {
        *told.entry(submit.attempt).or_default() += 1;
    }
    let is_whole = |submit: &&Submit| told.get(&submit.attempt).is_some_and(|segments| *segments == submit.of);
    match submits.iter().any(is_whole) {
        true => Ok(()),
        false => violated("G13", format!("{message} counts as delivered, and no carrier said so")),
    }
}

/// G13, the other way: what a carrier says of ids that were reported, and given only once, is believed.
fn is_believed(world: &World, message: MessageId, evidence: &Evidence) -> Result<(), Violation> {
    for (account, ids) in evidence.ids.get(&message).into_iter().flatten() {
        let submits = &world.carriers[usize::from(*account)].submits;
        let says_delivered = |id: &CarrierMessageId| {
            let mut given = submits.iter().filter(|submit| submit.id.as_ref() == Some(id));
            let first = given.next();
            given.next().is_none()
                && first.is_some_and(|submit| {
                    submit.told_delivered && usize::from(submit.of) == ids.len() && is_known_id(world, *account, submit)
                })
        };
        if !ids.is_empty()
            && ids.iter().all(says_delivered)
            && ending_of(message, evidence) != Some(FinalState::Delivered)
        {
            let ending = ending_of(message, evidence);
            return violated("G13", format!("a carrier said that {message} is delivered, and it ended as {ending:?}"));
        }
    }
    Ok(())
}

/// Whether no loss of a store lost an id: each knew it from the journal, or came before it.
fn is_known_id(world: &World, account: u8, submit: &Submit) -> bool {
    let owners = world.egress.iter().filter(|egress| egress.carrier == account);
    let mut losses = owners.flat_map(|egress| &egress.losses);
    losses.all(|loss| loss.at < submit.at || submit.id.as_ref().is_some_and(|id| loss.known.contains(id)))
}

/// G9.
fn in_order(world: &World, evidence: &Evidence) -> Result<(), Violation> {
    let mut newest: BTreeMap<(usize, &str, u64), (Timestamp, u64)> = BTreeMap::new();
    for accepted in evidence.accepted.iter().flatten() {
        let Accepted::Message(submission) = accepted else { continue };
        let wish = world.wishes.iter().find(|wish| wish.message == Some(submission.message));
        let Some(wish) = wish.filter(|wish| wish.in_order) else { continue };
        let times: Vec<_> = submits_of(world, wish.number).iter().map(|submit| submit.at).collect();
        let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) else {
            continue;
        };
        let line = (wish.tenant, wish.from, wish.handset);
        if let Some((before, earlier)) = newest.get(&line)
            && before > first
        {
            return violated("G9", format!("m{} left before m{earlier}, which was accepted before it", wish.number));
        }
        newest.insert(line, (*last, wish.number));
    }
    Ok(())
}
