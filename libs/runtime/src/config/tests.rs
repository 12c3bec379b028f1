use std::{collections::BTreeMap, fs, net::SocketAddr};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    grpc: Grpc,
    brokers: Vec<String>,
    password: Secret,
    enabled: bool,
    binds: BTreeMap<String, Bind>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Grpc {
    listen: SocketAddr,
    window: u16,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bind {
    host: String,
    port: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            grpc: Grpc::default(),
            brokers: Vec::new(),
            password: Secret::default(),
            enabled: true,
            binds: BTreeMap::new(),
        }
    }
}

impl Default for Grpc {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 7000)), window: 64 }
    }
}

/// A configuration file and an environment, for one test.
struct Given {
    folder: TempDir,
    source: ConfigSource,
}

fn given(file: &str, environment: &[(&str, &str)]) -> Given {
    let folder = TempDir::new().expect("a folder for the test");
    let path = folder.path().join("ingest.toml");
    fs::write(&path, file).expect("a file in it");
    let environment = environment
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    Given {
        source: ConfigSource { file: Some(path), env_prefix: "VOLLEY_INGEST".to_owned(), environment },
        folder,
    }
}

impl Given {
    fn settings(&self) -> Settings {
        load(&self.source).expect("a good configuration")
    }

    /// The error, without the folder of the test.
    fn fault(&self) -> String {
        let error = load::<Settings>(&self.source).expect_err("a faulty configuration");
        error.to_string().replace(&format!("{}/", self.folder.path().display()), "")
    }
}

#[test]
fn defaults_then_file_then_environment() {
    let settings = given(
        "enabled = false\n[grpc]\nwindow = 8\nlisten = \"127.0.0.1:1\"\n",
        &[
            ("VOLLEY_INGEST__GRPC__LISTEN", "127.0.0.1:2"),
            ("PATH", "/bin"),
            ("VOLLEY_ROUTING__GRPC__LISTEN", "x"),
        ],
    )
    .settings();

    assert!(!settings.enabled);
    assert_eq!((settings.grpc.window, settings.grpc.listen.port()), (8, 2));
}

#[test]
fn without_file_and_environment_there_are_the_defaults() {
    let source = ConfigSource { file: None, env_prefix: "VOLLEY_INGEST".to_owned(), environment: BTreeMap::new() };
    assert_eq!(load::<Settings>(&source).expect("defaults"), Settings::default());
}

