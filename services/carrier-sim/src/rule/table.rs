//! The rules in force, and which of them a number gets.

use std::collections::{BTreeMap, VecDeque};

use super::{LastDigits, RULES_BY_LAST_DIGITS, Rule, RuleFor, SubmitAnswer};
use crate::clock::Chance;
use crate::pattern::Pattern;

/// Rules set by hand at most; the oldest goes when one more comes.
pub const RULES_MAX: usize = 1_024;
/// Numbers whose refusals are counted at once; the lowest goes when one more comes.
const REFUSED_NUMBERS_MAX: usize = 10_000;

/// Which setting of a rule it was.
pub(crate) type RuleNumber = u64;

/// The rules in force.
pub(crate) struct RuleTable {
    by_hand: VecDeque<(RuleNumber, RuleFor)>,
    last_number: RuleNumber,
    by_last_digits: bool,
    refusals: BTreeMap<String, u32>,
    chance: Chance,
}

impl RuleTable {
    pub(crate) fn new(rules: Vec<RuleFor>, by_last_digits: bool, seed: u64) -> Self {
        let mut table = Self {
            by_hand: VecDeque::new(),
            last_number: 0,
            by_last_digits,
            refusals: BTreeMap::new(),
            chance: Chance::from_seed(seed),
        };
        // In a file the first rule that fits is meant, so the last is set first.
        for RuleFor { number, rule } in rules.into_iter().rev() {
            table.set(number, rule);
        }
        table
    }

    /// Sets a rule ahead of all others; one with the same pattern is replaced.
    pub(crate) fn set(&mut self, number: Pattern, rule: Rule) -> RuleNumber {
        self.last_number += 1;
        self.by_hand.retain(|(_, known)| known.number != number);
        self.by_hand.push_front((self.last_number, RuleFor { number, rule }));
        self.by_hand.truncate(RULES_MAX);
        self.last_number
    }

    /// Ends a rule, unless it has been replaced or forgotten.
    pub(crate) fn end(&mut self, number: RuleNumber) {
        self.by_hand.retain(|(known, _)| *known != number);
    }

    /// Forgets every rule set by hand or by the configuration.
    pub(crate) fn clear(&mut self) {
        self.by_hand.clear();
        self.refusals.clear();
    }

    /// The rule for one segment to `number`.
    pub(crate) fn find(&mut self, number: &str) -> Rule {
        for (_, RuleFor { number: pattern, rule }) in &self.by_hand {
            if pattern.matches(number) && self.chance.hits(rule.share_percent) {
                return *rule;
            }
        }
        match self.by_last_digits {
            true => by_last_digits(number).map_or(Rule::DELIVERED, |line| line.rule),
            false => Rule::DELIVERED,
        }
    }

    /// The status to refuse a segment with, if the rule says so and has not said so often enough.
    pub(crate) fn refusal(&mut self, rule: &Rule, number: &str) -> Option<u32> {
        let SubmitAnswer::Refuse { status, times } = rule.submit else { return None };
        if times == 0 {
            return Some(status);
        }
        if self.refusals.len() >= REFUSED_NUMBERS_MAX && !self.refusals.contains_key(number) {
            self.refusals.pop_first();
        }
        let refused = self.refusals.entry(number.to_owned()).or_default();
        *refused += 1;
        (*refused <= times).then_some(status)
    }
}

fn by_last_digits(number: &str) -> Option<&'static LastDigits> {
    RULES_BY_LAST_DIGITS.iter().find(|line| number.ends_with(line.digits))
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    fn table(rules: &str) -> RuleTable {
        #[derive(serde::Deserialize)]
        struct File {
            rules: Vec<RuleFor>,
        }
        RuleTable::new(toml::from_str::<File>(rules).expect("rules").rules, true, 7)
    }

    #[test]
    fn a_rule_by_hand_comes_before_the_last_digits_and_the_newest_first() {
        let mut table = table("[[rules]]\nnumber = \"7914*\"\nrule = { outcome = \"expired\" }");
        assert_eq!(table.find("79141239901").outcome, Outcome::Expired);
        assert_eq!(table.find("79991239901").outcome, Outcome::Undeliverable);
        assert_eq!(table.find("79991230000"), Rule::DELIVERED);
        table.set("*9901".into(), Rule::outcome(Outcome::Deleted));
        assert_eq!(table.find("79141239901").outcome, Outcome::Deleted);
    }

    #[test]
    fn a_share_is_taken_by_seed_and_repeats() {
        let rules = "[[rules]]\nnumber = \"*\"\nrule = { share_percent = 30, outcome = \"expired\" }";
        let fates = |mut table: RuleTable| (0..1_000).map(|_| table.find("1").outcome).collect::<Vec<_>>();
        let first = fates(table(rules));
        assert_eq!(first, fates(table(rules)));
        let expired = first.iter().filter(|outcome| **outcome == Outcome::Expired).count();
        assert!((240..360).contains(&expired), "{expired} of 1000");
    }

    #[test]
    fn a_counted_refusal_ends() {
        let mut table = table("rules = []");
        let rule = table.find("79141239926");
        assert_eq!(table.refusal(&rule, "79141239926"), Some(0x58));
        assert_eq!(table.refusal(&rule, "79141239926"), None);
        assert_eq!(table.refusal(&rule, "79141119926"), Some(0x58));
    }
}
