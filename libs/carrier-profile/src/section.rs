//! One table of a profile: keys are asked for, and what nobody asked for is a mistake.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::fault::Fault;

/// A table on its way to be read.
pub(crate) struct Section<'a> {
    path: &'static str,
    table: Option<&'a Table>,
    asked: BTreeSet<&'static str>,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Section<'a> {
    /// The table `name` of `parent`; one that is not there says nothing. Under an empty name it is `parent` itself.
    pub fn new(parent: &'a Table, name: &'static str, faults: &'a mut Vec<Fault>) -> Self {
        let table = match (name, parent.get(name)) {
            ("", _) => Some(parent),
            (_, None) => None,
            (_, Some(Value::Table(table))) => Some(table),
            (_, Some(_)) => {
                faults.push(Fault { key: name.to_owned(), fault: format!("is not a table: write [{name}]") });
                None
            }
        };
        Self { path: name, table, asked: BTreeSet::new(), faults }
    }

    pub fn is_there(&self) -> bool {
        self.table.is_some()
    }

    /// The value under a key.
    pub fn value(&mut self, key: &'static str) -> Option<&'a Value> {
        self.asked.insert(key);
        self.table?.get(key)
    }

    /// Notes a mistake.
    pub fn fault(&mut self, key: &str, fault: impl Into<String>) {
        let key = match (self.path, key) {
            ("", key) => key.to_owned(),
            (path, "") => path.to_owned(),
            (path, key) => format!("{path}.{key}"),
        };
        self.faults.push(Fault { key, fault: fault.into() });
    }

    /// A whole number between two limits, both allowed.
    pub fn number<T: TryFrom<i64>>(&mut self, key: &'static str, (least, most): (i64, i64), into: &mut T) {
        let Some(value) = self.value(key) else { return };
        let number = value.as_integer().filter(|number| (least..=most).contains(number));
        match number.and_then(|number| T::try_from(number).ok()) {
            Some(number) => *into = number,
            None => self.fault(key, format!("is {}, and must be a whole number from {least} to {most}", shown(value))),
        }
    }

    /// Yes or no.
    pub fn flag(&mut self, key: &'static str, into: &mut bool) {
        let Some(value) = self.value(key) else { return };
        match value.as_bool() {
            Some(flag) => *into = flag,
            None => self.fault(key, format!("is {}, and must be true or false", shown(value))),
        }
    }

    /// A text of printable ASCII, at most `octets_max` long.
    pub fn text(&mut self, key: &'static str, octets_max: usize) -> Option<String> {
        let value = self.value(key)?;
        let Some(text) = value.as_str() else {
            self.fault(key, format!("is {}, and must be a text", shown(value)));
            return None;
        };
        if text.len() > octets_max {
            self.fault(key, format!("has {} octets; allowed are {octets_max}", text.len()));
            return None;
        }
        if !text.bytes().all(|octet| octet == b' ' || octet.is_ascii_graphic()) {
            self.fault(key, "has a character that is not printable ASCII");
            return None;
        }
        Some(text.to_owned())
    }

    /// One of several words.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)], into: &mut T) {
        let Some(value) = self.value(key) else { return };
        match value.as_str().and_then(|word| one_of(word, words)) {
            Some(meaning) => *into = meaning,
            None => self.fault(key, format!("is {}, and must be one of {}", shown(value), names(words))),
        }
    }

    /// Some of several words.
    pub fn words<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<Vec<T>> {
        let value = self.value(key)?;
        let Some(list) = value.as_array().filter(|list| !list.is_empty()) else {
            self.fault(key, format!("is {}, and must be a list of some of {}", shown(value), names(words)));
            return None;
        };
        let mut meanings = Vec::new();
        for item in list {
            match item.as_str().and_then(|word| one_of(word, words)) {
                Some(meaning) => meanings.push(meaning),
                None => self.fault(key, format!("names {}, which is none of {}", shown(item), names(words))),
            }
        }
        Some(meanings)
    }

    /// Every key and value, for tables whose keys are data.
    pub fn entries(&mut self) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.table.into_iter().flatten()
    }

    /// What nobody asked for is unknown.
    pub fn finish(mut self) {
        let unknown: Vec<&String> = match self.table {
            Some(table) => table.keys().filter(|key| !self.asked.contains(key.as_str())).collect(),
            None => Vec::new(),
        };
        let known: Vec<_> = self.asked.iter().copied().collect();
        for key in unknown {
            self.fault(key, format!("is not known here; known are {}", known.join(", ")));
        }
    }
}

fn one_of<T: Copy>(word: &str, words: &[(&str, T)]) -> Option<T> {
    words.iter().find(|(name, _)| *name == word).map(|(_, meaning)| *meaning)
}

fn names<T>(words: &[(&str, T)]) -> String {
    let names: Vec<_> = words.iter().map(|(name, _)| format!("{name:?}")).collect();
    names.join(", ")
}

/// A value as it may be shown: short, and never a whole table.
pub(crate) fn shown(value: &Value) -> String {
    const SHOWN_MAX: usize = 40;
    match value {
        Value::Table(_) => "a table".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        other => other.to_string().chars().take(SHOWN_MAX).collect(),
    }
}
