//! One lane: every record from the lowest that is not done to the newest read, and how far each is.
//!
//! ```text
//!   position                            next
//!      │ Ended  Done  Sending  Ended ... │ Waiting  Waiting  Waiting
//!      └─ moves when its record is done  └─ leaves first
//! ```

use std::collections::{BTreeMap, VecDeque};

use volley_events::{Settled, SubmitOrder};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{AccountId, Lane, Position, Source};

use crate::{
    chain::{Marks, Origin, Taken},
    fate::Sending,
    rows::{AttemptKey, AttemptRow, LaneKey, LaneRow, put_lane},
};

/// Most records of a lane that may be read and not done; the reader of the lane stops there.
pub const LANE_PLACES_MAX: usize = 16_384;

/// Rows read back at once.
const RESTORE_ROWS: usize = 4_096;

/// Most sources of a lane: one a routing partition, and room for others.
const SOURCES_MAX: usize = 2_048;

/// An order that nobody has decided about.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub order: Box<SubmitOrder>,
    /// When it was read, on the monotonic clock.
    pub since_us: u64,
}

/// How far a record is.
#[derive(Debug, Clone)]
pub(crate) enum Stage {
    Waiting(Waiting),
    Sending(Box<Sending>),
    /// It has its outcome; what is to be settled, and the segments that wait for the log on a bind.
    Ended {
        settled: Settled,
        charge: Option<Charge>,
    },
    Done,
}

/// Segments that were sent on a bind and whose report the log does not have yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Charge {
    pub bind: u16,
    pub segments: u32,
}

/// A record: how far it is, and where it comes from if it was taken.
#[derive(Debug, Clone)]
struct Place {
    stage: Stage,
    origin: Option<(Source, Position)>,
}

impl Place {
    /// A record that holds nothing to do.
    const EMPTY: Self = Self { stage: Stage::Done, origin: None };
}

#[derive(Debug)]
pub(crate) struct LaneState {
    pub lane: Lane,
    position: u64,
    adopted: bool,
    places: VecDeque<Place>,
    /// No record below it waits.
    next: u64,
    waiting: usize,
    /// As of the newest record read.
    marks: Marks,
    /// The position moved since it was written, and over these sources' records.
    moved: bool,
    passed: BTreeMap<Source, Position>,
    /// Rows of an earlier run at or above the position, until their records are read again.
    kept: BTreeMap<u64, AttemptRow>,
}

impl LaneState {
    /// A lane as the rows left it.
    pub fn restore<S: RowStore + ?Sized>(account: &AccountId, lane: Lane, rows: &S) -> Result<Self, RowError> {
        let mut prefix = Vec::new();
        put_lane(&mut prefix, account, lane);
        let (mut position, mut adopted, mut marks) = (0, false, BTreeMap::new());
        for (LaneKey(_, _, source), row) in rows.rows_with_prefix::<LaneRow>(&prefix, SOURCES_MAX)? {
            match (row, source) {
                (LaneRow::At { position: at, adopted: is_adopted }, _) => (position, adopted) = (at, is_adopted),
                (LaneRow::Mark(mark), Some(source)) => {
                    marks.insert(source, mark);
                }
                (LaneRow::Mark(_), None) => {}
            }
        }
        let kept = kept_rows(account, lane, position, rows)?;
        Ok(Self { marks: Marks::new(marks, adopted), kept, ..Self::at(lane, position, adopted) })
    }

    /// An empty lane at a position.
    fn at(lane: Lane, position: u64, adopted: bool) -> Self {
        Self {
            lane,
            position,
            adopted,
            places: VecDeque::new(),
            next: position,
            waiting: 0,
            marks: Marks::default(),
            moved: false,
            passed: BTreeMap::new(),
            kept: BTreeMap::new(),
        }
    }

    /// The lowest record that is not done: where reading goes on after a restart.
    pub fn position(&self) -> u64 {
        self.position
    }

    pub fn room(&self) -> usize {
        LANE_PLACES_MAX.saturating_sub(self.places.len())
    }

    pub fn waiting(&self) -> usize {
        self.waiting
    }

    pub fn unsettled(&self) -> usize {
        self.places.len()
    }

    /// Makes a place for the record at `offset`, empty as yet. `None` if it was read before.
    pub fn admit(&mut self, offset: u64, origin: Option<&Origin>) -> Option<Taken> {
        let end = self.end();
        if offset < end {
            return None;
        }
        // Offsets the log left out hold no order.
        self.places.extend((end..offset).map(|_| Place::EMPTY));
        let taken = origin.map_or(Taken::Taken, |origin| self.marks.take(origin));
        let known = origin.filter(|origin| taken == Taken::Taken && origin.source.is_chained());
        let origin = known.map(|origin| (origin.source, origin.position));
        self.places.push_back(Place { origin, ..Place::EMPTY });
        Some(taken)
    }

    /// What an earlier run knew of a record; asked once.
    pub fn take_kept(&mut self, offset: u64) -> Option<AttemptRow> {
        self.kept.remove(&offset)
    }

    pub fn wait(&mut self, offset: u64, waiting: Waiting) {
        if let Some(stage) = self.stage_mut(offset) {
            *stage = Stage::Waiting(waiting);
            self.waiting += 1;
        }
    }

    pub fn set(&mut self, offset: u64, stage: Stage) {
        if let Some(place) = self.stage_mut(offset) {
            *place = stage;
        }
    }

    /// The order that leaves next.
    pub fn head(&mut self) -> Option<(u64, &Waiting)> {
        self.next = self.next.max(self.position);
        while self.next < self.end() && !matches!(self.stage(self.next), Some(Stage::Waiting(_))) {
            self.next += 1;
        }
        match self.stage(self.next) {
            Some(Stage::Waiting(waiting)) => Some((self.next, waiting)),
            _ => None,
        }
    }

