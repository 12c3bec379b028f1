//! How a directory is kept among a partition's rows.

use serde::{Deserialize, Serialize};
use volley_events::config::{ConfigChange, ConfigRecord};
use volley_rows::{Row, RowError, RowKind, RowStore, RowsExt};

use crate::{Conflict, Directory};

/// One row: the offset under the empty key, or one entity under its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DirectoryRow {
    /// The offset after the newest record applied.
    Offset(u64),
    /// An entity as it was last set.
    Entity(Box<ConfigChange>),
}

impl Row for DirectoryRow {
    const KIND: RowKind = RowKind::Directory;
    type Key = String;
}

/// Most entities that are read back at once.
const RESTORE_ROWS: usize = 4_096;

impl Directory {
    /// Applies a record and remembers it among the rows.
    pub fn apply_and_keep<S: RowStore + ?Sized>(
        &mut self,
        record: &ConfigRecord,
        rows: &mut S,
    ) -> Result<Result<(), Conflict>, RowError> {
        let applied = self.apply(record);
        if applied.is_ok() {
            let row = DirectoryRow::Entity(Box::new(record.change.clone()));
            rows.put_row(&entity_key(&record.change), &row)?;
        }
        rows.put_row(&String::new(), &DirectoryRow::Offset(self.offset))?;
        Ok(applied)
    }

    /// The directory that the rows remember.
    pub fn restore<S: RowStore + ?Sized>(rows: &S) -> Result<Self, RowError> {
        let mut directory = Self::new();
        let mut from = String::new();
        loop {
            let batch = rows.rows_from::<DirectoryRow>(&from, RESTORE_ROWS)?;
            let full = batch.len() == RESTORE_ROWS;
            for (key, row) in batch {
                match row {
                    DirectoryRow::Offset(offset) => directory.offset = offset,
                    DirectoryRow::Entity(change) => directory.set(&change),
                }
                from = key + "\0";
            }
            if !full {
                return Ok(directory);
            }
        }
    }
}

/// The key of an entity. The first letter orders entities so that those that are named come before those that name them.
fn entity_key(change: &ConfigChange) -> String {
    match change {
        ConfigChange::Tenant(tenant) => format!("a/{}", tenant.tenant),
        ConfigChange::Carrier(carrier) => format!("b/{}", carrier.carrier),
        ConfigChange::Account(account) => format!("c/{}", account.account),
        ConfigChange::ApiKey(key) => format!("d/{}", key.key_id),
        ConfigChange::Number(number) => format!("e/{}", number.number),
        ConfigChange::Poll(poll) => format!("f/{}", poll.poll),
        ConfigChange::Keyword(keyword) => format!("g/{}/{}", keyword.number, keyword.keyword),
        ConfigChange::Route(route) => format!("h/{}", route.prefix),
        ConfigChange::Subscription(subscription) => format!("i/{}/{}", subscription.tenant, subscription.subscription),
        ConfigChange::CarrierProfile(profile) => format!("k/{}", profile.carrier),
        ConfigChange::Skip(skip) => format!("j/{}/{}/{}", skip.topic, skip.partition, skip.offset),
    }
}