#[test]
fn variables_become_numbers_booleans_lists_and_tables_where_those_are_asked_for() {
    let settings = given(
        "",
        &[
            ("VOLLEY_INGEST__GRPC__WINDOW", "9"),
            ("VOLLEY_INGEST__ENABLED", "false"),
            ("VOLLEY_INGEST__BROKERS", r#"["a:1", "b:2"]"#),
            ("VOLLEY_INGEST__BINDS__VODA", r#"{ host = "voda", port = 2775 }"#),
        ],
    )
    .settings();

    assert_eq!((settings.grpc.window, settings.enabled), (9, false));
    assert_eq!(settings.brokers, ["a:1", "b:2"]);
    assert_eq!(settings.binds["voda"], Bind { host: "voda".to_owned(), port: 2775 });
}

#[test]
fn an_unknown_key_in_the_file_is_named_with_its_line_and_the_known_ones() {
    let fault = given("enabled = true\n\n[grpc]\nlisen = \"127.0.0.1:1\"\n", &[]).fault();
    assert_eq!(fault, "ingest.toml, line 4: unknown field `lisen`, expected `listen` or `window`, in `grpc`");
}

#[test]
fn an_unknown_table_in_the_file_is_named_too() {
    let fault = given("[grcp]\nwindow = 1\n", &[]).fault();
    assert!(
        fault.starts_with("ingest.toml, line 1: unknown field `grcp`, expected one of `grpc`, `brokers`"),
        "{fault}"
    );
}

#[test]
fn an_unknown_key_in_the_environment_is_named_by_its_variable() {
    let fault = given("", &[("VOLLEY_INGEST__GRPC__LISEN", "127.0.0.1:1")]).fault();
    let expected = "unknown field `lisen`, expected `listen` or `window`, in `grpc`";
    assert_eq!(fault, format!("environment variable VOLLEY_INGEST__GRPC__LISEN: {expected}"));
}

#[test]
fn of_two_unknown_variables_the_first_is_named() {
    let fault = given("", &[("VOLLEY_INGEST__B", "1"), ("VOLLEY_INGEST__A", "1")]).fault();
    assert!(fault.starts_with("environment variable VOLLEY_INGEST__A: unknown field `a`"), "{fault}");
}

#[test]
fn a_single_underscore_after_the_prefix_is_noticed() {
    let fault = given("", &[("VOLLEY_INGEST_GRPC__LISTEN", "127.0.0.1:1")]).fault();
    assert!(fault.contains("VOLLEY_INGEST_GRPC__LISTEN: the prefix is followed by two underscores"), "{fault}");
}

#[test]
fn an_empty_key_in_a_variable_is_noticed() {
    let fault = given("", &[("VOLLEY_INGEST__GRPC__", "1")]).fault();
    assert!(fault.contains("VOLLEY_INGEST__GRPC__: two underscores stand between keys"), "{fault}");
}

#[test]
fn a_wrong_type_in_the_file_names_key_line_and_fault() {
    let fault = given("[grpc]\nwindow = \"wide\"\n", &[]).fault();
    assert_eq!(fault, "ingest.toml, line 2: invalid type: string \"wide\", expected u16, in `grpc.window`");
}

#[test]
fn a_wrong_type_in_the_environment_names_the_variable_and_the_fault() {
    let fault = given("", &[("VOLLEY_INGEST__GRPC__WINDOW", "wide")]).fault();
    assert!(
        fault.starts_with("environment variable VOLLEY_INGEST__GRPC__WINDOW: invalid type: string \"wide\""),
        "{fault}"
    );
}

#[test]
fn a_number_out_of_range_is_refused() {
    assert!(given("", &[("VOLLEY_INGEST__GRPC__WINDOW", "70000")]).fault().contains("70000"));
}

#[test]
fn a_file_that_is_not_toml_is_refused_with_its_line() {
    let fault = given("enabled = true\n[grpc\n", &[]).fault();
    assert!(fault.starts_with("ingest.toml, line 2: "), "{fault}");
}

#[test]
fn a_missing_file_is_named() {
    let mut given = given("", &[]);
    given.source.file = Some(given.folder.path().join("other.toml"));
    assert_eq!(given.fault(), "cannot read other.toml");
}

#[test]
fn a_secret_comes_from_the_environment_or_from_a_file_it_names() {
    let given = given("", &[("VOLLEY_INGEST__PASSWORD", "12345")]);
    assert_eq!(given.settings().password.expose(), "12345");

    let path = given.folder.path().join("password");
    fs::write(&path, "hunter2\n").expect("a secret file");
    let mut source = given.source;
    let path = path.to_str().expect("a plain path").to_owned();
    source.environment = BTreeMap::from([("VOLLEY_INGEST__PASSWORD__FILE".to_owned(), path)]);

    assert_eq!(load::<Settings>(&source).expect("readable").password.expose(), "hunter2");
}

#[test]
fn a_secret_file_that_is_not_there_is_named() {
    let fault = given("password = { file = \"/nowhere/password\" }", &[]).fault();
    assert!(fault.contains("cannot read the secret file /nowhere/password"), "{fault}");
}

#[test]
fn secrets_are_shown_neither_in_debug_nor_when_serialized_nor_in_errors() {
    let settings = given("password = \"hunter2\"", &[]).settings();
    assert!(!format!("{settings:?}").contains("hunter2"));
    assert!(!serde_json::to_string(&settings).expect("plain").contains("hunter2"));

    for faulty in ["password = 123456789", "password = 1234567.25", "wrong = { password = \"123456789\" }"] {
        let fault = given(faulty, &[]).fault();
        assert!(!fault.contains("1234567"), "{fault}");
    }
}

#[test]
fn the_runtime_part_is_documented_as_it_is() {
    #[derive(Default, Serialize, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Whole {
        runtime: RuntimeConfig,
    }
    assert_eq!(check_reference::<Whole>(&[RUNTIME_REFERENCE]), Ok(()));
}
