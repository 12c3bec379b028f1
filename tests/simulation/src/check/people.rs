//! What people wrote: G5, G6, that votes are counted, and that STOP is minded (RTE-5).

use std::collections::{BTreeMap, BTreeSet};

use volley_events::{ConsentAction, Origin, Reply};
use volley_types::{FinalState, SubscriberId, TenantId};

use super::{Evidence, Violation, evidence::Accepted, messages::endings_of, violated};
use crate::{
    carrier::{Item, Parcel},
    setup::{OWN, SHARED, TENANTS, number, subscriber, tenant},
    wish::{OTHER_TEXT, SentReply, VOTE},
    world::World,
};

/// Judges everything that people wrote.
pub fn judge(world: &World, evidence: &Evidence) -> Result<(), Violation> {
    for (reader, reply) in &evidence.replies {
        concerns(world, reader, reply)?;
    }
    for parcel in world.carriers.iter().flat_map(|carrier| &carrier.parcels) {
        if !parcel.done {
            return violated("G6", format!("{:?} was never answered with 0", parcel.item));
        }
        if let Item::Reply { reply, .. } = parcel.item
            && let Some(sent) = world.replies.get(usize::try_from(reply).unwrap_or(usize::MAX))
        {
            is_read(world, sent, parcel, evidence)?;
        }
    }
    votes_are_counted(world, evidence)?;
    stop_is_minded(world, evidence)
}

/// Equal votes of one person: what carriers sent, and what clients read.
#[derive(Debug, Default)]
struct Votes {
    cast: usize,
    /// How often a carrier sent one, and to how many disks; once more on a connection that had not answered, which nobody can tell from
    /// another vote, counts as another disk.
    sent: usize,
    disks: usize,
    read: usize,
    marked: usize,
}

/// MO: two equal votes are two, and what one disk got again is called a possible repeat.
fn votes_are_counted(world: &World, evidence: &Evidence) -> Result<(), Violation> {
    let mut votes: BTreeMap<(SubscriberId, String), Votes> = BTreeMap::new();
    for parcel in world.carriers.iter().flat_map(|carrier| &carrier.parcels) {
        if let Item::Reply { handset, number, text, .. } = &parcel.item
            && text == VOTE
        {
            let of = votes.entry((subscriber(*handset), number.clone())).or_default();
            of.cast += 1;
            of.sent += usize::try_from(parcel.times).unwrap_or(usize::MAX);
            of.disks += parcel.disks.len() + parcel.indistinct;
        }
    }
    for (_, reply) in evidence.replies.iter().filter(|(_, reply)| reply.text.text() == Some(VOTE)) {
        let of = votes
            .entry((reply.subscriber.clone(), reply.number.digits().to_owned()))
            .or_default();
        of.read += 1;
        of.marked += usize::from(reply.possible_repeat);
    }
    let is_wrong = |votes: &&Votes| {
        let Votes { cast, sent, disks, read, marked } = **votes;
        read < cast || read > sent || read - marked > disks
    };
    match votes.values().find(is_wrong) {
        Some(votes) => violated("MO", format!("of one person and number: {votes:?}")),
        None => Ok(()),
    }
}

/// G5: a reply is read by a tenant that the number belongs to, and that wrote to this handset or owns the number alone.
fn concerns(world: &World, reader: &TenantId, reply: &Reply) -> Result<(), Violation> {
    let wrote = |place: usize| {
        let mut wishes = world.wishes.iter();
        wishes.any(|wish| wish.tenant == place && wish.from == SHARED && subscriber(wish.handset) == reply.subscriber)
    };
    let place = usize::from(reader.as_str() != TENANTS[0]);
    let may_read = match reply.number == number(SHARED) {
        true => wrote(place) || reply.consent == Some(ConsentAction::Help),
        false => reply.number == number(OWN[place]),
    };
    if !may_read {
        return violated("G5", format!("{reader} reads a reply to {}", reply.number));
    }
    let Some((message, _)) = &reply.answers else { return Ok(()) };
    let question = world.wishes.iter().find(|wish| wish.message == Some(*message));
    let is_his = question.is_some_and(|wish| wish.tenant == place && subscriber(wish.handset) == reply.subscriber);
    match is_his {
        true => Ok(()),
        false => violated("G5", format!("a reply on {reader}'s stream answers {message}, which is not his")),
    }
}

