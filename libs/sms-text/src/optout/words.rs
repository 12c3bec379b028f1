//! The words themselves, as people write them. They pass through [`key`](crate::key) before anything is compared with them.
//!
//! The English ones are those of 47 CFR 64.1200(a)(10) and of carrier practice; the others are common practice.

use super::Language;

/// The words of one language.
pub(super) struct WordSet {
    pub(super) language: Language,
    /// Opt out when they are the whole body.
    pub(super) exact: &'static [&'static str],
    /// So plain that a body beginning with one is an opt-out as well.
    pub(super) strong: &'static [&'static str],
}

pub(super) const SETS: [WordSet; 13] = [
    WordSet {
        language: Language::English,
        exact: &[
            "stop",
            "stopall",
            "stop all",
            "unsubscribe",
            "cancel",
            "end",
            "quit",
            "revoke",
            "optout",
            "opt out",
            "remove",
        ],
        strong: &["stop", "stopall", "unsubscribe", "optout"],
    },
    WordSet {
        language: Language::French,
        exact: &["arret", "arrêt", "arrete", "désabonner", "desabonnement"],
        strong: &["arret", "arrêt"],
    },
    WordSet {
        language: Language::Spanish,
        exact: &["parar", "baja", "alto", "cancelar", "detener"],
        strong: &["baja"],
    },
    WordSet {
        language: Language::Portuguese,
        exact: &["sair", "parar", "cancelar", "remover"],
        strong: &["sair"],
    },
    WordSet {
        language: Language::German,
        exact: &["stopp", "abmelden", "abbestellen"],
        strong: &["stopp", "abmelden"],
    },
    WordSet {
        language: Language::Italian,
        exact: &["ferma", "basta", "cancella", "annulla"],
        strong: &[],
    },
    WordSet {
        language: Language::Dutch,
        exact: &["afmelden", "stoppen"],
        strong: &["afmelden"],
    },
    WordSet { language: Language::Turkish, exact: &["iptal", "ret", "red"], strong: &["iptal"] },
    WordSet {
        language: Language::Korean,
        exact: &["수신거부", "거부", "무료거부", "무료수신거부", "해지", "중단", "그만", "중지"],
        strong: &["수신거부"],
    },
    WordSet {
        language: Language::Russian,
        exact: &["стоп", "отписаться", "отписка", "отказ", "отпишите"],
        strong: &["стоп", "отписаться"],
    },
    WordSet {
        language: Language::Japanese,
        exact: &["停止", "配信停止", "解除", "ストップ"],
        strong: &["配信停止"],
    },
    WordSet {
        language: Language::Chinese,
        exact: &["退订", "退訂", "td"],
        strong: &["退订", "退訂"],
    },
    WordSet {
        language: Language::Layout,
        exact: &["ыещз", "cnjg", "ㄴ새ㅔ", "tntlsrjqn"],
        strong: &[],
    },
];

/// Ask for help, when they are the whole body.
pub(super) const HELP: &[&str] =
    &["help", "info", "aide", "ayuda", "ajuda", "hilfe", "aiuto", "도움말", "помощь", "ヘルプ"];

/// Opt in again, when they are the whole body.
pub(super) const OPT_IN: &[&str] = &["start", "unstop", "subscribe"];

/// Opt in when they are the whole body and the phone was asked, or has opted out.
pub(super) const OPT_IN_WITH_CONTEXT: &[&str] = &["yes", "y", "예", "네", "да"];

/// Opt out most likely, wherever they stand. Several are beginnings of words.
pub(super) const PHRASES: &[&str] = &[
    "stop text",
    "stop send",
    "stop messag",
    "stop contacting",
    "unsubscribe",
    "remove me",
    "take me off",
    "opt out",
    "opt me out",
    "don t text",
    "do not text",
    "dont text",
    "no more text",
    "no more messages",
    "leave me alone",
    "отпишите меня",
    "не пишите",
    "не присылайте",
    "보내지 마",
    "보내지마",
    "수신거부",
    "수신 거부",
];

/// Hold the word "stop" and do not mean it.
pub(super) const NEGATIVE: &[&str] =
    &["don t stop", "dont stop", "do not stop", "never stop", "non stop", "nonstop", "bus stop", "stop by"];
