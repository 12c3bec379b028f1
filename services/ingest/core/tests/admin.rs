//! What administration takes: each limit of the contract by the field that names it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use volley_events::config::{ConfigChange, MessageIdForm};
use volley_ingest_core::{
    ApiKey, Faults,
    admin::{
        AccountDraft, ApiKeyDraft, CarrierDraft, CarrierProfileDraft, InboundDraft, KeywordDraft, NumberDraft,
        PollDraft, RouteDraft, SkipDraft, SubscriptionDraft, TenantDraft,
    },
};
use volley_types::{NumberKind, SpanMs, Timestamp};

const TENANT: TenantDraft<'static> = TenantDraft {
    tenant: "acme",
    display_name: "ACME",
    suspended: false,
    clear_numbers: false,
    paused: false,
    verbatim: false,
};

const NUMBER: NumberDraft<'static> = NumberDraft {
    number: "KR:4565",
    kind: Some(NumberKind::ShortCode),
    dial_digits: "",
    dial_ton: None,
    dial_npi: None,
    tenants: &[],
    default_owner: "",
    inbound: &[InboundDraft { account: "main", digits: "" }],
    languages: &[],
    answers: ["Bye.", "", ""],
    retired: false,
};

const KEYWORD: KeywordDraft<'static> = KeywordDraft {
    number: "KR:4565",
    keyword: "KELLY",
    tenant: "acme",
    poll: "final",
    released: false,
};

const ACCOUNT: AccountDraft<'static> = AccountDraft {
    account: "main",
    carrier: "skt",
    host: "127.0.0.1",
    port: 2775,
    system_id: "volley",
    binds: 0,
    window: 0,
    segments_per_second: 0,
    response_timeout_ms: 0,
    closed: false,
};

fn fields(faults: Result<ConfigChange, Faults>) -> Vec<String> {
    faults.unwrap_err().iter().map(|fault| fault.field.clone()).collect()
}

fn words(faults: Result<ConfigChange, Faults>) -> String {
    faults.unwrap_err().to_string()
}

#[test]
fn no_tenant_has_the_name_of_what_belongs_to_none() {
    let ours = TenantDraft { tenant: "volley", ..TENANT };
    assert_eq!(words(ours.check()), "tenant is the name of what belongs to no tenant");
    assert!(TenantDraft { tenant: "volleyball", ..TENANT }.check().is_ok());
}

#[test]
fn tenants_and_keys_have_names_and_short_labels() {
    assert!(TENANT.check().is_ok());
    let long = "x".repeat(129);
    assert_eq!(
        fields(TenantDraft { tenant: "ACME", display_name: &long, ..TENANT }.check()),
        ["tenant", "display_name"]
    );
    assert!(words(TenantDraft { display_name: &long, ..TENANT }.check()).contains("129 octets, the limit is 128"));

    let key = ApiKey::from_random([1; 6], [2; 32]);
    let Ok(ConfigChange::ApiKey(config)) = (ApiKeyDraft { tenant: "acme", label: "backend" }).check(&key) else {
        panic!("a good key is refused")
    };
    assert_eq!((config.key_id.as_str(), config.hash), (key.key_id(), key.hash()));
    assert_eq!(fields(ApiKeyDraft { tenant: "", label: &long }.check(&key)), ["tenant", "label"]);
}

#[test]
fn a_number_is_dialled_by_its_kind_unless_told_otherwise() {
    let dial = |draft: NumberDraft<'_>| match draft.check().unwrap() {
        ConfigChange::Number(number) => (number.dial.digits().to_owned(), number.dial.ton.0, number.dial.npi.0),
        other => panic!("{other:?}"),
    };
    let of = |number, kind| NumberDraft { number, kind: Some(kind), inbound: &[], ..NUMBER };
    assert_eq!(dial(NUMBER), ("4565".into(), 0, 1));
    assert_eq!(dial(of("KR:01331234567", NumberKind::LongCode)), ("01331234567".into(), 2, 1));
    assert_eq!(dial(of("RU:79140000001", NumberKind::Standard)), ("79140000001".into(), 1, 1));
    assert_eq!(dial(of("RU:BANK", NumberKind::Alphanumeric)), ("BANK".into(), 5, 0));
    let told = NumberDraft { dial_digits: "14565", dial_ton: Some(3), dial_npi: Some(0), ..NUMBER };
    assert_eq!(dial(told), ("14565".into(), 3, 0));
}

#[test]
fn a_number_must_look_like_its_kind() {
    let cases = [
        ("KR:12", NumberKind::ShortCode, "3 to 8 digits"),
        ("KR:12x45", NumberKind::LongCode, "5 to 20 digits"),
        ("RU:0914", NumberKind::Standard, "7 to 15 digits"),
        ("RU:ABCDEFGHIJKL", NumberKind::Alphanumeric, "1 to 11 characters"),
    ];
    for (number, kind, said) in cases {
        let words = words(NumberDraft { number, kind: Some(kind), inbound: &[], ..NUMBER }.check());
        assert!(words.starts_with("number ") && words.contains(said), "{words}");
    }
    assert_eq!(fields(NumberDraft { kind: None, number: "4565", ..NUMBER }.check()), ["kind", "number"]);
}

