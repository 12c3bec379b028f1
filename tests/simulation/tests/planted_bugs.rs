//! Every planted bug is found by some seed.

use volley_simulation::{Mutation, simulate};

/// Seeds that are tried for each bug.
const SEEDS: u64 = 5_000;

/// Where the search for the rarest bug begins: it shows in one seed of some thousands, and what lies before this one only takes time.
const RAREST_FROM: u64 = 5_500;

#[expect(clippy::print_stdout, reason = "a test may tell what it found")]
fn found_from(first: u64, mutation: Mutation) {
    let found =
        (first..first + SEEDS).find_map(|seed| simulate(seed, Some(mutation)).err().map(|violation| (seed, violation)));
    match found {
        Some((seed, violation)) => {
            println!("{mutation:?}: seed {seed}: {violation}");
            let without = simulate(seed, None);
            assert!(without.is_ok(), "{mutation:?}: seed {seed}: {violation}; without it: {without:?}");
        }
        None => panic!("{mutation:?} is not found by {SEEDS} seeds from {first}"),
    }
}

fn found(mutation: Mutation) {
    found_from(0, mutation);
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
    found_from(RAREST_FROM, Mutation::NotSentReconsidered);
}

#[test]
fn a_retry_on_silence_is_found() {
    found(Mutation::RetryOnSilence);
}

#[test]
fn a_later_owner_that_is_not_minded_is_found() {
    found(Mutation::LaterOwnerNotMinded);
}

#[test]
fn a_lost_store_that_is_not_noticed_is_found() {
    found(Mutation::StoreLossNotNoticed);
}

#[test]
fn a_lease_that_is_not_awaited_is_found() {
    found(Mutation::LeaseNotAwaited);
}

#[test]
fn a_lease_that_is_not_checked_is_found() {
    found(Mutation::LeaseNotChecked);
}

#[test]
fn a_lease_that_is_not_looked_at_again_before_the_socket_is_found() {
    found(Mutation::LeaseNotLookedAtAgain);
}

#[test]
fn a_zombie_that_counts_as_the_newest_run_is_found() {
    found(Mutation::LastWordIsNewest);
}

#[test]
fn a_clean_stop_told_before_the_rows_are_synced_is_found() {
    found(Mutation::CleanStopNotSynced);
}

#[test]
fn a_lane_tail_that_is_not_the_newest_is_found() {
    found(Mutation::LaneTailNotTheNewest);
}

#[test]
fn equal_replies_that_count_as_one_are_found() {
    found(Mutation::EqualRepliesJoined);
}

#[test]
fn a_repeat_that_is_not_marked_is_found() {
    found(Mutation::RepeatNotMarked);
}

#[test]
fn an_acknowledgement_answered_before_the_log_has_it_is_found() {
    found(Mutation::AnsweredBeforeCursor);
}

#[test]
fn a_stream_opened_at_a_stale_cursor_is_found() {
    found(Mutation::CursorsNotCaughtUp);
}

#[test]
fn a_cursor_without_marks_is_found() {
    found(Mutation::CursorWithoutMarks);
}

#[test]
fn a_delivery_that_counts_as_acknowledged_is_found() {
    found(Mutation::DeliveredCountsAsAcknowledged);
}
