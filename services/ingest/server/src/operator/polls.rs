//! Which poll is meant, and its count over all partitions.

use std::collections::{BTreeMap, BTreeSet};

use volley_directory::Directory;
use volley_ingest_core::Faults;
use volley_sms_text::keyword::keyword_key;
use volley_types::PollId;
use volley_wire::proto::{admin::v1::OptionCount, query::v1 as query};

use crate::refusal::Refusal;

/// The poll of this id, or the one that a keyword votes in.
pub(super) fn named(directory: &Directory, written: &str) -> Result<PollId, Refusal> {
    if let Some(poll) = PollId::new(written).ok().filter(|poll| directory.poll(poll).is_some()) {
        return Ok(poll);
    }
    let word = keyword_key(written);
    let leases = directory
        .keywords()
        .filter(|lease| !lease.released && lease.keyword.as_str() == word);
    let polls: BTreeSet<_> = leases.filter_map(|lease| lease.poll.clone()).collect();
    let mut polls = polls.into_iter();
    match (polls.next(), polls.next()) {
        (Some(poll), None) => Ok(poll),
        (None, _) => Err(Refusal::NotFound("no poll has this id, and no keyword of this name votes in one".to_owned())),
        (Some(first), Some(second)) => {
            let words = format!("votes in several polls, such as {first} and {second}: name the poll");
            Err(Faults::one("keyword_or_poll", words).into())
        }
    }
}

/// Adds up, the most votes first. An option nobody voted for is listed too.
pub(super) fn total(
    directory: &Directory,
    poll: &PollId,
    counts: impl Iterator<Item = query::OptionCount>,
) -> Vec<OptionCount> {
    let none = |keyword: &str| OptionCount { keyword: keyword.to_owned(), ..OptionCount::default() };
    let mut options: BTreeMap<String, OptionCount> = directory
        .options_of(poll)
        .map(|lease| (lease.keyword.to_string(), none(lease.keyword.as_str())))
        .collect();
    for count in counts {
        let option = options.entry(count.keyword.clone()).or_insert_with(|| none(&count.keyword));
        option.counted += count.counted;
        option.repeated_votes += count.repeated_votes;
        option.late += count.late;
    }
    let mut options: Vec<_> = options.into_values().collect();
    options.sort_by_key(|option| std::cmp::Reverse(option.counted));
    options
}
