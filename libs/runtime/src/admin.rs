//! The admin port: what a service manager and a Prometheus server ask a process.
//!
//!   /healthz   200 while the process can answer at all
//!   /readyz    200 when it should be given work, else 503; both with the state of every component as JSON
//!   /metrics   everything it measures, as Prometheus reads it

use std::{io, net::SocketAddr};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tokio::net::TcpListener;

use crate::{app::Drain, health::HealthRegistry, metrics::Metrics};

/// The content type of Prometheus' text format.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A bound admin port, not serving yet.
#[derive(Debug)]
pub struct AdminServer {
    listener: TcpListener,
    address: SocketAddr,
    routes: Router,
}

impl AdminServer {
    /// Binds the port; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn bind(listen: SocketAddr, health: HealthRegistry, metrics: Metrics) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let routes = Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(readyz).with_state(health))
            .route("/metrics", get(render).with_state(metrics));
        Ok(Self { listener, address, routes })
    }

    /// The address bound.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until drained.
    ///
    /// # Errors
    /// When the port fails.
    pub async fn serve(self, drain: Drain) -> anyhow::Result<()> {
        let drained = async move { drain.requested().await };
        Ok(axum::serve(self.listener, self.routes).with_graceful_shutdown(drained).await?)
    }
}

async fn readyz(State(health): State<HealthRegistry>) -> impl IntoResponse {
    let readiness = health.readiness();
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = serde_json::to_string(&readiness).expect("booleans and strings are always JSON");
    (status, [(header::CONTENT_TYPE, "application/json")], body)
}

async fn render(State(metrics): State<Metrics>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], metrics.render())
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, time::Duration};

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;
    use crate::app::App;

    async fn serving() -> (App, SocketAddr) {
        let mut app = App::new();
        let metrics = Metrics::install().expect("the recorder is ours");
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let admin = AdminServer::bind(listen, app.health().clone(), metrics)
            .await
            .expect("a free port");
        let address = admin.address();
        app.spawn("admin", |drain| admin.serve(drain));
        (app, address)
    }

    async fn answer(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        let request = format!("GET {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).await.expect("it answers");
        text
    }

    #[tokio::test]
    async fn readiness_is_json_with_the_reason_of_each_component() {
        let (app, address) = serving().await;
        app.health().register("door").healthy();
        let log = app.health().register("log");
        log.unhealthy("broker gone");

        let unready = answer(address, "/readyz").await;
        log.healthy();
        let ready = answer(address, "/readyz").await;

        assert!(unready.starts_with("HTTP/1.1 503"), "{unready}");
        assert!(unready.contains("content-type: application/json"), "{unready}");
        let components = r#"{"door":{"state":"healthy"},"log":{"state":"unhealthy","reason":"broker gone"}}"#;
        assert!(
            unready.ends_with(&format!(r#"{{"ready":false,"draining":false,"components":{components}}}"#)),
            "{unready}"
        );
        assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    }

    #[tokio::test]
    async fn liveness_does_not_depend_on_components() {
        let (app, address) = serving().await;
        app.health().register("log").unhealthy("broker gone");
        assert!(answer(address, "/healthz").await.starts_with("HTTP/1.1 200"));
    }

    #[tokio::test]
    async fn metrics_are_served_as_text() {
        let (_app, address) = serving().await;
        let text = answer(address, "/metrics").await;
        assert!(text.contains("content-type: text/plain; version=0.0.4"), "{text}");
        assert!(text.contains("process_cpu_seconds_total"), "{text}");
    }

    #[tokio::test]
    async fn the_port_is_free_again_after_a_drain() {
        let (app, address) = serving().await;
        app.drain(Duration::from_secs(10)).await.expect("nothing holds it up");
        TcpListener::bind(address).await.expect("the port is free");
    }
}
