//! Every case of `optout.json`, and every word and phrase of its lists.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use serde::Deserialize;
use serde_json::Value;
use volley_sms_text::optout::{Action, Context, Language, LanguageSet, classify};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    body: String,
    context: Stated,
    action: String,
    scope: Option<String>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    #[serde(default)]
    programs: Vec<String>,
    languages: Option<Vec<String>>,
    #[serde(default)]
    pending_double_opt_in: bool,
    /// A poll takes only what the matcher passes on.
    #[serde(default, rename = "active_poll")]
    _active_poll: bool,
}

fn check(case: &Case) {
    let programs: Vec<&str> = case.context.programs.iter().map(String::as_str).collect();
    let languages = case.context.languages.as_ref().map_or(LanguageSet::ALL, |codes| {
        codes
            .iter()
            .map(|code| Language::from_code(code).expect("a known language"))
            .collect()
    });
    let context = Context {
        languages,
        programs: &programs,
        opted_out: false,
        pending_double_opt_in: case.context.pending_double_opt_in,
    };
    let action = classify(&case.body, &context);
    assert_eq!(action.as_str(), case.action, "{}", case.id);
    let scope = match action {
        Action::OptOutScoped { program } => Some(program),
        _ => None,
    };
    assert_eq!(scope, case.scope.as_deref(), "{}: scope", case.id);
}

#[test]
fn every_case_is_classified_as_expected() {
    let cases: Vec<Case> = serde_json::from_value(common::vectors("optout.json")["cases"].take()).unwrap();
    assert!(!cases.is_empty());
    cases.iter().for_each(check);
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

#[test]
fn every_word_of_a_language_counts_where_the_language_is_on() {
    let vectors = common::vectors("optout.json");
    let sets = vectors["meta"]["keywords"].as_object().unwrap();
    assert_eq!(sets.len(), Language::ALL.len());
    for (code, set) in sets {
        let languages = LanguageSet::BASE.with(Language::from_code(code).unwrap());
        let context = Context { languages, ..Default::default() };
        for word in words(&set["exact"]) {
            assert_eq!(classify(&word.to_uppercase(), &context), Action::OptOut, "{code}: {word}");
        }
        for word in words(&set["strong"]) {
            assert_eq!(classify(&format!("{word} qq qq qq qq"), &context), Action::OptOutLikely, "{code}: {word}");
        }
        for word in words(&set["exact"])
            .into_iter()
            .filter(|word| !words(&set["strong"]).contains(word))
        {
            let weak = classify(&format!("{word} qq qq qq qq"), &context);
            let phrase = words(&vectors["meta"]["phrases"]).iter().any(|phrase| word.contains(phrase));
            let strong_by_spelling = word.starts_with("stop ");
            assert_eq!(weak == Action::PassOn, !phrase && !strong_by_spelling, "{code}: {word}");
        }
    }
}

#[test]
fn every_other_list_is_obeyed() {
    let meta = common::vectors("optout.json")["meta"].take();
    let asked = Context { pending_double_opt_in: true, ..Default::default() };
    let base = Context { languages: LanguageSet::BASE, ..Default::default() };
    for word in words(&meta["help"]) {
        assert_eq!(classify(word, &base), Action::Help, "{word}");
    }
    for word in words(&meta["opt_in"]) {
        assert_eq!(classify(word, &base), Action::OptIn, "{word}");
    }
    for word in words(&meta["opt_in_with_context"]) {
        assert_eq!(classify(word, &base), Action::PassOn, "{word}");
        assert_eq!(classify(word, &asked), Action::OptIn, "{word}");
    }
    for phrase in words(&meta["phrases"]) {
        assert_eq!(classify(&format!("well {phrase} qq qq qq"), &base), Action::OptOutLikely, "{phrase}");
    }
    for phrase in words(&meta["negative"]) {
        assert_eq!(classify(&format!("{phrase} stop text"), &base), Action::PassOn, "{phrase}");
    }
}
