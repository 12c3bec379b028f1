//! Files as a dying process leaves them pass; the same files with one octet changed where RocksDB would not notice do not.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::Path};

use tempfile::TempDir;
use volley_store_check::{Damage, check};

const BLOCK: usize = 32 << 10;
const HEADER: usize = 7;

/// Records as RocksDB frames them, one after the other.
#[derive(Default)]
struct Framed(Vec<u8>);

impl Framed {
    fn of(payloads: &[usize]) -> Self {
        payloads
            .iter()
            .fold(Self::default(), |framed, octets| framed.with(&vec![b'v'; *octets]))
    }

    /// One more, in as many parts as it takes.
    fn with(mut self, mut payload: &[u8]) -> Self {
        let mut first = true;
        loop {
            let left = BLOCK - self.0.len() % BLOCK;
            if left < HEADER {
                self.0.extend(vec![0; left]);
                continue;
            }
            let part = payload.len().min(left - HEADER);
            let last = part == payload.len();
            let kind = match (first, last) {
                (true, true) => 1,
                (true, false) => 2,
                (false, false) => 3,
                (false, true) => 4,
            };
            self.part(kind, &payload[..part]);
            (payload, first) = (&payload[part..], false);
            if last {
                return self;
            }
        }
    }

    fn part(&mut self, kind: u8, payload: &[u8]) {
        let covered = [&[kind][..], payload].concat();
        self.0.extend(masked_crc32c(&covered).to_le_bytes());
        self.0.extend((payload.len() as u16).to_le_bytes());
        self.0.extend(covered);
    }
}

/// Bit by bit: another way than the one under test.
fn masked_crc32c(octets: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for octet in octets {
        crc ^= u32::from(*octet);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { 0x82f6_3b78 ^ (crc >> 1) } else { crc >> 1 };
        }
    }
    (!crc).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// A directory with an undamaged manifest and this write-ahead log.
fn store(log: &[u8]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("CURRENT"), "MANIFEST-000005\n").unwrap();
    fs::write(directory.path().join("MANIFEST-000005"), Framed::of(&[40, 90]).0).unwrap();
    fs::write(directory.path().join("000004.log"), log).unwrap();
    directory
}

fn damage_of(log: &[u8]) -> Option<String> {
    shown(store(log).path())
}

fn shown(directory: &Path) -> Option<String> {
    match check(directory) {
        Ok(()) => None,
        Err(Damage::File { file, at, what }) => {
            Some(format!("{} at {at}: {what}", file.file_name().unwrap().to_str().unwrap()))
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn whole_records_pass_over_any_number_of_blocks() {
    for payloads in [&[][..], &[0], &[1, 100], &[BLOCK - HEADER], &[BLOCK - 10, 5], &[100_000, 7, 40_000]] {
        assert_eq!(damage_of(&Framed::of(payloads).0), None, "{payloads:?}");
    }
}

#[test]
fn a_file_cut_anywhere_passes_for_it_is_torn() {
    let whole = Framed::of(&[300, 200, 100]).0;
    for length in 0..whole.len() {
        assert_eq!(damage_of(&whole[..length]), None, "cut after {length}");
    }
    let long = Framed::of(&[70_000]).0;
    for length in [BLOCK - 1, BLOCK, BLOCK + 3, BLOCK + 700, long.len() - 1] {
        assert_eq!(damage_of(&long[..length]), None, "cut after {length}");
    }
}

#[test]
fn room_that_was_never_written_passes() {
    let mut log = Framed::of(&[300]).0;
    log.extend(vec![0; 3 * BLOCK]);
    assert_eq!(damage_of(&log), None);
}

#[test]
fn a_length_beyond_the_file_is_damage_and_no_torn_end() {
    let whole = Framed::of(&[300, 200, 100]).0;
    for (record, at) in [(0, 0), (1, 307), (2, 514)] {
        let mut log = whole.clone();
        log[at + 5] ^= 0x40;
        let expected = format!("000004.log at {at}: the record is whole, and its length is wrong");
        assert_eq!(damage_of(&log), Some(expected), "record {record}");
    }
}

#[test]
fn a_header_overwritten_is_damage_when_a_record_lies_behind() {
    let mut log = Framed::of(&[300, 200, 100]).0;
    log[307..314].fill(0x05);
    log[312] = 0xff;
    let expected = "000004.log at 307: the record is cut short, and a whole one lies behind it";
    assert_eq!(damage_of(&log).as_deref(), Some(expected));
    log[313] = 0x70;
    assert_eq!(damage_of(&log).as_deref(), Some("000004.log at 307: no record has such a type"));
}

#[test]
fn zeros_with_something_behind_them_are_damage() {
    let mut log = Framed::of(&[300, 200, 100]).0;
    log[307..400].fill(0);
    let expected = "000004.log at 307: nothing is written there, and something behind it";
    assert_eq!(damage_of(&log).as_deref(), Some(expected));

    let mut blocks = Framed::of(&[300, 100_000]).0;
    blocks[BLOCK..2 * BLOCK].fill(0);
    let expected = format!("000004.log at {BLOCK}: nothing is written there, and something behind it");
    assert_eq!(damage_of(&blocks), Some(expected));
}

#[test]
fn the_manifest_is_held_to_the_same() {
    let directory = store(&[]);
    let manifest = directory.path().join("MANIFEST-000005");
    let mut octets = fs::read(&manifest).unwrap();
    octets[5] ^= 0x01;
    fs::write(&manifest, octets).unwrap();
    let expected = "MANIFEST-000005 at 0: the record is whole, and its length is wrong";
    assert_eq!(shown(directory.path()).as_deref(), Some(expected));
}

#[test]
fn current_must_name_a_manifest_that_is_there() {
    let directory = store(&Framed::of(&[30]).0);
    let current = directory.path().join("CURRENT");
    for (named, what) in [
        ("MANIFEST-000004\n", "it names a manifest that is not there"),
        ("MANIFEST-000005", "it does not name a manifest"),
        ("MANIFEST-\n", "it does not name a manifest"),
        ("NANIFEST-000005\n", "it does not name a manifest"),
    ] {
        fs::write(&current, named).unwrap();
        assert_eq!(shown(directory.path()), Some(format!("CURRENT at 0: {what}")), "{named:?}");
    }
    fs::remove_file(&current).unwrap();
    let expected = "CURRENT at 0: it is missing beside the files of a store";
    assert_eq!(shown(directory.path()).as_deref(), Some(expected));
}

#[test]
fn a_directory_that_is_empty_or_not_there_passes() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(shown(directory.path()), None);
    fs::write(directory.path().join("MANIFEST-000001"), Framed::of(&[40]).0).unwrap();
    assert_eq!(shown(directory.path()), None, "a process died as it made the store");
    assert_eq!(shown(&directory.path().join("nowhere")), None);
}