#[test]
fn a_number_names_each_faulty_element() {
    let draft = NumberDraft {
        dial_digits: "123456789012345678901",
        dial_ton: Some(256),
        tenants: &["acme".into(), "?".into()],
        default_owner: "No",
        inbound: &[InboundDraft { account: "main", digits: "+4565" }, InboundDraft { account: "", digits: "é" }],
        languages: &["ko".into(), "xx".into(), "en".into()],
        answers: ["ok", &"x".repeat(161), "ok"],
        ..NUMBER
    };
    let expected = [
        "dial_digits",
        "dial_ton",
        "tenants[1]",
        "default_owner",
        "inbound[1].digits",
        "inbound[1].account",
        "languages[1]",
        "languages[2]",
        "start_answer",
    ];
    assert_eq!(fields(draft.check()), expected);
    let letters = NumberDraft { number: "RU:BANK", kind: Some(NumberKind::Alphanumeric), ..NUMBER };
    assert_eq!(fields(letters.check()), ["inbound"]);
}

#[test]
fn inbound_digits_default_to_the_numbers_own_and_lose_their_plus() {
    let inbound = [InboundDraft { account: "main", digits: "" }, InboundDraft { account: "main", digits: "+82 4565" }];
    let Ok(ConfigChange::Number(number)) = (NumberDraft { inbound: &inbound, ..NUMBER }).check() else {
        panic!("a good number is refused")
    };
    let digits: Vec<_> = number.inbound.iter().map(|address| address.digits.as_str()).collect();
    assert_eq!(digits, ["4565", "824565"]);
}

#[test]
fn keywords_are_folded_and_consent_words_are_not_for_lease() {
    let Ok(ConfigChange::Keyword(keyword)) = (KeywordDraft { keyword: "Kelly!", ..KEYWORD }).check(&[]) else {
        panic!("a good keyword is refused")
    };
    assert_eq!(keyword.keyword.as_str(), "kelly");
    for word in ["STOP", "help", "Start"] {
        assert!(words(KeywordDraft { keyword: word, ..KEYWORD }.check(&[])).contains("cannot be leased"), "{word}");
    }
    assert!(KeywordDraft { keyword: "стоп", ..KEYWORD }.check(&["ru".into()]).is_err());
    assert_eq!(fields(KeywordDraft { keyword: "!?", number: "4565", ..KEYWORD }.check(&[])), ["number", "keyword"]);
}

#[test]
fn accounts_have_defaults_and_limits() {
    let Ok(ConfigChange::Account(account)) = ACCOUNT.check() else {
        panic!("a good account is refused")
    };
    assert_eq!((account.binds, account.window, account.response_timeout), (1, 10, SpanMs::from_secs(30)));
    let bad = AccountDraft {
        account: "Main",
        carrier: "",
        host: "",
        port: 65_536,
        system_id: "a b",
        binds: 17,
        window: 1_001,
        response_timeout_ms: 999,
        ..ACCOUNT
    };
    let expected = ["account", "carrier", "host", "port", "system_id", "binds", "window", "response_timeout_ms"];
    assert_eq!(fields(bad.check()), expected);
    assert!(words(AccountDraft { port: 0, ..ACCOUNT }.check()).contains("allowed are 1 to 65535"));
    assert!(words(AccountDraft { binds: 17, ..ACCOUNT }.check()).contains("allowed are 1 to 16"));
}

#[test]
fn carriers_name_their_country_and_form_of_ids() {
    let good = CarrierDraft { carrier: "skt", home: "KR", ids: Some(MessageIdForm::Same) };
    assert!(good.check().is_ok());
    assert_eq!(
        fields(CarrierDraft { carrier: "", home: "Korea", ids: None }.check()),
        ["carrier", "home", "id_form"]
    );
}

#[test]
fn profiles_name_every_key_at_fault() {
    let profile = "[limits]\nwindow = 5000\n[session]\nbind = \"both\"";
    assert!(CarrierProfileDraft { carrier: "skt", profile: "" }.check().is_ok());
    assert_eq!(
        fields(CarrierProfileDraft { carrier: "", profile }.check()),
        ["carrier", "profile.session.bind", "profile.limits.window"]
    );
    assert_eq!(fields(CarrierProfileDraft { carrier: "skt", profile: "[" }.check()), ["profile"]);
}

#[test]
fn routes_are_digits_and_at_most_16_distinct_accounts() {
    let accounts = |count: usize| (0..count).map(|index| format!("a{index}")).collect::<Vec<_>>();
    assert!(RouteDraft { prefix: "", accounts: &accounts(16) }.check().is_ok());
    assert!(RouteDraft { prefix: "8210", accounts: &[] }.check().is_ok());
    assert_eq!(fields(RouteDraft { prefix: "+82", accounts: &accounts(17) }.check()), ["prefix", "accounts"]);
    assert_eq!(fields(RouteDraft { prefix: "", accounts: &["a".into(), "a".into()] }.check()), ["accounts"]);
}

#[test]
fn polls_subscriptions_and_skips_have_their_limits() {
    let poll = PollDraft { poll: "final", tenant: "acme", number: "KR:4565", closes_at_us: 0 };
    assert!(matches!(poll.check(), Ok(ConfigChange::Poll(poll)) if poll.closes_at == Timestamp::MAX));
    assert_eq!(fields(PollDraft { closes_at_us: -1, ..poll }.check()), ["closes_at_us"]);

    for shards in [0, 65] {
        let draft = SubscriptionDraft { tenant: "acme", subscription: "crm", shards };
        assert!(words(draft.check()).contains("allowed are 1 to 64"));
    }
    assert!(
        SubscriptionDraft { tenant: "acme", subscription: "crm", shards: 64 }
            .check()
            .is_ok()
    );
    assert_eq!(fields(SkipDraft { topic: "", partition: 0, offset: 0 }.check()), ["topic"]);
}
