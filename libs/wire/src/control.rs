//! Records that keep the machinery going: owners, runs, journals, cursors, progress, dead letters.

use volley_events::{
    CarrierMessageId, CursorMoved, DeadLetter, JournalEntry, JournalId, JournalIds, LaneEnd, LanesLost, Owner,
    Progress, ReceiptIds, Run,
};
use volley_types::{AccountId, CarrierName, Position, RunId, Source, SubscriptionId, TenantId, Timestamp};

use crate::{
    error::{At, Fault, WireError},
    fields::{carrier_id, id, octet, octets, required, short, text_or_empty, unless_empty},
    proto::internal::v1::{self as wire, Lane, journal_entry::Entry},
    words::{number, word},
};

impl From<&Owner> for wire::Owner {
    fn from(owner: &Owner) -> Self {
        Self { run: id(owner.run.to_bytes()) }
    }
}

impl TryFrom<wire::Owner> for Owner {
    type Error = WireError;
    fn try_from(wire: wire::Owner) -> Result<Self, WireError> {
        Ok(Self { run: octets(&wire.run).map(RunId::from_bytes).at("owner.run")? })
    }
}

impl From<&LanesLost> for wire::LanesLost {
    fn from(lost: &LanesLost) -> Self {
        let end = |end: &LaneEnd| wire::lanes_lost::LaneEnd {
            account: end.account.as_str().to_owned(),
            lane: number::<Lane, _>(end.lane),
            end: end.end,
            newest_offset: end.newest.map(|newest| newest.offset),
            newest_index: end.newest.map_or(0, |newest| newest.index),
        };
        Self {
            carrier: lost.carrier.as_str().to_owned(),
            ends: lost.ends.iter().map(end).collect(),
        }
    }
}

impl TryFrom<wire::LanesLost> for LanesLost {
    type Error = WireError;
    fn try_from(wire: wire::LanesLost) -> Result<Self, WireError> {
        let end = |end: wire::lanes_lost::LaneEnd| {
            let account = AccountId::new(&end.account).at("lanes_lost.ends.account")?;
            let lane = word::<Lane, _>(end.lane).at("lanes_lost.ends.lane")?;
            let newest = end.newest_offset.map(|offset| Position { offset, index: end.newest_index });
            Ok(LaneEnd { account, lane, end: end.end, newest })
        };
        Ok(Self {
            carrier: CarrierName::new(&wire.carrier).at("lanes_lost.carrier")?,
            ends: wire.ends.into_iter().map(end).collect::<Result<_, WireError>>()?,
        })
    }
}

impl From<&JournalEntry> for wire::JournalEntry {
    fn from(entry: &JournalEntry) -> Self {
        let entry = match entry {
            JournalEntry::Run(run) => Entry::Run(run.into()),
            JournalEntry::Ids(ids) => Entry::Ids(ids.into()),
        };
        Self { entry: Some(entry) }
    }
}

impl TryFrom<wire::JournalEntry> for JournalEntry {
    type Error = WireError;
    fn try_from(wire: wire::JournalEntry) -> Result<Self, WireError> {
        Ok(match wire.entry.ok_or(Fault::Missing).at("journal.entry")? {
            Entry::Run(run) => Self::Run(run.try_into()?),
            Entry::Ids(ids) => Self::Ids(ids.try_into()?),
        })
    }
}

impl From<&Run> for wire::Run {
    fn from(run: &Run) -> Self {
        Self {
            store: id(run.store.to_bytes()),
            run: id(run.run.to_bytes()),
            boot: id(run.boot.to_bytes()),
            clean_stop: run.clean_stop,
            receipt_ids: number::<wire::ReceiptIds, _>(run.receipt_ids),
            number: run.number,
        }
    }
}

impl TryFrom<wire::Run> for Run {
    type Error = WireError;
    fn try_from(wire: wire::Run) -> Result<Self, WireError> {
        Ok(Self {
            store: octets(&wire.store).map(RunId::from_bytes).at("run.store")?,
            run: octets(&wire.run).map(RunId::from_bytes).at("run.run")?,
            boot: octets(&wire.boot).map(RunId::from_bytes).at("run.boot")?,
            clean_stop: wire.clean_stop,
            receipt_ids: word::<wire::ReceiptIds, ReceiptIds>(wire.receipt_ids).at("run.receipt_ids")?,
            number: wire.number,
        })
    }
}

