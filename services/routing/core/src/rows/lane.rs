//! What an account's lane may have unsettled.

use serde::{Deserialize, Serialize};
use volley_rows::{KeyReader, Row, RowKey, RowKind};
use volley_types::{AccountId, Lane};

use super::keys::{lane_octet, lane_of};

/// How many attempts an account's lane may have unsettled, and has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowanceRow {
    /// The run of egress that said so.
    pub run: u64,
    /// Its revision within the run.
    pub revision: u64,
    /// How many may be unsettled.
    pub allowed: u32,
    /// How many are.
    pub unsettled: u32,
}

impl AllowanceRow {
    /// Whether another attempt may be handed over.
    pub fn has_room(&self) -> bool {
        self.unsettled < self.allowed
    }
}

impl Row for AllowanceRow {
    const KIND: RowKind = RowKind::RoutingAllowance;
    type Key = LaneKey;
}

/// An account's lane.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LaneKey(pub AccountId, pub Lane);

impl RowKey for LaneKey {
    fn encode(&self, out: &mut Vec<u8>) {
        KeyReader::put_text(out, self.0.as_str());
        out.push(lane_octet(self.1));
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let account = AccountId::new(reader.text()?).ok()?;
        let [lane] = reader.array()?;
        Some(Self(account, lane_of(lane)?))
    }
}
