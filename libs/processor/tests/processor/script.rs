//! A fold whose records are one line of text each: what they say happens.
//!
//! ```text
//! count K          adds one to row K; says "K=n" on `corr` (first rank) and on `events` (second rank)
//! timer T          sets a timer at T microseconds
//! poison K         changes row K, says something, and then turns out to be undecodable
//! broken           breaks an invariant
//! large N          says N octets on `events`
//! panic            panics
//! ```

use bytes::Bytes;
use volley_processor::{Control, Fold, FoldError, Input, Outbox, Output, Rank, TopicName};
use volley_rows::{RowKind, RowStore};
use volley_types::{RunId, TenantId, Timestamp};

pub struct Script {
    pub corr: TopicName,
    pub events: TopicName,
    /// Counted rows at the start, rebuilt by `restore`.
    pub restored: usize,
    pub version: u32,
    /// Records stepped since the start: what it says waits.
    pub stepped: u64,
}

impl Script {
    pub fn new() -> Self {
        Self {
            corr: TopicName::new("corr"),
            events: TopicName::new("events"),
            restored: 0,
            version: 1,
            stepped: 0,
        }
    }

    fn say(&self, input: &Input<'_>, out: &mut Outbox, topic: &TopicName, rank: Rank, value: Vec<u8>) {
        out.push(Output {
            topic: topic.clone(),
            partition: u32::from(input.partition.0),
            rank,
            key: None,
            attributes: Vec::new(),
            value: Bytes::from(value),
            observed_at: input.header.observed_at,
        });
    }

    fn count(&self, key: &str, input: &Input<'_>, rows: &mut dyn RowStore, out: &mut Outbox) -> Result<(), FoldError> {
        let number = count_of(rows, key)? + 1;
        rows.put(row(key), number.to_be_bytes().to_vec());
        let words = format!("{key}={number}").into_bytes();
        self.say(input, out, &self.events, Rank::Second, words.clone());
        self.say(input, out, &self.corr, Rank::First, words);
        Ok(())
    }

    fn fire(&self, input: &Input<'_>, rows: &mut dyn RowStore, out: &mut Outbox) -> Result<(), FoldError> {
        for (key, _) in rows.scan(&timer(0)[..]..&timer(input.now.as_micros() + 1)[..], 2)? {
            rows.delete(&key);
            let at = i64::from_be_bytes(key[1..].try_into().expect("eight octets"));
            self.say(input, out, &self.corr, Rank::First, format!("fired {at}").into_bytes());
        }
        Ok(())
    }
}

impl Fold for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn logic_version(&self) -> u32 {
        self.version
    }

    fn restore(&mut self, rows: &dyn RowStore) -> Result<(), FoldError> {
        self.restored = rows
            .scan(&row("")[..]..&[RowKind::RoutingMessage as u8 + 1][..], usize::MAX)?
            .len();
        Ok(())
    }

    fn step(&mut self, input: &Input<'_>, rows: &mut dyn RowStore, out: &mut Outbox) -> Result<(), FoldError> {
        self.stepped += 1;
        let text = String::from_utf8_lossy(input.value).into_owned();
        let (verb, rest) = text.split_once(' ').unwrap_or((&text, ""));
        match verb {
            "count" => self.count(rest, input, rows, out)?,
            "timer" => rows.put(timer(rest.parse().expect("microseconds")), Vec::new()),
            "tick" => self.fire(input, rows, out)?,
            "large" => self.say(input, out, &self.events, Rank::Second, vec![b'x'; rest.parse().expect("octets")]),
            "panic" => panic!("a test asked for it"),
            "broken" => return Err(FoldError::Invariant { broken: "the books".to_owned() }),
            _ => {
                self.count(rest, input, rows, out)?;
                return Err(FoldError::Poison { reason: "no such verb".to_owned() });
            }
        }
        Ok(())
    }

    fn next_due(&self, rows: &dyn RowStore, _: Timestamp) -> Result<Option<Timestamp>, FoldError> {
        let first = rows.scan(&timer(0)[..]..&[RowKind::RoutingTimer as u8 + 1][..], 1)?;
        let at = first
            .first()
            .map(|(key, _)| i64::from_be_bytes(key[1..].try_into().expect("eight octets")));
        Ok(at.map(Timestamp::from_micros))
    }

    fn parked(&self) -> Vec<(TenantId, u64)> {
        vec![(TenantId::new("acme").expect("a name"), self.stepped)]
    }

    fn tick(&self) -> Bytes {
        Bytes::from_static(b"tick")
    }

    fn owner(&self, run: RunId) -> Bytes {
        Bytes::from([b"owner ".as_slice(), &run.to_bytes()].concat())
    }

    fn classify(&self, value: &Bytes) -> Control {
        match value.strip_prefix(b"owner ").and_then(|run| run.try_into().ok()) {
            Some(run) => Control::Owner(RunId::from_bytes(run)),
            None if &value[..] == b"tick" => Control::Tick,
            None => Control::Other,
        }
    }
}

/// How often a key was counted.
pub fn count_of(rows: &dyn RowStore, key: &str) -> Result<u64, FoldError> {
    let value = rows.get(&row(key))?;
    Ok(value.map_or(0, |value| u64::from_be_bytes(value.try_into().expect("eight octets"))))
}

fn row(key: &str) -> Vec<u8> {
    [&[RowKind::RoutingMessage as u8], key.as_bytes()].concat()
}

fn timer(at: i64) -> Vec<u8> {
    [&[RowKind::RoutingTimer as u8][..], &at.to_be_bytes()].concat()
}
