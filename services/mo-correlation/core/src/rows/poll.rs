//! Votes and their count.

use serde::{Deserialize, Serialize};
use volley_rows::{KeyReader, Row, RowKey, RowKind};
use volley_types::{ArrivalId, Keyword, PollId, SubscriberId, Timestamp};

use super::keys::{put_subscriber, read_subscriber};

/// The vote of one handset: the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoteRow {
    /// What it was for.
    pub keyword: Keyword,
    /// The reply it came in.
    pub arrival: ArrivalId,
    /// When it came in at our edge.
    pub received_at: Timestamp,
}

impl Row for VoteRow {
    const KIND: RowKind = RowKind::CorrelationVote;
    type Key = VoteKey;
}

/// A poll and a handset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoteKey {
    /// The poll.
    pub poll: PollId,
    /// The handset.
    pub subscriber: SubscriberId,
}

impl RowKey for VoteKey {
    fn encode(&self, out: &mut Vec<u8>) {
        KeyReader::put_text(out, self.poll.as_str());
        put_subscriber(out, &self.subscriber);
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let poll = PollId::new(reader.text()?).ok()?;
        let subscriber = read_subscriber(&mut reader)?;
        reader.is_empty().then_some(Self { poll, subscriber })
    }
}

/// This partition's count of one option.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallyRow {
    /// Votes that count.
    pub counted: u64,
    /// Votes of handsets that had voted.
    pub repeated: u64,
    /// Votes after the close.
    pub late: u64,
}

impl Row for TallyRow {
    const KIND: RowKind = RowKind::CorrelationTally;
    type Key = TallyKey;
}

/// A poll and an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TallyKey {
    /// The poll.
    pub poll: PollId,
    /// The option.
    pub keyword: Keyword,
}

impl TallyKey {
    /// What the keys of all options of a poll start with.
    pub fn poll_prefix(poll: &PollId) -> Vec<u8> {
        let mut octets = Vec::new();
        KeyReader::put_text(&mut octets, poll.as_str());
        octets
    }
}

impl RowKey for TallyKey {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&Self::poll_prefix(&self.poll));
        out.extend_from_slice(self.keyword.as_str().as_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let poll = PollId::new(reader.text()?).ok()?;
        let keyword = Keyword::new(std::str::from_utf8(reader.rest()).ok()?).ok()?;
        Some(Self { poll, keyword })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::keys::assert_reads_back, *};

    #[test]
    fn every_key_reads_back() {
        let poll = PollId::new("final").unwrap();
        assert_reads_back(VoteKey { poll: poll.clone(), subscriber: SubscriberId::e164(821_012_345_678).unwrap() });
        assert_reads_back(TallyKey { poll, keyword: Keyword::new("켈리").unwrap() });
    }
}
