//! What `telecom.md` says and the vectors do not show: receipts in every dialect, texts at every border, stops in every language.

mod common;

use common::ask;
use serde_json::{Value, json};
use volley_inspect::Subject;

fn receipt(text: &str, tlvs: Value) -> Value {
    ask(Subject::Receipt, &json!({"id": "r", "esm_class": 4, "short_message": text, "tlvs": tlvs}))["expect"].clone()
}

fn text(text: &str, ref_bits: u8, smart: bool) -> Value {
    ask(Subject::Text, &json!({"id": "t", "text": text, "ref_bits": ref_bits, "smart": smart}))
}

fn optout(body: &str, context: Value) -> Value {
    ask(Subject::Optout, &json!({"id": "o", "body": body, "context": context}))
}

#[test]
fn every_word_for_a_state_is_known_in_any_case() {
    for (words, state, last) in [
        (&["DELIVRD", "DELIVERED", "delivrd", "Delivered"][..], "DELIVERED", true),
        (&["EXPIRED", "expired"], "EXPIRED", true),
        (&["DELETED"], "DELETED", true),
        (&["UNDELIV", "UNDELIVERED", "undeliv"], "UNDELIVERABLE", true),
        (&["ACCEPTD", "ACKED", "acceptd"], "ACCEPTED", false),
        (&["ENROUTE", "BUFFRED", "BUFFERD", "enroute"], "ENROUTE", false),
        (&["UNKNOWN"], "UNKNOWN", true),
        (&["REJECTD", "rejectd"], "REJECTED", true),
    ] {
        for word in words {
            let read = receipt(&format!("id:1 stat:{word} err:000"), json!({}));
            assert_eq!((&read["state"], &read["final"]), (&json!(state), &json!(last)), "{word}");
            assert_eq!((&read["stat_raw"], &read["stat_known"]), (&json!(word), &json!(true)), "{word}");
        }
    }
}

#[test]
fn every_state_of_a_parameter_beats_the_word() {
    let states = [
        "SCHEDULED",
        "ENROUTE",
        "DELIVERED",
        "EXPIRED",
        "DELETED",
        "UNDELIVERABLE",
        "ACCEPTED",
        "UNKNOWN",
        "REJECTED",
        "SKIPPED",
    ];
    for (code, state) in states.iter().enumerate() {
        let read = receipt("id:1 stat:DND_REJECTED", json!({"message_state": code}));
        assert_eq!((&read["state"], &read["state_source"]), (&json!(state), &json!("tlv")));
        assert_eq!(read["final"], json!(!["SCHEDULED", "ENROUTE", "ACCEPTED"].contains(state)), "{state}");
        assert_eq!(read["stat_raw"], "DND_REJECTED");
    }
}

#[test]
fn dates_of_every_length_and_impossible_ones() {
    for (digits, date) in [
        ("2611221730", json!("2026-11-22T17:30")),
        ("261122173059", json!("2026-11-22T17:30:59")),
        ("20261122173059", json!("2026-11-22T17:30:59")),
        ("202611221730", json!("2026-11-22T17:30")),
        ("0000000000", Value::Null),
        ("000000000000", Value::Null),
        ("00000000000000", Value::Null),
        ("2613221730", Value::Null),
        ("2602291730", Value::Null),
        ("2611222460", Value::Null),
        ("26112217", Value::Null),
        ("2026-11-22", Value::Null),
    ] {
        let read = receipt(&format!("id:1 submit date:{digits} done date:{digits} stat:DELIVRD"), json!({}));
        assert_eq!((&read["submit_date"], &read["done_date"]), (&date, &date), "{digits}");
        assert_eq!(read["valid"], true, "an impossible date does not cost the receipt");
    }
}

#[test]
fn ids_are_kept_as_they_are_written() {
    for id in [
        "0123456789",
        "38601FA",
        "74e02ee1-4e2f-4a6e-a78b-4b247d756a22",
        "123456789012345678901234567890",
        "8XA",
        "a.b_c",
    ] {
        assert_eq!(receipt(&format!("id:{id} stat:DELIVRD"), json!({}))["id"], id);
        assert_eq!(receipt("id: stat:DELIVRD", json!({"receipted_message_id": id}))["id"], id);
    }
}

#[test]
fn what_is_missing_is_null_and_a_receipt_all_the_same() {
    let read = receipt(
        "",
        json!({"receipted_message_id": "77", "message_state": 5, "network_error_code": {"type": 3, "code": 6}}),
    );
    assert_eq!(
        read,
        json!({
            "id": "77", "sub": null, "dlvrd": null, "submit_date": null, "done_date": null, "stat_raw": null,
            "state": "UNDELIVERABLE", "final": true, "err_raw": null, "text": null,
            "network_error": {"type": 3, "code": 6}, "valid": true, "state_source": "tlv", "stat_known": true,
        })
    );
    let nothing = ask(Subject::Receipt, &json!({"id": "n"}));
    assert_eq!((&nothing["expect"]["valid"], &nothing["expect"]["state"]), (&json!(false), &json!("UNKNOWN")));
    assert_eq!(nothing["expect"]["stat_known"], false);
}

