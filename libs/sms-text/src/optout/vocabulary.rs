//! The words under their keys, built once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::LanguageSet;
use super::words::{HELP, NEGATIVE, OPT_IN, OPT_IN_WITH_CONTEXT, PHRASES, SETS};
use crate::normalise::key;

pub(super) static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::build);

pub(super) struct Vocabulary {
    /// Without blanks.
    exact: BTreeMap<String, LanguageSet>,
    strong: BTreeMap<String, LanguageSet>,
    help: BTreeSet<String>,
    opt_in: BTreeSet<String>,
    opt_in_with_context: BTreeSet<String>,
    phrases: Vec<String>,
    negative: Vec<String>,
}

impl Vocabulary {
    fn build() -> Self {
        let mut exact = BTreeMap::new();
        let mut strong = BTreeMap::new();
        for set in &SETS {
            let language = LanguageSet::only(set.language);
            set.exact
                .iter()
                .for_each(|word| add(&mut exact, key(word).replace(' ', ""), language));
            set.strong.iter().for_each(|word| add(&mut strong, key(word), language));
        }
        Self {
            exact,
            strong,
            help: keys(HELP),
            opt_in: keys(OPT_IN),
            opt_in_with_context: keys(OPT_IN_WITH_CONTEXT),
            phrases: keys(PHRASES),
            negative: keys(NEGATIVE),
        }
    }

    /// Whether the whole body, its blanks dropped, is an opt-out word.
    pub(super) fn is_exact(&self, key: &str, languages: LanguageSet) -> bool {
        let solid = key.replace(' ', "");
        self.exact.get(&solid).is_some_and(|set| set.meets(languages))
    }

    pub(super) fn is_strong(&self, word: &str, languages: LanguageSet) -> bool {
        self.strong.get(word).is_some_and(|set| set.meets(languages))
    }

    pub(super) fn is_help(&self, key: &str) -> bool {
        self.help.contains(key)
    }

    pub(super) fn is_opt_in(&self, key: &str) -> bool {
        self.opt_in.contains(key)
    }

    pub(super) fn is_opt_in_with_context(&self, key: &str) -> bool {
        self.opt_in_with_context.contains(key)
    }

    /// Phrases match inside words too: `stop messag` begins several, and Korean is often written without blanks.
    pub(super) fn has_phrase(&self, key: &str) -> bool {
        self.phrases.iter().any(|phrase| key.contains(phrase.as_str()))
    }

    /// Negative phrases match whole words: "columbus stop" is no bus stop.
    pub(super) fn has_negative(&self, key: &str) -> bool {
        let padded = format!(" {key} ");
        self.negative.iter().any(|phrase| padded.contains(&format!(" {phrase} ")))
    }
}

fn add(words: &mut BTreeMap<String, LanguageSet>, word: String, language: LanguageSet) {
    words
        .entry(word)
        .and_modify(|set| *set = set.union(language))
        .or_insert(language);
}

fn keys<C: FromIterator<String>>(words: &[&str]) -> C {
    words.iter().map(|word| key(word)).collect()
}
