//! Opt-outs.

use serde::{Deserialize, Serialize};
use volley_rows::{KeyReader, Row, RowKey, RowKind};
use volley_types::{NumberId, SubscriberId, TenantId, Timestamp};

use super::keys::{put_subscriber, read_subscriber};

/// An opt-out of one handset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptOutRow {
    /// Since when, by our edge.
    pub since: Timestamp,
}

impl Row for OptOutRow {
    const KIND: RowKind = RowKind::RoutingOptOut;
    type Key = OptOutKey;
}

/// What an opt-out covers: everything from one number, or all advertising of a tenant (no number).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptOutKey {
    /// The handset.
    pub subscriber: SubscriberId,
    /// The tenant.
    pub tenant: TenantId,
    /// The number, or none for all of the tenant's advertising.
    pub number: Option<NumberId>,
}

impl RowKey for OptOutKey {
    fn encode(&self, out: &mut Vec<u8>) {
        put_subscriber(out, &self.subscriber);
        KeyReader::put_text(out, self.tenant.as_str());
        out.extend_from_slice(self.number.as_ref().map_or("", NumberId::as_str).as_bytes());
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = KeyReader::new(octets);
        let subscriber = read_subscriber(&mut reader)?;
        let tenant = TenantId::new(reader.text()?).ok()?;
        let number = match std::str::from_utf8(reader.rest()).ok()? {
            "" => None,
            number => Some(NumberId::new(number).ok()?),
        };
        Some(Self { subscriber, tenant, number })
    }
}
