//! Where the earliest timer may be found.

use std::cell::Cell;

use volley_types::Timestamp;

/// Before this point no timer is set, so that looking for the earliest does not step over all that were set and cleared before.
///
/// A view in memory: it changes how fast the earliest timer is found, never which one.
#[derive(Debug)]
pub struct Earliest(Cell<Timestamp>);

impl Default for Earliest {
    /// Nothing is known: it may be anywhere.
    fn default() -> Self {
        Self(Cell::new(Timestamp::MIN))
    }
}

impl Earliest {
    /// A timer was set.
    pub fn is_set(&self, due: Timestamp) {
        self.0.set(self.0.get().min(due));
    }

    /// Where to look from.
    pub fn from(&self) -> Timestamp {
        self.0.get()
    }

    /// When the earliest timer is due. While none can be due by now nobody looks, and it is a time before which none will be.
    pub fn due<E>(
        &self,
        now: Timestamp,
        look: impl FnOnce() -> Result<Option<Timestamp>, E>,
    ) -> Result<Option<Timestamp>, E> {
        match self.from() {
            Timestamp::MAX => Ok(None),
            from if from > now => Ok(Some(from)),
            _ => look(),
        }
    }

    /// The first timer from there on; none is left without one.
    pub fn is_found(&self, due: Option<Timestamp>) {
        self.0.set(due.unwrap_or(Timestamp::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_on_when_found_and_back_when_an_earlier_one_is_set() {
        let (early, late) = (Timestamp::from_micros(3), Timestamp::from_micros(8));
        let earliest = Earliest::default();
        assert_eq!(earliest.from(), Timestamp::MIN);
        earliest.is_found(Some(late));
        assert_eq!(earliest.from(), late);
        earliest.is_set(early);
        assert_eq!(earliest.from(), early);
        earliest.is_found(None);
        assert_eq!(earliest.from(), Timestamp::MAX);
    }

    #[test]
    fn nobody_looks_before_a_timer_can_be_due() {
        let (early, late) = (Timestamp::from_micros(3), Timestamp::from_micros(8));
        let earliest = Earliest::default();
        let due = |now| earliest.due(now, || Err("looked"));
        assert_eq!(due(early), Err("looked"));
        earliest.is_found(Some(late));
        assert_eq!(due(early), Ok(Some(late)));
        assert_eq!(due(late), Err("looked"));
        earliest.is_found(None);
        assert_eq!(due(late), Ok(None));
    }
}
