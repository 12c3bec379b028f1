//! The control port: what a test in another process asks of a running carrier, as JSON over HTTP on this machine.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::carrier::Outage;
use crate::journal::{Counters, Entry, JournalFilter};
use crate::mo::Mo;
use crate::person::Person;
use crate::rule::RuleFor;
use crate::server::CarrierSimHandle;
use crate::timetable::TimetableLine;

/// Entries or texts in one answer unless the caller sets a limit.
const ROWS_DEFAULT: usize = 1_000;
/// Milliseconds `/wait-for-text` waits unless told otherwise.
const WAIT_DEFAULT_MS: u64 = 10_000;

/// A running control port.
pub struct Control {
    addr: SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<io::Result<()>>,
}

impl Control {
    /// Listens on the loopback address; port 0 takes a free one.
    pub async fn start(sim: CarrierSimHandle, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let addr = listener.local_addr()?;
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let server = axum::serve(listener, routes(sim)).with_graceful_shutdown(stopped);
        Ok(Self { addr, stop, server: tokio::spawn(server.into_future()) })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Ends it; requests under way are answered first, waiting ones are dropped.
    pub async fn shutdown(self) {
        const GRACE: Duration = Duration::from_millis(500);
        self.stop.cancel();
        if tokio::time::timeout(GRACE, self.server).await.is_err() {
            tracing::debug!("requests were under way when the control port ended");
        }
    }
}

fn routes(sim: CarrierSimHandle) -> Router {
    Router::new()
        .route("/counters", get(counters))
        .route("/journal", get(journal))
        .route("/inbox", get(inbox))
        .route("/wait-for-text", get(wait_for_text))
        .route("/mo", post(mo))
        .route("/rule", post(rule))
        .route("/timetable", post(timetable))
        .route("/clear-rules", post(clear_rules))
        .route("/person", post(person))
        .route("/pause-responses", post(pause_responses))
        .route("/resume-responses", post(resume_responses))
        .route("/cut-links", post(cut_links))
        .route("/outbind", post(outbind))
        .route("/alert", post(alert))
        .route("/outage", post(outage))
        .route("/recover", post(recover))
        .with_state(sim)
}

type Sim = State<CarrierSimHandle>;

async fn counters(State(sim): Sim) -> Json<Counters> {
    Json(sim.counters())
}

async fn journal(State(sim): Sim, Query(mut filter): Query<JournalFilter>) -> Json<Vec<Entry>> {
    filter.limit.get_or_insert(ROWS_DEFAULT);
    Json(sim.journal(&filter))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InboxQuery {
    number: String,
}

async fn inbox(State(sim): Sim, Query(query): Query<InboxQuery>) -> Response {
    let mut texts = sim.inbox(&query.number);
    Json(texts.split_off(texts.len().saturating_sub(ROWS_DEFAULT))).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WaitQuery {
    number: String,
    #[serde(default)]
    contains: String,
    timeout_ms: Option<u64>,
}

async fn wait_for_text(State(sim): Sim, Query(query): Query<WaitQuery>) -> Response {
    let timeout = Duration::from_millis(query.timeout_ms.unwrap_or(WAIT_DEFAULT_MS));
    let found = sim
        .wait_for_text(&query.number, |text| text.text.contains(&query.contains), timeout)
        .await;
    match found {
        Ok(text) => Json(text).into_response(),
        Err(error) => refused(StatusCode::NOT_FOUND, &error),
    }
}

async fn mo(State(sim): Sim, Json(mo): Json<Mo>) -> Response {
    match sim.send(&mo) {
        Ok(parts) => Json(json!({ "parts": parts })).into_response(),
        Err(error) => refused(StatusCode::BAD_REQUEST, &error),
    }
}

async fn rule(State(sim): Sim, Json(RuleFor { number, rule }): Json<RuleFor>) -> StatusCode {
    sim.rule(number, rule);
    StatusCode::NO_CONTENT
}

async fn timetable(State(sim): Sim, Json(line): Json<TimetableLine>) -> Response {
    match sim.plan(line) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refused(StatusCode::BAD_REQUEST, &error),
    }
}

async fn clear_rules(State(sim): Sim) -> StatusCode {
    sim.clear_rules();
    StatusCode::NO_CONTENT
}

async fn person(State(sim): Sim, Json(person): Json<Person>) -> StatusCode {
    if sim.person(person) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::INSUFFICIENT_STORAGE
    }
}

async fn pause_responses(State(sim): Sim) -> StatusCode {
    sim.pause_responses(true);
    StatusCode::NO_CONTENT
}

async fn resume_responses(State(sim): Sim) -> StatusCode {
    sim.pause_responses(false);
    StatusCode::NO_CONTENT
}

async fn cut_links(State(sim): Sim) -> StatusCode {
    sim.cut_links();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutbindRequest {
    to: SocketAddr,
    system_id: String,
    password: String,
}

async fn outbind(State(sim): Sim, Json(request): Json<OutbindRequest>) -> Response {
    match sim.outbind(request.to, &request.system_id, &request.password).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refused(StatusCode::BAD_GATEWAY, &error),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertRequest {
    handset: String,
    sender: String,
}

async fn alert(State(sim): Sim, Json(request): Json<AlertRequest>) -> StatusCode {
    match sim.alert(&request.handset, &request.sender) {
        true => StatusCode::NO_CONTENT,
        false => StatusCode::NOT_FOUND,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutageRequest {
    kind: Outage,
    lasts_ms: Option<u64>,
}

async fn outage(State(sim): Sim, Json(request): Json<OutageRequest>) -> StatusCode {
    sim.outage(request.kind, request.lasts_ms.map(Duration::from_millis));
    StatusCode::NO_CONTENT
}

async fn recover(State(sim): Sim) -> StatusCode {
    sim.recover();
    StatusCode::NO_CONTENT
}

/// The error with its causes, as JSON.
fn refused(status: StatusCode, error: &dyn std::error::Error) -> Response {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    (status, Json(json!({ "error": message }))).into_response()
}