#[test]
fn odd_layouts_of_the_text() {
    let crlf = receipt("id:1\r\nsub:001\r\ndlvrd:001\r\nstat:DELIVRD\r\nerr:0\r\ntext:a\r\nb\u{0}", json!({}));
    assert_eq!((&crlf["sub"], &crlf["err_raw"], &crlf["text"]), (&json!(1), &json!("0"), &json!("a\r\nb")));
    let first = receipt("id:1 id:2 stat:DELIVRD stat:EXPIRED", json!({}));
    assert_eq!((&first["id"], &first["state"]), (&json!("1"), &json!("DELIVERED")));
    let behind = receipt("sub:001 stat:DELIVRD text:Hello id:99", json!({}));
    assert_eq!((&behind["id"], &behind["text"]), (&json!("99"), &json!("Hello")));
    let any_order = receipt("stat:EXPIRED err:21b dlvrd:0 sub:3 id:9", json!({}));
    assert_eq!(
        (&any_order["sub"], &any_order["dlvrd"], &any_order["err_raw"]),
        (&json!(3), &json!(0), &json!("21b"))
    );
    let labelled = receipt("id:1 stat:DELIVRD Text:see http://x.example/?id:5", json!({}));
    assert_eq!(labelled["text"], "see http://x.example/?id:5");
}

#[test]
fn a_case_that_makes_no_sense_is_named() {
    for case in [
        json!({"id": "b", "short_message": 7}),
        json!({"id": "b", "esm_class": 300}),
        json!({"id": "b", "tlvs": {"message_state": "soon"}}),
        json!({"id": "b", "tlvs": 3}),
    ] {
        let answer = ask(Subject::Receipt, &case);
        assert_eq!(answer["id"], "b");
        assert!(answer["error"].is_string() && answer["expect"].is_null(), "{answer}");
    }
}

#[test]
fn texts_at_their_limits() {
    for (unit, single, part_8, part_16, encoding) in [("a", 160, 153, 152, "gsm7"), ("Ж", 70, 67, 66, "ucs2")] {
        for (ref_bits, part) in [(8, part_8), (16, part_16)] {
            assert_eq!(text(&unit.repeat(single), ref_bits, false)["segment_units"], json!([single]));
            let over = text(&unit.repeat(single + 1), ref_bits, false);
            assert_eq!(
                (&over["segment_units"], &over["encoding"]),
                (&json!([part, single + 1 - part]), &json!(encoding))
            );
            assert_eq!(text(&unit.repeat(part * 2), ref_bits, false)["segments"], 2);
            assert_eq!(text(&unit.repeat(part * 2 + 1), ref_bits, false)["segment_units"], json!([part, part, 1]));
            assert_eq!(text(&unit.repeat(part * 300), ref_bits, false)["segments"], 300, "arithmetic alone");
        }
    }
}

#[test]
fn pairs_are_never_cut() {
    assert_eq!(
        text(&format!("{}€{}", "a".repeat(151), "b".repeat(10)), 16, false)["segment_units"],
        json!([151, 12])
    );
    assert_eq!(
        text(&format!("{}😀{}", "Ж".repeat(65), "Ж".repeat(10)), 16, false)["segment_units"],
        json!([65, 12])
    );
    assert_eq!(text(&format!("{}€", "a".repeat(158)), 8, false)["segment_units"], json!([160]));
    assert_eq!(text(&format!("{}€", "a".repeat(159)), 8, false)["segment_units"], json!([153, 8]));
    let clusters = format!("{}e\u{301}{}", "Ж".repeat(66), "Ж".repeat(10));
    assert_eq!(
        text(&clusters, 8, false)["segment_units"],
        json!([67, 11]),
        "no rule for clusters in the arithmetic"
    );
}

#[test]
fn every_escaped_character_costs_two_and_look_alikes_force_ucs2() {
    for character in ["^", "{", "}", "\\", "[", "~", "]", "|", "€", "\u{C}"] {
        let seen = text(character, 8, false);
        assert_eq!((&seen["encoding"], &seen["units"]), (&json!("gsm7"), &json!(2)), "{character}");
    }
    for character in ["ç", "á", "ê", "`", "\t", "\u{A0}", "Α", "\0", "\u{1B}", "ı", "ğ", "–", "’", "…"] {
        let seen = text(character, 8, false);
        assert_eq!((&seen["encoding"], &seen["units"]), (&json!("ucs2"), &json!(1)), "{character}");
        assert_eq!(seen["outsiders"][0]["character"], *character);
    }
    assert_eq!(text("e\u{301}", 8, false)["units"], 2, "nothing is composed");
}

#[test]
fn smart_is_forced_and_may_cost() {
    let grown = text(&"…".repeat(70), 8, true);
    assert_eq!((&grown["units"], &grown["segments"]), (&json!(210), &json!(2)));
    let kept = text("«it’s»\u{A0}😀", 8, true);
    assert_eq!((&kept["text_after_smart"], &kept["encoding"]), (&json!("\"it's\" 😀"), &json!("ucs2")));
    assert_eq!(text("\u{FEFF}hi", 8, true)["units"], 2);
    assert_eq!(text("\u{FEFF}hi", 8, false)["units"], 3);
    assert_eq!(text("https://x.example/a–b", 8, true)["text_after_smart"], "https://x.example/a-b");
}

