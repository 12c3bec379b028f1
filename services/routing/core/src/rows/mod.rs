//! The rows routing keeps, and their keys.

mod consent;
mod keys;
mod lane;
mod message;
mod queue;
mod timer;
mod waiting;

pub use consent::{OptOutKey, OptOutRow};
pub use lane::{AllowanceRow, LaneKey};
pub use message::{MessageRow, OrderFacts, PairKey, ReferenceRow};
pub use queue::{ConfigWaitKey, ConfigWaitRow, QueueKey, QueueRow, TurnRow};
pub use timer::{TimerKey, TimerRow};
pub use waiting::{Conversation, LineKey, LineRow, WaitingCountRow, WaitingKey, WaitingRow};

#[cfg(test)]
mod tests {
    use volley_rows::RowKey;
    use volley_types::{AccountId, Lane, MessageId, NumberId, SubscriberId, TenantId, Timestamp};

    use super::*;

    fn round_trip<K: RowKey + PartialEq + std::fmt::Debug>(key: K) {
        let mut octets = Vec::new();
        key.encode(&mut octets);
        assert_eq!(K::decode(&octets), Some(key));
    }

    #[test]
    fn every_key_reads_back() {
        let subscriber = SubscriberId::e164(821_012_345_678).unwrap();
        let (tenant, number) = (TenantId::new("acme").unwrap(), NumberId::new("KR:4565").unwrap());
        let message = MessageId::from_bytes([7; 16]);
        for number in [Some(number.clone()), None] {
            round_trip(OptOutKey { subscriber: subscriber.clone(), tenant: tenant.clone(), number });
        }
        let conversation =
            Conversation { subscriber: subscriber.clone(), number: number.clone(), tenant: tenant.clone() };
        round_trip(LineKey { conversation, taken_by: 9, message });
        round_trip(LaneKey(AccountId::new("main").unwrap(), Lane::Bulk));
        round_trip(QueueKey { route: String::new(), lane: Lane::Otp, tenant, taken_by: 9, message });
        round_trip(TimerKey { due: Timestamp::from_micros(-4), message });
        round_trip(ConfigWaitKey { config_offset: 3, taken_by: 9, message });
        round_trip(WaitingKey { subscriber: subscriber.clone(), message });
        round_trip(PairKey { subscriber, number });
    }
}
