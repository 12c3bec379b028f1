//! The binary: its flags, its control port, its end.

mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::*;

/// A carrier in a process of its own, killed when the test ends.
struct Carrier {
    process: Child,
    smpp: SocketAddr,
    control: SocketAddr,
}

impl Carrier {
    fn start(dir: &Path) -> Self {
        let ready = dir.join("ready.json");
        let mut process = Command::new(env!("CARGO_BIN_EXE_volley-carrier-sim"))
            .args(["--account", "acme:secret", "--receipt-delay-ms", "20", "--no-default-persons"])
            .arg("--journal")
            .arg(dir.join("journal.jsonl"))
            .arg("--ready-file")
            .arg(&ready)
            .spawn()
            .expect("the binary starts");
        let started = Instant::now();
        while !ready.exists() {
            let running = process.try_wait().expect("a state").is_none();
            assert!(running && started.elapsed() < SOON * 4, "the carrier is not ready");
            thread::sleep(Duration::from_millis(10));
        }
        let ready: Value = serde_json::from_slice(&fs::read(&ready).expect("the file")).expect("JSON");
        let addr = |name: &str| ready[name].as_str().and_then(|addr| addr.parse().ok()).expect("an address");
        assert_eq!(ready["pid"], process.id());
        Self { process, smpp: addr("smpp"), control: addr("control") }
    }

    /// One request over HTTP/1.1: status and body.
    fn http(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(self.control).expect("the control port");
        stream.write_all(request.as_bytes()).expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn post(&self, path: &str, body: Value) -> u16 {
        self.http("POST", path, &body).0
    }

    fn get(&self, path: &str) -> Value {
        self.http("GET", path, &Value::Null).1
    }

    fn terminate(&mut self) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        assert!(self.process.wait().expect("an end").success());
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_in_another_process_plays_a_whole_conversation() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut carrier = Carrier::start(dir.path());
    let mut client = Client::bound(carrier.smpp).await;

    let line = json!({ "text": "*vote*", "answer": "KELLY", "delay_ms": 20 });
    assert_eq!(carrier.post("/person", json!({ "number": "79140000001", "script": [line] })), 204);
    assert_eq!(carrier.post("/rule", json!({ "number": "79140000001", "rule": { "receipt_copies": 0 } })), 204);
    client.submit(text_to("79140000001", "please vote")).await;
    assert_eq!(client.take_delivery().await.text(), "KELLY");
    assert_eq!(carrier.get("/inbox?number=79140000001")[0]["text"], "please vote");
    assert_eq!(carrier.get("/wait-for-text?number=79140000001&contains=vote")["from"], "4565");

    assert_eq!(carrier.post("/mo", json!({ "from": "79140000001", "to": "4565", "text": "hi" })), 200);
    assert_eq!(client.take_delivery().await.text(), "hi");

    assert_eq!(carrier.post("/pause-responses", Value::Null), 204);
    client.send(text_to("79140000001", "unanswered")).await;
    assert_eq!(carrier.get("/wait-for-text?number=79140000001&contains=unanswered")["from"], "4565");
    let counters = carrier.get("/counters");
    assert_eq!((&counters["unanswered"], &counters["mos_acked"]), (&json!(1), &json!(2)));
    assert_eq!(carrier.post("/resume-responses", Value::Null), 204);
    assert_eq!(client.next().await.id(), rusmpp::CommandId::SubmitSmResp);
    let submits = carrier.get("/journal?kind=submit&destination=79140000001");
    assert_eq!(submits.as_array().map(Vec::len), Some(2));

    assert_eq!(carrier.post("/outage", json!({ "kind": "hung_up", "lasts_ms": 60000 })), 204);
    assert!(client.is_closed().await);
    assert_eq!(carrier.post("/recover", Value::Null), 204);
    let mut client = Client::bound(carrier.smpp).await;
    assert_eq!(carrier.post("/cut-links", Value::Null), 204);
    assert!(client.is_closed().await);

    carrier.terminate();
    let journal = fs::read_to_string(dir.path().join("journal.jsonl")).expect("the journal");
    assert_eq!(journal.lines().filter(|line| line.contains("\"kind\":\"submit\"")).count(), 2);
}

#[test]
fn what_the_control_port_cannot_do_it_refuses_in_words() {
    let dir = tempfile::tempdir().expect("a directory");
    let carrier = Carrier::start(dir.path());
    let (status, error) = carrier.http("POST", "/mo", &json!({ "from": "1", "to": "4565", "text": "" }));
    assert_eq!((status, &error["error"]), (400, &json!("the text cannot be sent: the text is empty")));
    assert!((400..500).contains(&carrier.post("/mo", json!({ "from": "1", "to": "2", "txt": "typo" }))));
    assert!((400..500).contains(&carrier.post("/rule", json!({ "number": "*", "rule": { "outcom": "typo" } }))));
    assert_eq!(carrier.http("GET", "/wait-for-text?number=1&timeout_ms=10", &Value::Null).0, 404);
}

#[test]
fn the_bench_hears_every_response_and_receipt() {
    let output = Command::new(env!("CARGO_BIN_EXE_volley-carrier-sim"))
        .args(["bench", "--submits", "3000", "--binds", "3", "--window", "50", "--receipts"])
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let figures = String::from_utf8(output.stdout).expect("text");
    assert!(figures.contains("receipts acked      3000"), "{figures}");
}

#[test]
fn a_wrong_configuration_is_an_error_that_names_the_key() {
    let dir = tempfile::tempdir().expect("a directory");
    let config = dir.path().join("sim.toml");
    fs::write(&config, "recipt_delay_ms = 5").expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_volley-carrier-sim"))
        .arg("--config")
        .arg(&config)
        .output()
        .expect("the binary runs");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("recipt_delay_ms"));
}