/// G6: it is there, and no more often than the carrier sent it.
fn is_read(world: &World, sent: &SentReply, parcel: &Parcel, evidence: &Evidence) -> Result<(), Violation> {
    if sent.consent || sent.text == VOTE {
        return Ok(());
    }
    let is_it = |reply: &&(TenantId, Reply)| reply.1.text.text() == Some(sent.text.as_str());
    let read: Vec<_> = evidence.replies.iter().filter(is_it).collect();
    let readers: BTreeSet<&TenantId> = read.iter().map(|(reader, _)| reader).collect();
    // What an owner had answered just before it died comes again as another arrival, and may then answer a newer message.
    if readers.len() > 1 && parcel.times == 1 {
        return violated("G5", format!("{:?} is read by {readers:?}", sent.text));
    }
    if read.len() > usize::try_from(parcel.times).unwrap_or(usize::MAX) {
        let (read, times) = (read.len(), parcel.times);
        return violated("G6", format!("{:?} was delivered {times} times and is read {read} times", sent.text));
    }
    if read.is_empty() && !may_be_unclaimed(world, sent, evidence) {
        return violated("G6", format!("{:?} to {} was answered with 0 and nobody reads it", sent.text, sent.number));
    }
    Ok(())
}

/// On a number that tenants share, what answers nothing but a message that ended badly is nobody's, though a later receipt corrects
/// that end.
fn may_be_unclaimed(world: &World, sent: &SentReply, evidence: &Evidence) -> bool {
    let is_shared = number(SHARED).digits() == sent.number;
    let question = world.wishes.iter().find(|wish| wish.number == sent.answers % OTHER_TEXT);
    let endings = question
        .and_then(|wish| wish.message)
        .map(|message| endings_of(message, evidence));
    let is_good = |ending: &FinalState| matches!(ending, FinalState::Delivered | FinalState::Unknown);
    is_shared && !endings.is_some_and(|endings| !endings.is_empty() && endings.iter().all(is_good))
}

/// RTE-5: what a handset opted out of before it was accepted is never sent.
fn stop_is_minded(world: &World, evidence: &Evidence) -> Result<(), Violation> {
    let mut out: BTreeMap<_, bool> = BTreeMap::new();
    for accepted in evidence.accepted.iter().flatten() {
        match accepted {
            Accepted::Consent(changed) => {
                let pair = (changed.tenant.clone(), changed.number.clone(), changed.subscriber.clone());
                match changed.action {
                    ConsentAction::OptOut | ConsentAction::OptOutLikely => out.insert(pair, true),
                    ConsentAction::OptIn => out.insert(pair, false),
                    ConsentAction::Help => None,
                };
            }
            Accepted::Message(submission) if submission.origin == Origin::Client => {
                let pair = (submission.tenant.clone(), submission.sender.clone(), submission.subscriber.clone());
                let wish = world.wishes.iter().find(|wish| wish.message == Some(submission.message));
                let Some(wish) = wish.filter(|_| out.get(&pair) == Some(&true)) else {
                    continue;
                };
                let waits = wish.send_at.is_some() || wish.in_order;
                let mut submits = world.carriers.iter().flat_map(|carrier| &carrier.submits);
                if !waits && submits.any(|submit| submit.message.is_some_and(|named| named % OTHER_TEXT == wish.number))
                {
                    let to = tenant(TENANTS[wish.tenant]);
                    return violated(
                        "RTE-5",
                        format!("m{} of {to} was sent to a handset that had opted out", wish.number),
                    );
                }
            }
            Accepted::Message(_) => {}
        }
    }
    Ok(())
}
