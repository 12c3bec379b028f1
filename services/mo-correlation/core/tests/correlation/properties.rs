//! Guarantees over any order of records that a faulty network can produce.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use volley_events::{AttemptOutcome, QueueReason, ReceiptState, RoutingFact, Verdict};
use volley_mo_correlation_core::{Command, Counted, Effect};
use volley_types::{CarrierName, FinalState, MessageId, MessageState, Reason, SpanMs};

use crate::{
    parts::part,
    world::{BANKS, Mt, Said, World, carrier_of, ids, refused},
};

const NAMES: [&str; 3] = ["one", "two", "three"];
const ACCOUNTS: [&str; 2] = ["skt-1", "kt-1"];
const IDS: [&str; 3] = ["1", "2", "3"];
const STATES: [ReceiptState; 5] = [
    ReceiptState::Enroute,
    ReceiptState::Delivered,
    ReceiptState::Undeliverable,
    ReceiptState::Expired,
    ReceiptState::Unknown,
];

#[derive(Debug, Clone)]
enum Step {
    Accept { queued: bool },
    Plan { number: u16 },
    Queue,
    Close,
    Submitted { number: u16, id: usize },
    Ambiguous { number: u16, id: Option<usize> },
    Refused { number: u16 },
    Receipt { id: usize, about: u64, state: usize },
    Wait { hours: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let number = 1u16..4;
    let id = 0..IDS.len();
    prop_oneof![
        4 => any::<bool>().prop_map(|queued| Step::Accept { queued }),
        3 => number.clone().prop_map(|number| Step::Plan { number }),
        1 => Just(Step::Queue),
        1 => Just(Step::Close),
        4 => (number.clone(), id.clone()).prop_map(|(number, id)| Step::Submitted { number, id }),
        2 => (number.clone(), prop::option::of(id.clone())).prop_map(|(number, id)| Step::Ambiguous { number, id }),
        1 => number.prop_map(|number| Step::Refused { number }),
        6 => (id, 1u64..3, 0..STATES.len()).prop_map(|(id, about, state)| Step::Receipt { id, about, state }),
        // Short enough that no run outlasts the 168 hours after which an id is forgotten and may begin a new life.
        1 => (1u64..12).prop_map(|hours| Step::Wait { hours }),
    ]
}

/// Steps, each about one of the messages and one of the accounts.
fn steps() -> impl Strategy<Value = Vec<(usize, usize, Step)>> {
    prop::collection::vec((0..NAMES.len(), 0..ACCOUNTS.len(), step()), 0..60)
}

/// Message and account go together, handsets too, so that ids collide across carriers and handsets.
fn mt(message: usize) -> Mt {
    Mt::new(NAMES[message], "bank", BANKS)
        .to(1 + message as u64 % 2)
        .by(ACCOUNTS[message % 2])
}

fn play(world: &mut World, (message, account, step): &(usize, usize, Step)) -> Vec<Effect> {
    let mt = mt(*message);
    match step {
        Step::Accept { queued: true } => world.accept(&mt, Verdict::Queued(mt.queued(QueueReason::NoAllowance))),
        Step::Accept { queued: false } => world.send(&mt),
        Step::Plan { number } => world.plan_again(&mt, *number),
        Step::Queue => world.tell(Command::Fact(RoutingFact::Queued(mt.queued(QueueReason::BackOff)))),
        Step::Close => world.close(mt.closed(FinalState::Failed, Reason::RetriesExhausted)),
        Step::Submitted { number, id } => {
            world.report(&mt, *number, AttemptOutcome::Submitted { ids: ids(&[IDS[*id]]) })
        }
        Step::Ambiguous { number, id } => {
            let given = id.map_or("", |id| IDS[id]);
            world.report(&mt, *number, AttemptOutcome::Ambiguous { ids: ids(&[given]) })
        }
        Step::Refused { number } => world.report(&mt, *number, refused(0x45)),
        Step::Receipt { id, about, state } => {
            let receipt = world.receipt_of(ACCOUNTS[*account], *about, IDS[*id], STATES[*state]);
            world.tell(Command::Receipt(Box::new(receipt)))
        }
        Step::Wait { hours } => world.later(SpanMs::from_hours(*hours)).tick(),
    }
}

fn finals(effects: &Vec<Effect>) -> Vec<(MessageId, FinalState, Option<FinalState>)> {
    let ended = effects.statuses().into_iter().filter_map(|change| match change.state {
        MessageState::Final(state) => Some((change.message, state, change.corrects)),
        _ => None,
    });
    ended.collect()
}

proptest! {
    /// COR-1 (G1): one final state a message; what follows corrects the one before, and nothing corrects a delivery.
    #[test]
    fn a_message_ends_once_and_is_only_corrected(steps in steps()) {
        let mut world = World::new();
        let mut ended = BTreeMap::new();
        for step in &steps {
            for (message, state, corrects) in finals(&play(&mut world, step)) {
                prop_assert_eq!(ended.insert(message, state), corrects);
                prop_assert_ne!(corrects, Some(FinalState::Delivered));
            }
        }
        let accepted: BTreeSet<_> = steps
            .iter()
            .filter(|(_, _, step)| matches!(step, Step::Accept { .. }))
            .map(|(message, ..)| mt(*message).id())
            .collect();
        let last = world.later(SpanMs::from_hours(24 + 72)).tick();
        ended.extend(finals(&last).into_iter().map(|(message, state, _)| (message, state)));
        prop_assert_eq!(ended.into_keys().collect::<BTreeSet<_>>(), accepted, "each accepted one has ended");
    }

    /// COR-2 (G13): a receipt is credited only to a message of its handset that had this id from this carrier.
    #[test]
    fn a_receipt_never_reaches_another_message(steps in steps()) {
        let mut world = World::new();
        let mut given = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for step in &steps {
            let (message, account, what) = step;
            let told = play(&mut world, step);
            match what {
                // A report about nothing that is known here gives nothing its id.
                Step::Submitted { .. } | Step::Ambiguous { .. } if told.counted().contains(&Counted::StaleReport) => {}
                Step::Submitted { id, .. } | Step::Ambiguous { id: Some(id), .. } => {
                    given.insert((mt(*message).id(), carrier_of(mt(*message).account), IDS[*id]));
                }
                Step::Receipt { id, about, .. } => {
                    seen.insert((carrier_of(ACCOUNTS[*account]), IDS[*id], *about));
                }
                _ => {}
            }
            for change in told.statuses().into_iter().filter(|change| change.reason == Reason::ReceiptDelivered) {
                // What is inferred had no id of its own, and the id it is credited with was given to no other.
                let is_another = |carrier: &CarrierName, id: &str| {
                    given.iter().any(|(other, at, known)| *other != change.message && at == carrier && *known == id)
                };
                let spoke = seen.iter().any(|(carrier, id, about)| {
                    let is_its_own = match change.inferred {
                        true => !is_another(carrier, id),
                        false => given.contains(&(change.message, carrier.clone(), *id)),
                    };
                    change.subscriber == crate::world::handset(*about) && is_its_own
                });
                prop_assert!(spoke, "{:?} was credited without a receipt of its own", change.message);
            }
        }
    }

    /// COR-7 (G4): a restart at any point changes nothing, for everything is in the rows.
    #[test]
    fn a_restart_changes_nothing(steps in steps(), restarts in prop::collection::vec(any::<bool>(), 60)) {
        let (mut steady, mut restarted) = (World::new(), World::new());
        for (step, restart) in steps.iter().zip(restarts) {
            if restart {
                restarted.restart();
            }
            prop_assert_eq!(play(&mut steady, step), play(&mut restarted, step));
        }
        prop_assert_eq!(steady.rows, restarted.rows);
        prop_assert_eq!(steady.correlation.unmatched(), restarted.correlation.unmatched());
    }

    /// COR-4 (G6): parts in any order, with repeats and losses, give one reply, whole or marked.
    #[test]
    fn parts_in_any_order_make_one_reply(
        order in Just((1u8..=6).collect::<Vec<_>>()).prop_shuffle(),
        repeats in prop::collection::vec(0usize..6, 0..4),
        lost in 0usize..3,
    ) {
        let mut world = World::new();
        let kept = &order[lost..];
        // A repeat of a part whose reply is complete would begin another: repeats come before the last part.
        let (last, others) = kept.split_last().unwrap();
        let repeated = repeats.iter().filter_map(|index| others.get(*index));
        let sequence: Vec<u8> = others.iter().chain(repeated).chain([last]).copied().collect();
        for number in sequence {
            let letter = char::from(b'a' + number).to_string();
            let part = part(&mut world, BANKS, 7, 6, number, &letter);
            world.tell(Command::Reply(Box::new(part)));
        }
        world.later(SpanMs::from_secs(600)).tick();
        let (_, reply) = world.effects.reply();
        prop_assert_eq!(reply.incomplete, lost > 0);
        let letters: String = reply.text.text().unwrap().chars().filter(char::is_ascii_lowercase).collect();
        let expected: String = (1u8..=6).filter(|n| kept.contains(n)).map(|n| char::from(b'a' + n)).collect();
        prop_assert_eq!(letters, expected);
    }
}
