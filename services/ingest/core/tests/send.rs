//! What the front door makes of a request: each bad input by its field and limit, and what a good one becomes.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use volley_directory::Directory;
use volley_events::config::{ConfigChange, ConfigRecord, ConsentAnswers, NumberConfig, TenantConfig};
use volley_ingest_core::{
    Admit, Admitted, Faults, SendFault, SendRequest,
    timing::{AHEAD_MAX, VALIDITY_MAX},
};
use volley_types::{DialAddress, Npi, NumberId, NumberKind, SpanMs, TenantId, Timestamp, Ton, TrafficClass};

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

const GOOD: SendRequest<'static> = SendRequest {
    request_id: "r-1",
    from: "4565",
    to: "+82 10-1234-5678",
    text: "hello",
    class: Some(TrafficClass::Otp),
    validity_ms: 0,
    valid_until_us: 0,
    in_order: false,
    send_at_us: 0,
    verbatim: false,
};

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

fn number(id: &str, owner: &str) -> ConfigChange {
    let number = NumberId::new(id).unwrap();
    ConfigChange::Number(NumberConfig {
        kind: NumberKind::ShortCode,
        dial: DialAddress::new(number.digits(), Ton::UNKNOWN, Npi::ISDN).unwrap(),
        tenants: vec![tenant(owner)],
        default_owner: None,
        inbound: vec![],
        languages: vec![],
        answers: ConsentAnswers::default(),
        retired: false,
        number,
    })
}

fn directory() -> Directory {
    let tenant = |name: &str, suspended| {
        let (tenant, display_name) = (tenant(name), name.to_owned());
        ConfigChange::Tenant(TenantConfig {
            tenant,
            display_name,
            suspended,
            clear_numbers: false,
            paused: false,
            verbatim: false,
        })
    };
    let changes = [
        tenant("acme", false),
        tenant("globex", false),
        tenant("idle", true),
        number("KR:4565", "acme"),
        number("RU:4565", "globex"),
        number("KR:114@skt", "acme"),
        number("KR:114@kt", "acme"),
    ];
    let mut directory = Directory::new();
    for (offset, change) in changes.into_iter().enumerate() {
        directory
            .apply(&ConfigRecord { offset: offset as u64, call: [0; 16], change })
            .unwrap();
    }
    directory
}

fn ask(request: &SendRequest<'_>) -> Result<Admitted, SendFault> {
    ask_as("acme", NOW, request)
}

fn ask_as(name: &str, now: Timestamp, request: &SendRequest<'_>) -> Result<Admitted, SendFault> {
    Admit { directory: &directory(), tenant: &tenant(name), partitions: 8, now }.check(request)
}

fn faults(request: &SendRequest<'_>) -> Faults {
    match ask(request) {
        Err(SendFault::Invalid(faults)) => faults,
        other => panic!("expected faulty fields, got {other:?}"),
    }
}

/// The one faulty field and what is said of it.
fn fault(request: &SendRequest<'_>) -> (String, String) {
    let faults = faults(request);
    let all: Vec<_> = faults.iter().collect();
    assert_eq!(all.len(), 1, "{faults}");
    (all[0].field.clone(), all[0].description.clone())
}

fn says(request: &SendRequest<'_>, field: &str, words: &str) {
    let (found, description) = fault(request);
    assert_eq!(found, field);
    assert!(description.contains(words), "{description:?} does not say {words:?}");
}

#[test]
fn a_good_request_becomes_a_submission() {
    let admitted = ask(&GOOD).unwrap();
    let submission = admitted.submission;
    assert_eq!(admitted.segments, 1);
    assert_eq!(submission.sender.as_str(), "KR:4565");
    assert_eq!(submission.subscriber.as_e164(), Some(821_012_345_678));
    assert_eq!(submission.message.partition(), submission.subscriber.partition(8));
    assert_eq!(submission.deadline, NOW + SpanMs::from_secs(600), "the class's default");
    assert_eq!((submission.config_offset, submission.received_at), (7, NOW));
    assert_eq!(submission.text.text(), Some("hello"));
}