    /// The orders for which `is_over` says so, in lane order.
    pub fn overdue(&self, is_over: impl Fn(&Waiting) -> bool) -> Vec<u64> {
        let start = self.next.max(self.position);
        let skipped = usize::try_from(start - self.position).unwrap_or(usize::MAX);
        (start..)
            .zip(self.places.iter().skip(skipped))
            .filter(|(_, place)| matches!(&place.stage, Stage::Waiting(waiting) if is_over(waiting)))
            .map(|(offset, _)| offset)
            .collect()
    }

    /// The waiting orders for which `is_recalled` says so, given where they come from; in lane order.
    pub fn recalled(&self, is_recalled: impl Fn(&SubmitOrder, (Source, Position)) -> bool) -> Vec<u64> {
        let is_taken_back = |place: &Place| match (&place.stage, place.origin) {
            (Stage::Waiting(waiting), Some(origin)) => is_recalled(&waiting.order, origin),
            _ => false,
        };
        let places = (self.position..).zip(&self.places);
        places
            .filter(|(_, place)| is_taken_back(place))
            .map(|(offset, _)| offset)
            .collect()
    }

    /// Takes an order out of the queue; its place is then [`Stage::Done`] until it is set.
    pub fn take_waiting(&mut self, offset: u64) -> Option<Waiting> {
        let stage = self.stage_mut(offset)?;
        match std::mem::replace(stage, Stage::Done) {
            Stage::Waiting(waiting) => {
                self.waiting -= 1;
                Some(waiting)
            }
            other => {
                *stage = other;
                None
            }
        }
    }

    pub fn sending_mut(&mut self, offset: u64) -> Option<&mut Sending> {
        match self.stage_mut(offset)? {
            Stage::Sending(sending) => Some(sending),
            _ => None,
        }
    }

    /// What is to be settled of an order that ended, and its charge, which is given only once.
    pub fn ended(&mut self, offset: u64) -> Option<(Settled, Option<Charge>)> {
        match self.stage_mut(offset)? {
            Stage::Ended { settled, charge } => Some((settled.clone(), charge.take())),
            _ => None,
        }
    }

    /// The log has the settlement: the record is done.
    pub fn done<S: RowStore + ?Sized>(
        &mut self,
        account: &AccountId,
        offset: u64,
        rows: &mut S,
    ) -> Result<(), RowError> {
        self.set(offset, Stage::Done);
        self.advance(account, rows);
        if offset < self.position {
            return Ok(());
        }
        rows.put_row(&AttemptKey(account.clone(), self.lane, offset), &AttemptRow::Done)
    }

    /// Moves the position over everything done. An order that was never decided has no row, and none is missed.
    pub fn advance<S: RowStore + ?Sized>(&mut self, account: &AccountId, rows: &mut S) {
        while let Some(Place { stage: Stage::Done, origin }) = self.places.front() {
            self.passed.extend(*origin);
            self.places.pop_front();
            rows.delete_row::<AttemptRow>(&AttemptKey(account.clone(), self.lane, self.position));
            self.position += 1;
            self.moved = true;
        }
    }

    /// Writes the position, if it moved.
    pub fn keep_position<S: RowStore + ?Sized>(&mut self, account: &AccountId, rows: &mut S) -> Result<(), RowError> {
        if !self.moved {
            return Ok(());
        }
        self.moved = false;
        for (source, mark) in std::mem::take(&mut self.passed) {
            rows.put_row(&LaneKey(account.clone(), self.lane, Some(source)), &LaneRow::Mark(mark))?;
        }
        let at = LaneRow::At { position: self.position, adopted: self.adopted };
        rows.put_row(&LaneKey(account.clone(), self.lane, None), &at)
    }

    /// Begins anew at `position` with these marks, and forgets whatever was there: the store was lost.
    pub fn restart_at<S: RowStore + ?Sized>(
        &mut self,
        account: &AccountId,
        position: u64,
        marks: BTreeMap<Source, Position>,
        rows: &mut S,
    ) {
        for offset in self.kept.keys() {
            rows.delete_row::<AttemptRow>(&AttemptKey(account.clone(), self.lane, *offset));
        }
        let passed = marks.clone();
        *self = Self {
            moved: true,
            passed,
            marks: Marks::new(marks, true),
            ..Self::at(self.lane, position, true)
        };
    }

    fn end(&self) -> u64 {
        self.position + self.places.len() as u64
    }

    fn stage(&self, offset: u64) -> Option<&Stage> {
        Some(
            &self
                .places
                .get(usize::try_from(offset.checked_sub(self.position)?).ok()?)?
                .stage,
        )
    }

    fn stage_mut(&mut self, offset: u64) -> Option<&mut Stage> {
        Some(
            &mut self
                .places
                .get_mut(usize::try_from(offset.checked_sub(self.position)?).ok()?)?
                .stage,
        )
    }
}

fn kept_rows<S: RowStore + ?Sized>(
    account: &AccountId,
    lane: Lane,
    position: u64,
    rows: &S,
) -> Result<BTreeMap<u64, AttemptRow>, RowError> {
    let mut kept = BTreeMap::new();
    let mut from = position;
    loop {
        let page = rows.rows_from::<AttemptRow>(&AttemptKey(account.clone(), lane, from), RESTORE_ROWS)?;
        let full = page.len() == RESTORE_ROWS;
        for (AttemptKey(owner, of_lane, offset), row) in page {
            if (&owner, of_lane) != (account, lane) {
                return Ok(kept);
            }
            kept.insert(offset, row);
            from = offset + 1;
        }
        if !full {
            return Ok(kept);
        }
    }
}
