//! What clients read on their streams: G7, and that nothing between two cursors is missed.

use std::collections::{BTreeMap, BTreeSet};

use volley_ingest_core::stream::StreamKey;

use super::{Evidence, Violation, violated};
use crate::{
    setup::{DEFAULT, DESK, TENANTS},
    world::{Begin, Client, EventName, Session, World},
};

/// The events of a stream, each with the offset at which a reader of everything takes it.
pub type Stream = BTreeMap<EventName, u64>;

/// Judges all streams.
pub fn judge(world: &World, evidence: &Evidence) -> Result<(), Violation> {
    for client in &world.clients {
        let nothing = Stream::new();
        let stream = evidence.streams.get(&client.key).unwrap_or(&nothing);
        let mut earlier = BTreeSet::new();
        for session in &client.sessions {
            carries_each_once(&client.key, session, stream)?;
            repeats_nothing_acknowledged(client, session, stream, &earlier)?;
            misses_nothing(world, client, session, stream, &earlier)?;
            earlier.extend(session.seen.iter().copied());
        }
    }
    says_the_same_to_both(evidence)
}

fn carries_each_once(key: &StreamKey, session: &Session, stream: &Stream) -> Result<(), Violation> {
    let mut seen = BTreeSet::new();
    for event in &session.seen {
        if !seen.insert(event) {
            return violated("EVT-2", format!("{event:?} came twice on one stream of {key:?}"));
        }
        if !stream.contains_key(event) {
            return violated("EVT-3", format!("{event:?} came on {key:?}, and is not on it"));
        }
    }
    Ok(())
}

/// G7: what was delivered, and acknowledged with an answer before the stream was opened, does not come again.
fn repeats_nothing_acknowledged(
    client: &Client,
    session: &Session,
    stream: &Stream,
    earlier: &BTreeSet<EventName>,
) -> Result<(), Violation> {
    let key = &client.key;
    let done = match session.begin {
        // The cursor of a stream that began in the middle holds no mark of what was silent since: what its source publishes once
        // more comes again.
        Begin::Durable if client.seeks => return Ok(()),
        Begin::Durable => session.answered,
        Begin::Kept => session.from,
        // Whoever names another place to begin wants to see what lies there.
        Begin::Sought => return Ok(()),
    };
    let is_done = |event: &&EventName| earlier.contains(event) && stream.get(event).is_some_and(|at| *at < done);
    match session.seen.iter().find(is_done) {
        Some(event) => violated("G7", format!("{event:?} was acknowledged up to {done} of {key:?}, and came again")),
        None => Ok(()),
    }
}

/// G7, the other way: what nobody acknowledged comes, as far as the stream was read.
fn misses_nothing(
    world: &World,
    client: &Client,
    session: &Session,
    stream: &Stream,
    earlier: &BTreeSet<EventName>,
) -> Result<(), Violation> {
    let from = match session.begin {
        Begin::Durable => session.sent,
        Begin::Kept => session.from,
        Begin::Sought => return Ok(()),
    };
    let seen: BTreeSet<_> = session.seen.iter().collect();
    let is_missed = |(event, at): &(&EventName, &u64)| {
        let is_missing = (from..session.read_to).contains(*at) && !seen.contains(event);
        is_missing && !is_excused(world, client, event, earlier)
    };
    match stream.iter().find(is_missed) {
        Some((event, at)) => {
            let (key, begin) = (&client.key, session.begin);
            violated("G7", format!("{event:?} at {at} of {key:?} was not on a stream from {from} ({begin:?})"))
        }
        None => Ok(()),
    }
}

/// A cursor says nothing of a source that had written nothing before it. If the log then loses the first records of that source and
/// takes later ones, a stream from that cursor cannot know: it takes these where they lie first, and not once more after the lost ones.
/// Kafka and the embedded log lose only the end of what a writer wrote.
fn is_excused(world: &World, client: &Client, event: &EventName, earlier: &BTreeSet<EventName>) -> bool {
    let (source, position) = event;
    let adopted = client.adopted.get(source);
    world.has_holes && adopted.is_some_and(|adopted| position < adopted || earlier.contains(event))
}

/// Two subscriptions of a tenant carry as many events.
fn says_the_same_to_both(evidence: &Evidence) -> Result<(), Violation> {
    let count = |subscription: &str| -> usize {
        let of = |key: &StreamKey| key.tenant.as_str() == TENANTS[0] && key.subscription.as_str() == subscription;
        evidence
            .streams
            .iter()
            .filter(|(key, _)| of(key))
            .map(|(_, stream)| stream.len())
            .sum()
    };
    match (count(DEFAULT), count(DESK)) {
        (default, desk) if default == desk => Ok(()),
        (default, desk) => violated("G7", format!("{DEFAULT} carries {default} events and {DESK} {desk}")),
    }
}