#[test]
fn request_id_has_1_to_64_printable_characters() {
    says(&SendRequest { request_id: "", ..GOOD }, "request_id", "is empty");
    says(&SendRequest { request_id: &"x".repeat(65), ..GOOD }, "request_id", "65 octets, the limit is 64");
    says(&SendRequest { request_id: "a b", ..GOOD }, "request_id", "position 1");
    assert!(ask(&SendRequest { request_id: &"x".repeat(64), ..GOOD }).is_ok());
}

#[test]
fn from_must_be_given_clear_and_the_tenants_own() {
    says(&SendRequest { from: "", ..GOOD }, "from", "1 to 64");
    says(&SendRequest { from: &"4".repeat(65), ..GOOD }, "from", "65 characters");
    says(&SendRequest { from: "114", ..GOOD }, "from", "KR:114@kt, KR:114@skt");
    for not_owned in ["RU:4565", "9999"] {
        let refused = ask(&SendRequest { from: not_owned, ..GOOD });
        assert_eq!(refused, Err(SendFault::NotOwned { number: not_owned.to_owned() }));
        assert!(refused.unwrap_err().to_string().contains(not_owned));
    }
}

#[test]
fn to_must_be_a_phone_number() {
    says(&SendRequest { to: "", ..GOOD }, "to", "is empty");
    says(&SendRequest { to: "call me", ..GOOD }, "to", "character 'c'");
    says(&SendRequest { to: "01012345678", ..GOOD }, "to", "no country code");
    says(&SendRequest { to: &"+".repeat(33), ..GOOD }, "to", "33 characters, the limit is 32");
}

#[test]
fn a_faulty_recipient_is_not_repeated() {
    let (_, description) = fault(&SendRequest { to: "+82 10 1234", ..GOOD });
    assert!(!description.contains("1234"), "{description}");
}

#[test]
fn text_takes_1_to_10_segments() {
    says(&SendRequest { text: "", ..GOOD }, "text", "is empty");
    says(&SendRequest { text: &"x".repeat(1_531), ..GOOD }, "text", "takes 11 segments, the limit is 10");
    says(&SendRequest { text: &"가".repeat(671), ..GOOD }, "text", "takes 11 segments, the limit is 10");
    assert_eq!(ask(&SendRequest { text: &"x".repeat(1_530), ..GOOD }).unwrap().segments, 10);
    assert_eq!(ask(&SendRequest { text: &"가".repeat(670), ..GOOD }).unwrap().segments, 10);
}

#[test]
fn an_unknown_class_is_refused() {
    says(&SendRequest { class: None, ..GOOD }, "traffic_class", "OTP, TRANSACTIONAL or MARKETING");
}

#[test]
fn validity_is_1_second_to_7_days_and_given_once() {
    says(&SendRequest { validity_ms: 999, ..GOOD }, "validity_ms", "999; allowed are 1000 to 604800000");
    says(
        &SendRequest { validity_ms: 604_800_001, ..GOOD },
        "validity_ms",
        "604800001; allowed are 1000 to 604800000",
    );
    says(&SendRequest { valid_until_us: NOW.as_micros(), ..GOOD }, "valid_until_us", "in the past");
    says(&SendRequest { valid_until_us: -5, ..GOOD }, "valid_until_us", "in the past");
    let beyond = (NOW + VALIDITY_MAX).as_micros() + 1;
    says(&SendRequest { valid_until_us: beyond, ..GOOD }, "valid_until_us", "604800000 ms (7 days) ahead");
    let both = SendRequest { validity_ms: 5_000, valid_until_us: NOW.as_micros() + 1, ..GOOD };
    says(&both, "valid_until_us", "beside validity_ms");

    let deadline = |request: &SendRequest<'_>| ask(request).unwrap().submission.deadline;
    assert_eq!(deadline(&SendRequest { validity_ms: 1_000, ..GOOD }), NOW + SpanMs::from_secs(1));
    assert_eq!(deadline(&SendRequest { valid_until_us: beyond - 1, ..GOOD }), NOW + VALIDITY_MAX);
}

