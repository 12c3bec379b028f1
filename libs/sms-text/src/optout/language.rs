//! Which languages' words count on a number.

/// A set of opt-out words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Always on.
    English,
    /// `fr`
    French,
    /// `es`
    Spanish,
    /// `pt`
    Portuguese,
    /// `de`
    German,
    /// `it`
    Italian,
    /// `nl`
    Dutch,
    /// `tr`
    Turkish,
    /// `ko`
    Korean,
    /// `ru`
    Russian,
    /// `ja`
    Japanese,
    /// `zh`
    Chinese,
    /// Opt-out words typed on the wrong keyboard. Always on.
    Layout,
}

impl Language {
    /// All sets.
    pub const ALL: [Self; 13] = [
        Self::English,
        Self::French,
        Self::Spanish,
        Self::Portuguese,
        Self::German,
        Self::Italian,
        Self::Dutch,
        Self::Turkish,
        Self::Korean,
        Self::Russian,
        Self::Japanese,
        Self::Chinese,
        Self::Layout,
    ];

    /// The ISO 639-1 code, and `layout` for the set that is no language.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Portuguese => "pt",
            Self::German => "de",
            Self::Italian => "it",
            Self::Dutch => "nl",
            Self::Turkish => "tr",
            Self::Korean => "ko",
            Self::Russian => "ru",
            Self::Japanese => "ja",
            Self::Chinese => "zh",
            Self::Layout => "layout",
        }
    }

    /// The set of a code; `None` for a language without words of its own here.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }
}

/// The languages switched on for a number. English and the wrong keyboards always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanguageSet(u16);

impl LanguageSet {
    /// English and the wrong keyboards only.
    pub const BASE: Self = Self(1 << Language::English as u16 | 1 << Language::Layout as u16);

    /// Every language. RED, TD, ALTO or BASTA then opt out: not for a number that takes such words as answers.
    pub const ALL: Self = Self((1 << Language::ALL.len()) - 1);

    /// This set and one language more.
    #[must_use]
    pub const fn with(self, language: Language) -> Self {
        Self(self.0 | 1 << language as u16)
    }

    /// Whether the language is on.
    #[must_use]
    pub const fn contains(self, language: Language) -> bool {
        self.0 & 1 << language as u16 != 0
    }

    /// Whether any language is on in both.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn only(language: Language) -> Self {
        Self(1 << language as u16)
    }

    pub(super) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// [`LanguageSet::BASE`] and the languages given.
impl FromIterator<Language> for LanguageSet {
    fn from_iter<I: IntoIterator<Item = Language>>(languages: I) -> Self {
        languages.into_iter().fold(Self::BASE, Self::with)
    }
}

/// Every language: a number about which nothing is known honours every stop.
impl Default for LanguageSet {
    fn default() -> Self {
        Self::ALL
    }
}
