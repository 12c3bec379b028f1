//! Votes.

use volley_events::{PublicKind, VoteVerdict};
use volley_mo_correlation_core::Command;
use volley_types::SpanMs;

use crate::world::{SHARED, START, Said, World, keyword, poll};

fn counts(world: &World) -> Vec<(String, u64, u64, u64)> {
    let votes = world.correlation.votes(&poll(), &world.rows).unwrap();
    votes
        .into_iter()
        .map(|vote| (vote.keyword.to_string(), vote.counted, vote.repeated, vote.late))
        .collect()
}

#[test]
fn the_first_vote_of_a_handset_counts() {
    let mut world = World::new();
    let told = world.writes(SHARED, "KELLY");
    let (tenant, reply) = told.reply();
    assert_eq!((tenant.as_str(), reply.vote), ("acme", Some((poll(), VoteVerdict::Counted))));
    assert_eq!(told.public(), [PublicKind::VoteCounted, PublicKind::ReplyReceived]);
    world.restart();
    let again = world.writes(SHARED, "Lee!");
    assert_eq!(again.reply().1.vote, Some((poll(), VoteVerdict::Repeated)));
    assert_eq!(again.public(), [PublicKind::VoteRejected, PublicKind::ReplyReceived]);
    let other = world.reply_of(2, SHARED, "kelly please");
    world.tell(Command::Reply(Box::new(other)));
    assert_eq!(counts(&world), [("kelly".to_owned(), 2, 0, 0), ("lee".to_owned(), 0, 1, 0)]);
}

#[test]
fn a_vote_is_late_by_the_time_it_came_in_and_not_by_when_it_is_read() {
    let mut world = World::new();
    world.now = START + SpanMs::from_hours(1);
    let in_time = world.reply_of(1, SHARED, "kelly");
    world.later(SpanMs::from_millis(1));
    let late = world.reply_of(2, SHARED, "kelly");
    world.later(SpanMs::from_secs(60));
    assert_eq!(world.tell(Command::Reply(Box::new(in_time))).reply().1.vote.unwrap().1, VoteVerdict::Counted);
    assert_eq!(world.tell(Command::Reply(Box::new(late))).reply().1.vote.unwrap().1, VoteVerdict::Late);
    assert_eq!(counts(&world), [("kelly".to_owned(), 1, 0, 1)]);
}

#[test]
fn nobody_votes_in_anothers_poll_by_leasing_a_word() {
    let mut world = World::new();
    world.configure(keyword(SHARED, "trick", "bank", Some(poll())));
    let (tenant, reply) = world.writes(SHARED, "trick").reply();
    assert_eq!((tenant.as_str(), reply.vote), ("bank", None));
    assert_eq!(counts(&world), []);
}