#[test]
fn a_time_to_send_is_at_most_7_days_ahead_and_validity_counts_from_it() {
    let ahead = (NOW + AHEAD_MAX).as_micros();
    says(&SendRequest { send_at_us: ahead + 1, ..GOOD }, "send_at_us", "604800000 ms (7 days) ahead");
    says(&SendRequest { send_at_us: -1, ..GOOD }, "send_at_us", "is negative");
    says(&SendRequest { send_at_us: ahead, in_order: true, ..GOOD }, "in_order", "together with send_at_us");
    let too_soon = SendRequest { send_at_us: ahead, valid_until_us: ahead, ..GOOD };
    says(&too_soon, "valid_until_us", "before send_at_us");

    let times = |request: &SendRequest<'_>| {
        let submission = ask(request).unwrap().submission;
        (submission.send_at, submission.deadline)
    };
    let later = NOW + SpanMs::from_hours(1);
    let scheduled = SendRequest { send_at_us: later.as_micros(), validity_ms: 5_000, ..GOOD };
    assert_eq!(times(&scheduled), (Some(later), later + SpanMs::from_secs(5)));
    let repeated_late = SendRequest { send_at_us: NOW.as_micros() - 1, validity_ms: 5_000, ..GOOD };
    assert_eq!(times(&repeated_late), (None, NOW + SpanMs::from_secs(5)), "a time that has passed is at once");
}

#[test]
fn all_faults_come_at_once() {
    let bad = SendRequest { request_id: "", from: "", to: "", text: "", class: None, validity_ms: 1, ..GOOD };
    let fields: Vec<_> = faults(&bad).iter().map(|fault| fault.field.clone()).collect();
    assert_eq!(fields, ["request_id", "from", "to", "text", "traffic_class", "validity_ms"]);
}

#[test]
fn a_suspended_tenant_sends_nothing() {
    assert_eq!(ask_as("idle", NOW, &GOOD), Err(SendFault::Suspended(tenant("idle"))));
    assert_eq!(ask_as("nobody", NOW, &GOOD), Err(SendFault::Suspended(tenant("nobody"))));
}

#[test]
fn other_content_has_another_hash_and_another_spelling_of_the_same_has_not() {
    let content = |request: &SendRequest<'_>| ask(request).unwrap().submission.content;
    let first = content(&GOOD);
    assert_eq!(content(&SendRequest { from: "KR:4565", to: "+821012345678", ..GOOD }), first);
    for other in [
        SendRequest { text: "hello!", ..GOOD },
        SendRequest { class: Some(TrafficClass::Marketing), ..GOOD },
        SendRequest { validity_ms: 600_000, ..GOOD },
        SendRequest { valid_until_us: NOW.as_micros() + 600_000_000, ..GOOD },
        SendRequest { send_at_us: 1, ..GOOD },
        SendRequest { in_order: true, ..GOOD },
    ] {
        assert_ne!(content(&other), first);
    }
}

proptest! {
    /// ING-1, G8: a retry later is the same message with the same content.
    #[test]
    fn a_retry_is_the_same_request(later_ms in 0_u64..86_400_000, validity_ms in 1_000_u64..604_800_000, text in "[a-z ]{1,80}") {
        let request = SendRequest { text: &text, validity_ms, ..GOOD };
        let first = ask(&request).unwrap().submission;
        let again = ask_as("acme", NOW + SpanMs::from_millis(later_ms), &request).unwrap().submission;
        prop_assert_eq!((first.message, first.content), (again.message, again.content));
    }

    /// ING-2: nothing a client writes makes the check panic, and no refusal repeats a text or a handset's number.
    #[test]
    fn any_request_is_answered(
        request_id in ".{0,70}", from in ".{0,70}", to in ".{0,40}", text in "[0-9]{20,1600}",
        validity_ms: u64, valid_until_us: i64,
    ) {
        let request = SendRequest {
            request_id: &request_id, from: &from, to: &to, text: &text, class: None, validity_ms, valid_until_us, ..GOOD
        };
        let said = faults(&request).to_string();
        prop_assert!(!said.contains(&text));
    }
}
