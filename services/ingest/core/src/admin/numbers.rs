//! Virtual numbers, keywords on them, and polls.

use volley_events::config::{ConfigChange, ConsentAnswers, InboundAddress, KeywordConfig, NumberConfig, PollConfig};
use volley_sms_text::{
    keyword::keyword_key,
    optout::{Language, LanguageSet, is_reserved},
};
use volley_types::{
    AccountId, DialAddress, Keyword, Npi, NumberId, NumberKind, PollId, TenantId, Timestamp, Ton,
    address::ADDRESS_OCTETS_MAX,
};

use crate::fault::{Checks, Faults};

/// Most tenants that may send from one number.
const TENANTS_MAX: usize = 1_000;
/// Most inbound addresses of one number.
const INBOUND_MAX: usize = 64;
/// Longest answer to a consent word, in characters.
const ANSWER_CHARACTERS_MAX: usize = 160;
/// Longest `source_addr`, in octets (SMPP 3.4 §4.4.1: 21 with its NUL).
const SOURCE_OCTETS_MAX: usize = 20;
/// Longest alphanumeric sender, in characters (3GPP TS 23.040 §9.1.2.5).
const ALPHANUMERIC_CHARACTERS_MAX: usize = 11;

/// A virtual number as it came.
#[derive(Debug, Clone, Copy)]
pub struct NumberDraft<'a> {
    /// Its identity.
    pub number: &'a str,
    /// Its kind; `None` when not given or not known.
    pub kind: Option<NumberKind>,
    /// `source_addr`; empty: the identity's digits.
    pub dial_digits: &'a str,
    /// `source_addr_ton`; `None`: by kind.
    pub dial_ton: Option<u32>,
    /// `source_addr_npi`; `None`: by kind.
    pub dial_npi: Option<u32>,
    /// Who may send from it.
    pub tenants: &'a [String],
    /// Who gets what nobody else claims; may be empty.
    pub default_owner: &'a str,
    /// Where replies come in.
    pub inbound: &'a [InboundDraft<'a>],
    /// Languages of further opt-out words.
    pub languages: &'a [String],
    /// Answers to STOP, START and HELP; empty: none.
    pub answers: [&'a str; 3],
    /// It sends nothing any more.
    pub retired: bool,
}

/// Where replies come in, as it came.
#[derive(Debug, Clone, Copy)]
pub struct InboundDraft<'a> {
    /// The account.
    pub account: &'a str,
    /// The destination's digits; empty: the number's own.
    pub digits: &'a str,
}

impl NumberDraft<'_> {
    /// Checks it.
    ///
    /// # Errors
    /// All faulty fields.
    pub fn check(&self) -> Result<ConfigChange, Faults> {
        let mut checks = Checks::default();
        checks.require(self.kind.is_some(), "kind", "must be SHORT_CODE, LONG_CODE, STANDARD or ALPHANUMERIC");
        let number = checks.read("number", NumberId::new(self.number));
        let named = number.as_ref().zip(self.kind);
        if let Some((number, kind)) = named {
            checks.require(is_of_kind(number.digits(), kind), "number", form_of(kind));
        }
        let dial = named.and_then(|(number, kind)| self.dial(&mut checks, number, kind));
        let tenants = checks.read_all("tenants", TENANTS_MAX, self.tenants, TenantId::new);
        let default_owner = checks.read_unless_empty("default_owner", self.default_owner, TenantId::new);
        let inbound = number.as_ref().and_then(|number| self.inbound(&mut checks, number));
        let languages = checks.read_all("languages", Language::ALL.len(), self.languages, language);
        self.check_answers(&mut checks);
        checks.finish(|| {
            let [stop, start, help] = self.answers.map(str::to_owned);
            Some(ConfigChange::Number(NumberConfig {
                number: number?,
                kind: self.kind?,
                dial: dial?,
                tenants: tenants?,
                default_owner: default_owner?,
                inbound: inbound?,
                languages: languages?,
                answers: ConsentAnswers { stop, start, help },
                retired: self.retired,
            }))
        })
    }

    fn dial(&self, checks: &mut Checks, number: &NumberId, kind: NumberKind) -> Option<DialAddress> {
        let (ton, npi) = match kind {
            NumberKind::ShortCode => (Ton::UNKNOWN, Npi::ISDN),
            NumberKind::LongCode => (Ton::NATIONAL, Npi::ISDN),
            NumberKind::Standard => (Ton::INTERNATIONAL, Npi::ISDN),
            NumberKind::Alphanumeric => (Ton::ALPHANUMERIC, Npi::UNKNOWN),
        };
        let digits = if self.dial_digits.is_empty() { number.digits() } else { self.dial_digits };
        checks.octets_at_most("dial_digits", digits, SOURCE_OCTETS_MAX);
        let ton = octet(checks, "dial_ton", self.dial_ton, ton.0).map(Ton);
        let npi = octet(checks, "dial_npi", self.dial_npi, npi.0).map(Npi);
        checks.read("dial_digits", DialAddress::new(digits, ton?, npi?))
    }

    fn inbound(&self, checks: &mut Checks, number: &NumberId) -> Option<Vec<InboundAddress>> {
        let count = self.inbound.len();
        checks.require(count <= INBOUND_MAX, "inbound", format!("has {count} elements, the limit is {INBOUND_MAX}"));
        let letters = self.kind == Some(NumberKind::Alphanumeric);
        checks.require(
            !letters || count == 0,
            "inbound",
            "is given, but an alphanumeric sender never receives a reply",
        );
        let addresses: Vec<_> = self
            .inbound
            .iter()
            .enumerate()
            .map(|(index, address)| {
                let digits = if address.digits.is_empty() { number.digits() } else { address.digits };
                let digits = checks.read(format!("inbound[{index}].digits"), inbound_digits(digits));
                let account = checks.read(format!("inbound[{index}].account"), AccountId::new(address.account));
                Some(InboundAddress { account: account?, digits: digits? })
            })
            .collect();
        addresses.into_iter().collect()
    }

    fn check_answers(&self, checks: &mut Checks) {
        for (field, answer) in ["stop_answer", "start_answer", "help_answer"].into_iter().zip(self.answers) {
            let characters = answer.chars().count();
            let limit = ANSWER_CHARACTERS_MAX;
            checks.require(characters <= limit, field, format!("has {characters} characters, the limit is {limit}"));
        }
    }
}

