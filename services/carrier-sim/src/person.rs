//! Played persons: handsets whose owners answer.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::mo::Alphabet;
use crate::pattern::Pattern;
use crate::redact;

/// Persons at most; one more is refused.
pub const PERSONS_MAX: usize = 1_024;

/// The owner of one handset, or of all handsets of a pattern.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The handset's number, without `+`; `*` stands for any digits.
    pub number: Pattern,
    /// What the person says; the first line that fits answers.
    pub script: Vec<Line>,
}

/// One line of a script: to a text like this, that answer.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Who must have written.
    #[serde(default = "anything")]
    pub from: Pattern,
    /// What the text must look like; `*stop*` is a text that contains "stop", case ignored.
    #[serde(default = "anything")]
    pub text: Pattern,
    /// The answer; `{text}` stands for the text received.
    pub answer: String,
    /// Milliseconds from the text to its answer.
    #[serde(default = "default_delay_ms")]
    pub delay_ms: u32,
    /// How the answer is written.
    #[serde(default)]
    pub alphabet: Alphabet,
    /// How often this line answers one sender on one handset; 0 is always. Two machines that answer each other end here.
    #[serde(default = "once")]
    pub times: u32,
}

/// How long a person takes to answer unless the line says otherwise, in milliseconds.
pub const ANSWER_DELAY_MS: u32 = 300;

fn anything() -> Pattern {
    "*".into()
}

fn default_delay_ms() -> u32 {
    ANSWER_DELAY_MS
}

fn once() -> u32 {
    1
}

impl Line {
    /// A line that answers every text like `text` from anybody, once per sender.
    pub fn new(text: impl Into<Pattern>, answer: impl Into<String>) -> Self {
        Self {
            from: anything(),
            text: text.into(),
            answer: answer.into(),
            delay_ms: ANSWER_DELAY_MS,
            alphabet: Alphabet::Auto,
            times: once(),
        }
    }

    pub(crate) fn fits(&self, from: &str, text: &str) -> bool {
        self.from.matches(from) && self.text.matches(text)
    }

    pub(crate) fn answer_to(&self, text: &str) -> String {
        self.answer.replace("{text}", text)
    }
}

/// Shows that there is an answer, not what it says.
impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("from", &self.from)
            .field("answer", &redact::text(&self.answer))
            .field("delay_ms", &self.delay_ms)
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}

/// The persons the binary plays unless its configuration says otherwise, by the last digits of their numbers.
pub fn default_persons() -> Vec<Person> {
    let person = |number: &str, line: Line| Person { number: number.into(), script: vec![line] };
    let long = "I read all of it. {text} And I have an opinion on each of its words, which I am going to tell you in a \
                message that does not fit into one part, so that you see how the parts come together again at your end.";
    vec![
        person("*9951", Line::new("*stop*", "STOP")),
        person("*9952", Line { times: 0, ..Line::new("*", "{text}") }),
        person("*9953", Line::new("*vote*", "KELLY")),
        person("*9954", Line { alphabet: Alphabet::Ucs2, ..Line::new("*", "Да, спасибо 👍") }),
        person("*9955", Line::new("*", long)),
        person("*9956", Line::new("*", "HELP")),
    ]
}