impl From<&JournalIds> for wire::JournalIds {
    fn from(ids: &JournalIds) -> Self {
        let accepted = |accepted: &JournalId| wire::JournalId {
            carrier_message_id: accepted.id.as_str().to_owned(),
            attempt: Some(accepted.attempt.into()),
            segment: accepted.segment.into(),
            written: text_or_empty(accepted.written.as_ref().map(CarrierMessageId::as_str)),
        };
        Self { ids: ids.ids.iter().map(accepted).collect() }
    }
}

impl TryFrom<wire::JournalIds> for JournalIds {
    type Error = WireError;
    fn try_from(wire: wire::JournalIds) -> Result<Self, WireError> {
        let accepted = |wire: wire::JournalId| {
            Ok(JournalId {
                id: carrier_id(&wire.carrier_message_id).at("journal.ids.carrier_message_id")?,
                attempt: required(wire.attempt).at("journal.ids.attempt")?,
                segment: octet(wire.segment).at("journal.ids.segment")?,
                written: unless_empty(&wire.written, carrier_id).at("journal.ids.written")?,
            })
        };
        Ok(Self { ids: wire.ids.into_iter().map(accepted).collect::<Result<_, WireError>>()? })
    }
}

impl From<&CursorMoved> for wire::CursorMoved {
    fn from(cursor: &CursorMoved) -> Self {
        let mark = |(source, position): &(Source, Position)| wire::Mark {
            source_kind: source.kind().into(),
            source_id: source.id(),
            offset: position.offset,
            index: position.index,
        };
        Self {
            tenant: cursor.tenant.as_str().to_owned(),
            subscription: cursor.subscription.as_str().to_owned(),
            shard: cursor.shard.into(),
            offset: cursor.offset,
            marks: cursor.marks.iter().map(mark).collect(),
        }
    }
}

impl TryFrom<wire::CursorMoved> for CursorMoved {
    type Error = WireError;
    fn try_from(wire: wire::CursorMoved) -> Result<Self, WireError> {
        Ok(Self {
            tenant: TenantId::new(&wire.tenant).at("cursor.tenant")?,
            subscription: SubscriptionId::new(&wire.subscription).at("cursor.subscription")?,
            shard: short(wire.shard).at("cursor.shard")?,
            offset: wire.offset,
            marks: wire.marks.iter().map(mark).collect::<Result<_, _>>().at("cursor.marks")?,
        })
    }
}

fn mark(wire: &wire::Mark) -> Result<(Source, Position), Fault> {
    let source = Source::from_parts(octet(wire.source_kind)?, wire.source_id).ok_or(Fault::Source)?;
    Ok((source, Position { offset: wire.offset, index: wire.index }))
}

impl From<&Progress> for wire::Progress {
    fn from(progress: &Progress) -> Self {
        let parked = |(tenant, messages): &(TenantId, u64)| wire::progress::Parked {
            tenant: tenant.as_str().to_owned(),
            messages: *messages,
        };
        Self {
            service: progress.service.clone(),
            partition: progress.partition.into(),
            position: progress.position,
            end: progress.end,
            parked: progress.parked.iter().map(parked).collect(),
            at_us: progress.at.as_micros(),
            config_offset: progress.config_offset,
        }
    }
}

impl TryFrom<wire::Progress> for Progress {
    type Error = WireError;
    fn try_from(wire: wire::Progress) -> Result<Self, WireError> {
        let parked = |parked: wire::progress::Parked| {
            Ok((TenantId::new(&parked.tenant).at("progress.parked.tenant")?, parked.messages))
        };
        Ok(Self {
            service: wire.service,
            partition: short(wire.partition).at("progress.partition")?,
            position: wire.position,
            end: wire.end,
            parked: wire.parked.into_iter().map(parked).collect::<Result<_, WireError>>()?,
            at: Timestamp::from_micros(wire.at_us),
            config_offset: wire.config_offset,
        })
    }
}

impl From<&DeadLetter> for wire::DeadLetter {
    fn from(letter: &DeadLetter) -> Self {
        Self {
            topic: letter.topic.clone(),
            partition: letter.partition,
            offset: letter.offset,
            fault: letter.fault.clone(),
            header: id(&letter.header),
            value: id(&letter.value),
        }
    }
}

impl From<wire::DeadLetter> for DeadLetter {
    fn from(wire: wire::DeadLetter) -> Self {
        Self {
            topic: wire.topic,
            partition: wire.partition,
            offset: wire.offset,
            fault: wire.fault,
            header: wire.header.into(),
            value: wire.value.into(),
        }
    }
}
