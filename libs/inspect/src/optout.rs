//! Whether a phone asks to be left alone.

use serde_json::Value;
use volley_sms_text::key;
use volley_sms_text::optout::{Action, Context, Language, LanguageSet, classify, resembles_opt_out};

use crate::error::CaseError;
use crate::input::{self, Object, flag};
use crate::sheet::{Sheet, quoted};

/// What is asked.
#[derive(Clone, Default)]
pub struct Question<'a> {
    /// What the phone wrote.
    pub body: &'a str,
    /// Codes of the languages switched on for the number; every language if `None`.
    pub languages: Option<Vec<&'a str>>,
    /// Programs that can be stopped by name.
    pub programs: Vec<&'a str>,
    /// The phone has opted out before.
    pub opted_out: bool,
    /// The phone was asked to confirm an opt-in.
    pub pending_double_opt_in: bool,
}

impl Question<'_> {
    fn action(&self) -> Action<'_> {
        let known = |codes: &Vec<&str>| codes.iter().filter_map(|code| Language::from_code(code)).collect();
        let context = Context {
            languages: self.languages.as_ref().map_or(LanguageSet::ALL, known),
            programs: &self.programs,
            opted_out: self.opted_out,
            pending_double_opt_in: self.pending_double_opt_in,
        };
        classify(self.body, &context)
    }
}

/// Answers a case of `optout.json`.
pub(crate) fn case(case: &Object) -> Result<Object, CaseError> {
    let nothing = Object::new();
    let context = match input::present(case, "context") {
        None => &nothing,
        Some(Value::Object(context)) => context,
        Some(_) => return Err(CaseError::WrongKind { field: "context".to_owned(), wanted: "an object" }),
    };
    Ok(data(&Question {
        body: input::needed_text(case, "body")?,
        languages: input::texts(context, "languages")?,
        programs: input::texts(context, "programs")?.unwrap_or_default(),
        opted_out: flag(context, "opted_out")?,
        pending_double_opt_in: flag(context, "pending_double_opt_in")?,
    }))
}

/// The answer as data.
#[must_use]
pub fn data(question: &Question<'_>) -> Object {
    let action = question.action();
    let mut answer = Object::from_iter([
        ("action".to_owned(), action.as_str().into()),
        ("key".to_owned(), key(question.body).into()),
        ("review".to_owned(), for_review(action, question.body).into()),
    ]);
    if let Action::OptOutScoped { program } = action {
        answer.insert("scope".to_owned(), program.into());
    }
    answer
}

/// Whether a person should look at it: a likely stop, or one in letters that only look like Latin ones.
fn for_review(action: Action<'_>, body: &str) -> bool {
    action == Action::OptOutLikely || (action == Action::PassOn && resembles_opt_out(body))
}

/// The answer in words.
#[must_use]
pub fn words(question: &Question<'_>) -> String {
    let action = question.action();
    let mut sheet = Sheet::default();
    sheet.row("body", &quoted(question.body));
    sheet.row("compared as", &quoted(&key(question.body)));
    sheet.row("action", action.as_str());
    sheet.row("that is", &consequence(action));
    if action == Action::PassOn && resembles_opt_out(question.body) {
        sheet.row("but", "it looks like an opt-out written with letters of another script: shown to a reviewer");
    }
    sheet.finish()
}

fn consequence(action: Action<'_>) -> String {
    match action {
        Action::OptOut => "suppress at once and confirm once".to_owned(),
        Action::OptOutLikely => {
            "suppress at once, confirm once saying how to undo it, and show it to a reviewer".to_owned()
        }
        Action::OptOutScoped { program } => format!("suppress the program {program} only"),
        Action::OptIn => "lift the suppression and record the consent".to_owned(),
        Action::Help => "send the help text".to_owned(),
        Action::PassOn => "no opt-out: on to keywords, conversations and polls".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_named_as_it_was_registered() {
        let question = Question { body: "stop news", programs: vec!["DEALS", "NEWS"], ..Question::default() };
        assert_eq!(data(&question)["scope"], "NEWS");
        assert!(words(&question).contains("suppress the program NEWS only"));
    }

    #[test]
    fn an_unknown_language_switches_nothing_on() {
        let question = Question { body: "RED", languages: Some(vec!["xx"]), ..Question::default() };
        assert_eq!(data(&question)["action"], "none");
    }

    #[test]
    fn look_alikes_are_shown_to_a_person() {
        let question = Question { body: "ЅТОР", ..Question::default() };
        assert_eq!((&data(&question)["action"], &data(&question)["review"]), (&"none".into(), &true.into()));
        assert!(words(&question).contains("reviewer"));
    }
}
