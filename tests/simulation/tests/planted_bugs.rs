//! Every planted bug is found by some seed.

use volley_simulation::{Mutation, simulate};

/// Seeds that are tried for each bug: the rarest shows in one of some thousands.
const SEEDS: u64 = 10_000;

#[expect(clippy::print_stdout, reason = "a test may tell what it found")]
fn found(mutation: Mutation) {
    let found = (0..SEEDS).find_map(|seed| simulate(seed, Some(mutation)).err().map(|violation| (seed, violation)));
    match found {
        Some((seed, violation)) => {
            println!("{mutation:?}: seed {seed}: {violation}");
            let without = simulate(seed, None);
            assert!(without.is_ok(), "{mutation:?}: seed {seed}: {violation}; without it: {without:?}");
        }
        None => panic!("{mutation:?} is not found by {SEEDS} seeds"),
    }
}

#[test]
fn state_that_runs_ahead_of_what_was_published_is_found() {
    found(Mutation::CommitBeforePublish);
}

#[test]
fn swapped_ranks_are_found() {
    found(Mutation::RanksSwapped);
}

#[test]
fn a_mark_that_is_not_checked_is_found() {
    found(Mutation::MarkNotChecked);
}

#[test]
fn an_accepted_gap_is_found() {
    found(Mutation::GapAccepted);
}

#[test]
fn an_intent_written_after_the_socket_is_found() {
    found(Mutation::IntentAfterSocket);
}

#[test]
fn a_verdict_reconsidered_after_a_start_is_found() {
    found(Mutation::NotSentReconsidered);
}

#[test]
fn a_retry_on_silence_is_found() {
    found(Mutation::RetryOnSilence);
}
