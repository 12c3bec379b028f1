//! Profiles as people write them: the ready ones, the reference, and what is wrong with wrong ones.

use std::{fs, path::PathBuf};

use volley_carrier_profile::{BindStyle, Profile, Splitting, TonNpi, explain, read};
use volley_smpp::{CommandStatus, MessageIdBase, StatusClass};
use volley_sms_text::{Encoding, plan};
use volley_types::ErrorCode;

fn ready(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy/carriers")
        .join(name);
    fs::read_to_string(path).expect("a ready profile")
}

fn faults(text: &str) -> Vec<String> {
    read(text).expect_err("mistakes").0.iter().map(ToString::to_string).collect()
}

#[test]
fn a_profile_that_says_nothing_is_the_default_one() {
    assert_eq!(read("").unwrap(), Profile::default());
}

#[test]
fn the_reference_is_the_default_one_written_out() {
    assert_eq!(read(&ready("reference.toml")).unwrap(), Profile::default());
}

/// Every key that can be set has its line in the reference, also those that have no default.
#[test]
fn the_reference_names_every_key_that_is_known() {
    let reference = ready("reference.toml").replace("\n#\"", "\n\"").replace("\n#r", "\nr");
    let profile = read(&reference).unwrap();
    assert!(profile.message_ids.response.is_some() && !profile.tlvs.is_empty());
    let known_in = |text: &str| -> Vec<String> {
        let [fault] = <[String; 1]>::try_from(faults(text)).unwrap();
        let (_, known) = fault.split_once("known are ").unwrap();
        known.split(", ").map(str::to_owned).collect()
    };
    for name in known_in("nonsense = 1") {
        let is_table = reference.contains(&format!("\n[{name}]"));
        assert!(is_table || reference.contains(&format!("\n{name} = ")), "{name} is not in the reference");
        // The keys of the last three are the carrier's.
        if !is_table || ["statuses", "errors", "tlvs"].contains(&name.as_str()) {
            continue;
        }
        for key in known_in(&format!("[{name}]\nnonsense = 1")) {
            assert!(reference.contains(&format!("\n{key} = ")), "{name}.{key} is not in the reference");
        }
    }
}

#[test]
fn the_ready_profiles_read_and_say_what_they_are_for() {
    let strict = read(&ready("strict-3.4.toml")).unwrap();
    assert_eq!((strict.session.bind, strict.limits.window), (BindStyle::Transceiver, 10));
    assert_eq!(strict.addresses.alphanumeric, Some(TonNpi { ton: 5, npi: 0 }));

    let five = read(&ready("strict-5.0.toml")).unwrap();
    assert_eq!((five.session.interface_version, five.text.splitting), (0x50, Splitting::Sar));

    let mixed = read(&ready("hex-decimal.toml")).unwrap();
    assert_eq!(mixed.message_ids.response, Some(MessageIdBase::Hexadecimal));
    assert_eq!(mixed.message_ids.receipt, Some(MessageIdBase::Decimal));
    assert_eq!(mixed.statuses.class_of(CommandStatus::SUBMIT_FAILED), StatusClass::Permanent);
}

#[test]
fn a_korean_relay_takes_forty_five_syllables_in_one_part() {
    let relay = read(&ready("korean-relay.toml")).unwrap();
    let options = relay.text.segment_options();
    let one = plan(&"가".repeat(45), &options).unwrap();
    assert_eq!((one.encoding(), one.count()), (Encoding::KsC5601, 1));
    assert_eq!(one.segments(0)[0].data_coding, 0x0E);
    assert_eq!(plan(&"가".repeat(46), &options).unwrap().count(), 2);
    assert_eq!(plan("Hello", &options).unwrap().encoding(), Encoding::Ascii);
    assert_eq!(plan("뷁😀", &options).unwrap().encoding(), Encoding::Ucs2);
}

