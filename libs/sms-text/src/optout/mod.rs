//! Whether a phone asks to be left alone. Runs before any keyword, session, poll or bot.
//!
//! ```text
//!   key(body)
//!     is a word of an enabled language, blanks ignored     -> OptOut
//!     is a help word                                       -> Help
//!     is an opt-in word (YES only if it was asked for)     -> OptIn
//!     is STOP and the name of a program                    -> OptOutScoped
//!     says "don't stop", "bus stop", ...                   -> PassOn
//!     begins with STOP | is short and ends in stop | says "leave me alone", ... -> OptOutLikely
//!     anything else                                        -> PassOn
//! ```
//!
//! OPT-1: the first line that holds decides.
//! OPT-2: words and bodies pass through the same [`key`].

mod language;
mod vocabulary;
mod words;

pub use language::{Language, LanguageSet};

use crate::normalise::key;
use vocabulary::VOCABULARY;

/// Words of a body that is short enough for a final "stop" to be meant.
const SHORT_BODY_WORDS_MAX: usize = 4;

/// What is known of the number a body came to, and of the phone it came from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// Languages whose words count on this number.
    pub languages: LanguageSet,
    /// Programs that can be stopped by name on this number.
    pub programs: &'a [&'a str],
    /// The phone has opted out here: YES takes it back.
    pub opted_out: bool,
    /// The phone was asked to confirm an opt-in: YES confirms it.
    pub pending_double_opt_in: bool,
}

/// What a body asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// Suppress at once and confirm once.
    OptOut,
    /// Suppress at once, confirm once saying how to undo it, and flag for review.
    OptOutLikely,
    /// Suppress this program only, named as in [`Context::programs`].
    OptOutScoped {
        /// The program to suppress.
        program: &'a str,
    },
    /// Lift the suppression and record the consent.
    OptIn,
    /// Send the help text.
    Help,
    /// Not for us: go on to sessions, keywords and polls.
    PassOn,
}

impl Action<'_> {
    /// The name in logs and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptOut => "opt_out",
            Self::OptOutLikely => "opt_out_likely",
            Self::OptOutScoped { .. } => "opt_out_scoped",
            Self::OptIn => "opt_in",
            Self::Help => "help",
            Self::PassOn => "none",
        }
    }
}

/// Decides what a body asks for.
#[must_use]
pub fn classify<'a>(body: &str, context: &Context<'a>) -> Action<'a> {
    let key = key(body);
    let words = &*VOCABULARY;
    let may_say_yes = context.opted_out || context.pending_double_opt_in;

    if words.is_exact(&key, context.languages) {
        Action::OptOut
    } else if words.is_help(&key) {
        Action::Help
    } else if words.is_opt_in(&key) || (may_say_yes && words.is_opt_in_with_context(&key)) {
        Action::OptIn
    } else if let Some(program) = stopped_program(&key, context) {
        Action::OptOutScoped { program }
    } else if words.has_negative(&key) {
        Action::PassOn
    } else if begins_strongly(&key, context) || is_short_and_ends_in_stop(&key) || words.has_phrase(&key) {
        Action::OptOutLikely
    } else {
        Action::PassOn
    }
}

/// Whether a keyword or poll option may not be registered because it would never be reached.
#[must_use]
pub fn is_reserved(word: &str, languages: LanguageSet) -> bool {
    let key = key(word);
    VOCABULARY.is_exact(&key, languages) || VOCABULARY.is_help(&key) || VOCABULARY.is_opt_in(&key)
}

/// Whether a body that is no opt-out looks like one: letters of another script, or digits, that stand for Latin letters.
///
/// Such a body is passed on, and shown to a reviewer.
#[must_use]
pub fn resembles_opt_out(body: &str) -> bool {
    let key = key(body);
    let skeleton: String = key.chars().map(latin_look_alike).collect();
    skeleton != key && VOCABULARY.is_exact(&skeleton, LanguageSet::BASE)
}

fn stopped_program<'a>(key: &str, context: &Context<'a>) -> Option<&'a str> {
    let (first, rest) = key.split_once(' ')?;
    if !VOCABULARY.is_strong(first, context.languages) {
        return None;
    }
    let named = rest.replace(' ', "");
    context
        .programs
        .iter()
        .copied()
        .find(|program| crate::key(program).replace(' ', "") == named)
}

fn begins_strongly(key: &str, context: &Context<'_>) -> bool {
    key.split(' ')
        .next()
        .is_some_and(|first| VOCABULARY.is_strong(first, context.languages))
}

fn is_short_and_ends_in_stop(key: &str) -> bool {
    key.split(' ').next_back() == Some("stop") && key.split(' ').count() <= SHORT_BODY_WORDS_MAX
}

/// The Latin letter a folded Cyrillic or Greek letter, or a digit, is drawn like.
fn latin_look_alike(character: char) -> char {
    match character {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' => 'c',
        'е' | 'ε' => 'e',
        'н' | 'η' => 'h',
        'і' | 'ι' | '1' => 'i',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'ո' | 'п' => 'n',
        'о' | 'ο' | 'օ' | '0' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' | '5' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'х' | 'χ' => 'x',
        'у' => 'y',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(body: &str) -> Action<'static> {
        classify(body, &Context::default())
    }

    #[test]
    fn a_language_counts_only_where_it_is_on() {
        let turkish = Context { languages: LanguageSet::BASE.with(Language::Turkish), ..Default::default() };
        let english = Context { languages: LanguageSet::BASE, ..Default::default() };
        assert_eq!(classify("RED", &turkish), Action::OptOut);
        assert_eq!(classify("RED", &english), Action::PassOn);
        assert_eq!(classify("stop", &turkish), Action::OptOut);
    }

    #[test]
    fn yes_counts_where_it_was_asked_for() {
        assert_eq!(action("yes"), Action::PassOn);
        assert_eq!(classify("네", &Context { opted_out: true, ..Default::default() }), Action::OptIn);
    }

    #[test]
    fn stopping_an_unknown_program_is_likely_a_stop() {
        assert_eq!(action("STOP NEWS"), Action::OptOutLikely);
    }

    #[test]
    fn a_program_keeps_its_own_spelling() {
        let context = Context { programs: &["Café Club"], ..Default::default() };
        assert_eq!(classify("stop CAFE-CLUB", &context), Action::OptOutScoped { program: "Café Club" });
        assert_eq!(classify("stop", &context), Action::OptOut);
    }

    #[test]
    fn look_alikes_go_to_a_reviewer() {
        assert!(resembles_opt_out("ЅТОР") && resembles_opt_out("ST0P"));
        assert!(!resembles_opt_out("STOP") && !resembles_opt_out("hello"));
    }

    #[test]
    fn reserved_words_cannot_be_options() {
        assert!(is_reserved("Stop!", LanguageSet::BASE) && is_reserved("info", LanguageSet::BASE));
        assert!(!is_reserved("red", LanguageSet::BASE) && !is_reserved("yes", LanguageSet::BASE));
    }

    #[test]
    fn a_name_that_holds_bus_stop_is_no_bus_stop() {
        assert_eq!(action("columbus stop"), Action::OptOutLikely);
        assert_eq!(action("the bus stop"), Action::PassOn);
    }
}