#[test]
fn korea_counts_octets() {
    let kr = |body: &str| text(body, 8, false)["kr"].clone();
    assert_eq!(kr("똠방각하"), json!({"bytes": 8, "strict_ksc5601": false, "class": "SMS"}));
    assert_eq!(kr(&"가".repeat(45)), json!({"bytes": 90, "strict_ksc5601": true, "class": "SMS"}));
    assert_eq!(kr(&format!("{}a", "가".repeat(45))), json!({"bytes": 91, "strict_ksc5601": true, "class": "LMS"}));
    assert_eq!(kr(&"가".repeat(1000))["class"], "LMS");
    assert_eq!(kr(&format!("{}a", "가".repeat(1000)))["class"], "TOO_LONG");
    assert_eq!(kr("￦①㈜€“”…·")["bytes"], 16);
    for lacking in ["₩", "—", "–", "😀", "é", "ç"] {
        assert_eq!(kr(lacking), Value::Null, "{lacking}");
    }
    assert_eq!(kr(""), json!({"bytes": 0, "strict_ksc5601": true, "class": "SMS"}));
}

#[test]
fn octets_in_every_form() {
    assert_eq!(text("hellohello", 8, false)["packed_hex"], "e8329bfd4697d9ec37");
    assert_eq!(text("@", 8, false)["unpacked_hex"], "00");
    assert_eq!(text("Ж", 8, false)["unpacked_hex"], Value::Null);
    assert_eq!(text("Ж", 8, false)["utf16_hex"], "0416");
    assert_eq!(text("é", 8, false)["utf16_hex"], "00e9");
}

#[test]
fn a_stop_counts_in_its_language_and_everywhere_where_nothing_is_known() {
    for (language, word) in [
        ("en", "Revoke"),
        ("fr", "DÉSABONNER"),
        ("es", "Detener"),
        ("pt", "REMOVER"),
        ("de", "abbestellen"),
        ("it", "BASTA!"),
        ("nl", "Stoppen"),
        ("tr", "red"),
        ("ko", "무료 수신거부"),
        ("ru", "Отписка"),
        ("ja", "配信停止"),
        ("zh", "退訂"),
        ("en", "tntlsrjqn"),
        ("ko", "CNJG"),
    ] {
        assert_eq!(optout(word, json!({"languages": [language]}))["action"], "opt_out", "{word}");
        assert_eq!(optout(word, json!({}))["action"], "opt_out", "{word}");
    }
    for word in ["ALTO", "BAJA", "BASTA", "TD", "거부"] {
        assert_eq!(optout(word, json!({"languages": ["en"]}))["action"], "none", "{word}");
    }
}

#[test]
fn yes_belongs_to_whoever_asked() {
    for word in ["yes", "Y", "예", "네", "ДА"] {
        assert_eq!(optout(word, json!({}))["action"], "none", "{word}");
        assert_eq!(optout(word, json!({"pending_double_opt_in": true}))["action"], "opt_in", "{word}");
        assert_eq!(optout(word, json!({"opted_out": true}))["action"], "opt_in", "{word}");
    }
    assert_eq!(optout("UNSTOP", json!({"active_poll": true, "new_field": 1}))["action"], "opt_in");
    assert_eq!(ask(Subject::Optout, &json!({"id": 1, "body": "Aide"}))["action"], "help");
}

#[test]
fn likely_stops_and_those_that_are_none() {
    for body in [
        "please stop",
        "STOP it now or I call my lawyer",
        "leave me alone",
        "Do not text me again",
        "не пишите мне",
    ] {
        assert_eq!(optout(body, json!({}))["action"], "opt_out_likely", "{body}");
    }
    for body in [
        "don't stop",
        "non-stop",
        "I will stop by tomorrow",
        "when does the concert end",
        "cancel my order 7",
    ] {
        assert_eq!(optout(body, json!({}))["action"], "none", "{body}");
    }
    let scoped = optout("стоп news", json!({"programs": "NEWS"}));
    assert_eq!((&scoped["action"], &scoped["scope"]), (&json!("opt_out_scoped"), &json!("NEWS")));
}

#[test]
fn every_status_has_a_class() {
    for (code, class) in [
        (json!(0), "ok"),
        (json!(0x58), "throttle_backoff"),
        (json!("0x00000058"), "throttle_backoff"),
        (json!(0x400), "retry_other_route"),
        (json!(0x4FF), "retry_other_route"),
        (json!(0x10), "retry_other_route"),
        (json!(4_294_967_295_u32), "retry_other_route"),
        (json!(0x102), "retry_other_route"),
        (json!(0x112), "config_error"),
    ] {
        assert_eq!(ask(Subject::Status, &json!({"code": code}))["class"], class, "{code}");
    }
    assert!(ask(Subject::Status, &json!({"code": 4_294_967_296_u64}))["error"].is_string());
    assert!(ask(Subject::Status, &json!({"id": 3}))["error"].is_string());
}
