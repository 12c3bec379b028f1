//! What every log checks of an append before it takes it.

use crate::{
    ATTRIBUTE_NAME_BYTES_MAX, ATTRIBUTES_MAX, LogError, NewRecord, PartitionAppend, RECORD_BYTES_MAX, Topic,
    log::APPEND_BYTES_MAX,
};

/// The header name our own header has on Kafka; taken on every log, so that a record fits both.
pub(crate) const HEADER_NAME: &str = "volley";

/// Checks every record against the limits, and gives the payload octets of the whole.
pub(crate) fn check(appends: &[PartitionAppend]) -> Result<usize, LogError> {
    let mut total = 0;
    for append in appends {
        check_partition(&append.topic, append.partition)?;
        if append.records.is_empty() {
            return Err(invalid(&append.topic, "the append holds none".to_owned()));
        }
        for record in &append.records {
            total += check_record(&append.topic, record)?;
        }
    }
    if total > APPEND_BYTES_MAX {
        return Err(LogError::AppendTooLarge { bytes: total, limit: APPEND_BYTES_MAX });
    }
    Ok(total)
}

/// Checks that the topic has this partition.
pub(crate) fn check_partition(topic: &Topic, partition: u32) -> Result<(), LogError> {
    if partition < topic.partitions() {
        return Ok(());
    }
    Err(LogError::UnknownPartition { topic: topic.name().to_owned(), partition, partitions: topic.partitions() })
}

fn check_record(topic: &Topic, record: &NewRecord) -> Result<usize, LogError> {
    let bytes = record.payload_bytes();
    if bytes > RECORD_BYTES_MAX {
        return Err(LogError::RecordTooLarge { topic: topic.name().to_owned(), bytes, limit: RECORD_BYTES_MAX });
    }
    if record.attributes.len() > ATTRIBUTES_MAX {
        let reason = format!("it has {} attributes, the limit is {ATTRIBUTES_MAX}", record.attributes.len());
        return Err(invalid(topic, reason));
    }
    for attribute in &record.attributes {
        if attribute.name.is_empty() || attribute.name.len() > ATTRIBUTE_NAME_BYTES_MAX || attribute.name.contains('\0')
        {
            return Err(invalid(
                topic,
                format!("an attribute's name must have 1 to {ATTRIBUTE_NAME_BYTES_MAX} octets, none zero"),
            ));
        }
        if attribute.name == HEADER_NAME {
            return Err(invalid(topic, format!("the attribute name {HEADER_NAME} is taken")));
        }
    }
    Ok(bytes)
}

fn invalid(topic: &Topic, reason: String) -> LogError {
    LogError::InvalidRecord { topic: topic.name().to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::Attribute;

    fn append(record: NewRecord) -> Vec<PartitionAppend> {
        vec![PartitionAppend { topic: Topic::new("t", 2), partition: 1, records: vec![record] }]
    }

    fn of_size(bytes: usize) -> NewRecord {
        NewRecord { value: Bytes::from(vec![7; bytes]), ..NewRecord::default() }
    }

    #[test]
    fn a_record_at_the_limit_is_taken_and_one_octet_more_is_not() {
        assert_eq!(check(&append(of_size(RECORD_BYTES_MAX))), Ok(RECORD_BYTES_MAX));
        assert!(matches!(check(&append(of_size(RECORD_BYTES_MAX + 1))), Err(LogError::RecordTooLarge { .. })));
    }

    #[test]
    fn an_append_over_the_limit_is_refused_as_a_whole() {
        let count = APPEND_BYTES_MAX / RECORD_BYTES_MAX + 1;
        let records = vec![of_size(RECORD_BYTES_MAX); count];
        let appends = vec![PartitionAppend { topic: Topic::new("t", 1), partition: 0, records }];

        assert!(matches!(check(&appends), Err(LogError::AppendTooLarge { .. })));
    }

    #[test]
    fn our_own_header_name_is_taken() {
        let record = NewRecord { attributes: vec![Attribute::new("volley", "x")], ..NewRecord::default() };

        assert!(matches!(check(&append(record)), Err(LogError::InvalidRecord { .. })));
    }

    #[test]
    fn partitions_beyond_the_topics_and_empty_appends_are_refused() {
        let mut appends = append(of_size(1));
        appends[0].partition = 2;
        assert!(matches!(check(&appends), Err(LogError::UnknownPartition { partition: 2, partitions: 2, .. })));

        appends[0].partition = 0;
        appends[0].records.clear();
        assert!(matches!(check(&appends), Err(LogError::InvalidRecord { .. })));
    }
}