#[test]
fn every_mistake_is_told_with_its_key_and_its_limit() {
    let told = faults(
        r#"
        home = "korea"
        colour = "blue"
        [session]
        version = "6.0"
        enquire_link_interval_ms = 5
        [limits]
        window = 5000
        [text]
        default_alphabet = "latin1"
        encodings = ["gsm7", "morse"]
        [addresses]
        short_code = { ton = 9, npi = 1 }
        [message_ids]
        response = "decimal"
        [statuses]
        "0x45" = "whatever"
        45 = "permanent"
        "0x46" = { class = "permanent", error = "bad" }
        "0x47" = { colour = 1 }
        [errors]
        "027" = "gone"
        "a b" = "blocked"
        [tlvs]
        "0x1400" = { u8 = 300 }
        "#,
    );
    let expected = [
        "home is \"korea\", and must be two capital letters",
        "colour is not known here",
        "session.version is \"6.0\", and must be one of \"3.3\", \"3.4\", \"5.0\"",
        "session.enquire_link_interval_ms is 5, and must be a whole number from 1000 to 3600000",
        "limits.window is 5000, and must be a whole number from 0 to 1000",
        "text.encodings names \"morse\"",
        "text.encodings has \"gsm7\", which goes as data_coding 0x00",
        "addresses.short_code is a table, and must be { ton = 0 to 6, npi = 0 to 18 }",
        "message_ids needs both response and receipt",
        "statuses.0x45 is \"whatever\", and must be one of",
        "statuses.45 is no command_status",
        "statuses.0x46 is a table, and must be one of",
        "statuses.0x47 is a table, and must be one of",
        "errors.027 is \"gone\", and must be a word of docs/error-codes.md",
        "errors.a b is no error of a receipt: 1 to 32 printable characters",
        "tlvs.0x1400 is a table, and must be one of",
    ];
    for fault in expected {
        assert!(told.iter().any(|told| told.starts_with(fault)), "{fault} is missing in {told:#?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:#?}");
}

#[test]
fn a_status_may_have_another_class_another_error_or_both() {
    let profile = read(
        "[statuses]\n\"0x45\" = { class = \"permanent\", error = \"blocked\" }\n\"0x08\" = { error = \"queue_full\" }\n\
         \"0x14\" = \"permanent\"\n[errors]\n\"027\" = \"absent_subscriber\"\n\"3/27\" = \"memory_full\"",
    )
    .unwrap();
    let class = |status| profile.statuses.class_of(CommandStatus(status));
    assert_eq!((class(0x45), class(0x14)), (StatusClass::Permanent, StatusClass::Permanent));
    assert_eq!(class(0x08), StatusClass::RetrySameRouteLater, "its class stays");
    let errors = &profile.errors;
    assert_eq!([0x45, 0x08].map(|status| errors.of_status(status)), [ErrorCode::Blocked, ErrorCode::QueueFull]);
    assert_eq!(errors.of_receipt("27"), Some(ErrorCode::AbsentSubscriber));
    assert_eq!(errors.of_receipt("3/27"), Some(ErrorCode::MemoryFull));
    let words = explain(&profile).join("\n");
    assert!(
        words.contains("is told to clients as blocked") && words.contains("Error 27 of a receipt"),
        "{words}"
    );

    let many: String = (0..257).map(|number| format!("x{number} = \"blocked\"\n")).collect();
    assert!(faults(&format!("[errors]\n{many}"))[0].contains("257 entries; allowed are 256"));
    let many: String = (1..258).map(|number| format!("0x{number:x} = \"rebind\"\n")).collect();
    assert!(faults(&format!("[statuses]\n{many}"))[0].contains("257 entries; allowed are 256"));
}

#[test]
fn what_is_no_toml_or_too_long_is_one_mistake() {
    assert!(faults("a = ")[0].starts_with("is not TOML"));
    assert!(faults(&" ".repeat(20_000))[0].contains("allowed are 16384"));
    assert!(faults("session = 7")[0].starts_with("session is not a table"));
    assert!(faults("[tls]\ncertificate_file = \"a.pem\"")[0].contains("both or none"));
}

#[test]
fn words_say_what_a_person_must_know() {
    let words = explain(&read(&ready("korean-relay.toml")).unwrap()).join("\n");
    for said in [
        "those of KR",
        "SMPP 3.4 as a transceiver, or as a transmitter and a receiver",
        "30 segments a second in all",
        "ASCII, KS C 5601 (0x0E), UCS-2, in at most 3 parts; a part holds 90 octets",
        "national numbers have TON 2 and NPI 1",
        "UTC+09:00",
        "at most 72 h",
        "plain TCP",
    ] {
        assert!(words.contains(said), "{said:?} is missing in:\n{words}");
    }
    assert!(explain(&Profile::default()).len() > 10);
}