/// The digits as the directory compares them: without `+` and separators.
fn inbound_digits(written: &str) -> Result<String, String> {
    let digits: String = written
        .chars()
        .filter(|c| !matches!(c, '+' | ' ' | '-' | '(' | ')' | '.'))
        .collect();
    let fits = (1..=ADDRESS_OCTETS_MAX).contains(&digits.len()) && digits.bytes().all(|octet| octet.is_ascii_graphic());
    if fits {
        Ok(digits)
    } else {
        Err(format!("is not 1 to {ADDRESS_OCTETS_MAX} printable ASCII characters"))
    }
}

fn octet(checks: &mut Checks, field: &str, given: Option<u32>, default: u8) -> Option<u8> {
    let number = given.unwrap_or(default.into());
    checks.read(field, u8::try_from(number).map_err(|_| format!("is {number}; allowed are 0 to 255")))
}

/// A language with opt-out words of its own that can be switched on; English and the wrong keyboards always are.
fn language(code: &str) -> Result<String, &'static str> {
    match Language::from_code(code) {
        Some(Language::English | Language::Layout) | None => {
            Err("is not one of the languages fr es pt de it nl tr ko ru ja zh")
        }
        Some(_) => Ok(code.to_owned()),
    }
}

fn is_of_kind(digits: &str, kind: NumberKind) -> bool {
    let all_digits = digits.bytes().all(|octet| octet.is_ascii_digit());
    match kind {
        NumberKind::ShortCode => all_digits && (3..=8).contains(&digits.len()),
        NumberKind::LongCode => all_digits && (5..=SOURCE_OCTETS_MAX).contains(&digits.len()),
        NumberKind::Standard => all_digits && (7..=15).contains(&digits.len()) && !digits.starts_with('0'),
        NumberKind::Alphanumeric => (1..=ALPHANUMERIC_CHARACTERS_MAX).contains(&digits.len()) && !all_digits,
    }
}

fn form_of(kind: NumberKind) -> &'static str {
    match kind {
        NumberKind::ShortCode => "is no short code: 3 to 8 digits after the country",
        NumberKind::LongCode => "is no long code: 5 to 20 digits after the country",
        NumberKind::Standard => "is no number in E.164: 7 to 15 digits after the country, the first not 0",
        NumberKind::Alphanumeric => "is no alphanumeric sender: 1 to 11 characters after the country, not all digits",
    }
}

/// A keyword as it came.
#[derive(Debug, Clone, Copy)]
pub struct KeywordDraft<'a> {
    /// The number.
    pub number: &'a str,
    /// The word as people type it.
    pub keyword: &'a str,
    /// Who leases it.
    pub tenant: &'a str,
    /// The poll it votes in; may be empty.
    pub poll: &'a str,
    /// It is given back.
    pub released: bool,
}

impl KeywordDraft<'_> {
    /// Checks it. `languages` are those whose opt-out words count on the number.
    ///
    /// # Errors
    /// All faulty fields.
    pub fn check(&self, languages: &[String]) -> Result<ConfigChange, Faults> {
        let mut checks = Checks::default();
        let number = checks.read("number", NumberId::new(self.number));
        let keyword = checks.read("keyword", Keyword::new(&keyword_key(self.keyword)));
        let languages: LanguageSet = languages.iter().filter_map(|code| Language::from_code(code)).collect();
        let reserved = is_reserved(self.keyword, languages);
        checks.require(!reserved || self.released, "keyword", "is a consent word on this number and cannot be leased");
        let tenant = checks.read("tenant", TenantId::new(self.tenant));
        let poll = checks.read_unless_empty("poll", self.poll, PollId::new);
        checks.finish(|| {
            Some(ConfigChange::Keyword(KeywordConfig {
                number: number?,
                keyword: keyword?,
                tenant: tenant?,
                poll: poll?,
                released: self.released,
            }))
        })
    }
}

/// A poll as it came.
#[derive(Debug, Clone, Copy)]
pub struct PollDraft<'a> {
    /// Its id.
    pub poll: &'a str,
    /// Whose it is.
    pub tenant: &'a str,
    /// The number it runs on.
    pub number: &'a str,
    /// When it closes, Unix microseconds, UTC; 0: never.
    pub closes_at_us: i64,
}

impl PollDraft<'_> {
    /// Checks it.
    ///
    /// # Errors
    /// All faulty fields.
    pub fn check(&self) -> Result<ConfigChange, Faults> {
        let mut checks = Checks::default();
        let poll = checks.read("poll", PollId::new(self.poll));
        let tenant = checks.read("tenant", TenantId::new(self.tenant));
        let number = checks.read("number", NumberId::new(self.number));
        checks.require(self.closes_at_us >= 0, "closes_at_us", "lies before 1970");
        let closes_at = match self.closes_at_us {
            0 => Timestamp::MAX,
            micros => Timestamp::from_micros(micros),
        };
        checks.finish(|| {
            Some(ConfigChange::Poll(PollConfig { poll: poll?, tenant: tenant?, number: number?, closes_at }))
        })
    }
}
