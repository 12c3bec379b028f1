//! Faults of fields, collected so that a caller hears of all of them at once.

use std::fmt;

/// One field at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field as the contract names it, such as `inbound[2].account`.
    pub field: String,
    /// What is wrong with it, and the limit. Reads on from the field's name.
    pub description: String,
}

/// All the faults of one request; at least one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// A single fault.
    pub fn one(field: impl Into<String>, description: impl fmt::Display) -> Self {
        Self(vec![Fault { field: field.into(), description: description.to_string() }])
    }

    /// The faults, in the order of the fields.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{} {}", fault.field, fault.description)?;
        }
        Ok(())
    }
}

/// Collects faults while the fields of one request are read.
#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<Fault>);

impl Checks {
    /// Notes a fault.
    pub(crate) fn fail(&mut self, field: impl Into<String>, description: impl fmt::Display) {
        self.0.push(Fault { field: field.into(), description: description.to_string() });
    }

    /// Notes a fault unless the condition holds.
    pub(crate) fn require(&mut self, holds: bool, field: &str, description: impl fmt::Display) {
        if !holds {
            self.fail(field, description);
        }
    }

    /// The value that was read, or `None` and a noted fault.
    pub(crate) fn read<T, E: fmt::Display>(&mut self, field: impl Into<String>, read: Result<T, E>) -> Option<T> {
        read.map_err(|fault| self.fail(field, fault)).ok()
    }

    /// As [`read`](Self::read) for a field that may be empty; the inner `None` is an empty field.
    pub(crate) fn read_unless_empty<T, E: fmt::Display>(
        &mut self,
        field: &str,
        text: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        if text.is_empty() {
            Some(None)
        } else {
            self.read(field, read(text)).map(Some)
        }
    }

    /// Every element of a list, each under its own index; `None` when one is at fault or there are too many.
    pub(crate) fn read_all<S: AsRef<str>, T, E: fmt::Display>(
        &mut self,
        field: &str,
        limit: usize,
        list: &[S],
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        if list.len() > limit {
            self.fail(field, format!("has {} elements, the limit is {limit}", list.len()));
            return None;
        }
        let elements: Vec<_> = list
            .iter()
            .enumerate()
            .map(|(index, text)| self.read(format!("{field}[{index}]"), read(text.as_ref())))
            .collect();
        elements.into_iter().collect()
    }

    /// Notes a fault when a text has more octets than allowed.
    pub(crate) fn octets_at_most(&mut self, field: &str, text: &str, limit: usize) {
        self.require(text.len() <= limit, field, format!("has {} octets, the limit is {limit}", text.len()));
    }

    /// The number, or the default where it is 0; a fault when it lies outside the range.
    pub(crate) fn within(&mut self, field: &str, number: u64, default: u64, least: u64, most: u64) -> Option<u64> {
        match number {
            0 if default != 0 => Some(default),
            number if (least..=most).contains(&number) => Some(number),
            number => {
                self.fail(field, format!("is {number}; allowed are {least} to {most}"));
                None
            }
        }
    }

    /// What was built of the values that were read, if no fault was noted.
    pub(crate) fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Faults> {
        if self.0.is_empty() {
            Ok(build().expect("a value that is missing has noted its fault"))
        } else {
            Err(Faults(self.0))
        }
    }
}
