//! The options of `volley up`.

use std::{fmt, net::SocketAddr, str::FromStr};

use anyhow::{Context, bail};
use clap::Args;
use url::Url;
use volley_runtime::Secret;
use volley_types::CarrierName;

/// What `volley up` runs, and on what.
#[derive(Debug, Args)]
pub struct UpOptions {
    /// End after the conversation; status 0 only if all of it happened.
    #[arg(long, conflicts_with_all = ["no_demo", "carrier"])]
    pub once: bool,
    /// Start, and play nothing.
    #[arg(long)]
    pub no_demo: bool,
    /// Use this Kafka instead of the embedded log.
    #[arg(long, value_name = "HOST:PORT,...")]
    pub kafka: Option<String>,
    /// Copies Kafka keeps of each record; 3 with three brokers and more.
    #[arg(long, default_value_t = 1, requires = "kafka")]
    pub kafka_replication: u16,
    /// Send through this SMPP server instead of the simulated carrier: NAME=smpp://SYSTEM_ID:PASSWORD@HOST:PORT. May be given
    /// several times; the first is the default route. Implies --no-demo. Without :PASSWORD it is read from
    /// `VOLLEY_CARRIER_PASSWORD_<NAME>`, NAME in capitals with _ for -.
    #[arg(long, value_name = "NAME=URL")]
    pub carrier: Vec<CarrierOption>,
    /// Where the front door listens (gRPC); port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "HOST:PORT")]
    pub listen: SocketAddr,
    /// Where health and metrics are (HTTP); port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "HOST:PORT")]
    pub admin: SocketAddr,
}

/// One SMPP server to send through.
#[derive(Clone)]
pub struct CarrierOption {
    /// Name of the carrier and of its account.
    pub name: CarrierName,
    /// The login.
    pub system_id: String,
    /// The password.
    pub password: Secret,
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// Shows no password.
impl fmt::Debug for CarrierOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=smpp://{}@{}:{}", self.name, self.system_id, self.host, self.port)
    }
}

impl FromStr for CarrierOption {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).map_err(|error| format!("{error:#}"))
    }
}

/// The port SMPP servers listen on by custom.
const PORT_DEFAULT: u16 = 2775;

fn parse(text: &str) -> anyhow::Result<CarrierOption> {
    let (name, url) = text.split_once('=').context("write NAME=smpp://SYSTEM_ID:PASSWORD@HOST:PORT")?;
    let name = CarrierName::new(name).with_context(|| format!("the carrier's name {name:?}"))?;
    let url = Url::parse(url).context("what follows the = is no URL")?;
    if url.scheme() != "smpp" {
        bail!("the URL begins with {}:, not with smpp:", url.scheme());
    }
    let system_id = decoded(url.username()).context("the system_id")?;
    if system_id.is_empty() {
        bail!("the URL names no system_id: smpp://SYSTEM_ID:PASSWORD@HOST:PORT");
    }
    let password = match url.password() {
        Some(password) => decoded(password).context("the password")?,
        None => from_environment(&name)?,
    };
    let host = url.host_str().context("the URL names no host")?.to_owned();
    let port = url.port().unwrap_or(PORT_DEFAULT);
    Ok(CarrierOption { name, system_id, password: Secret::new(password), host, port })
}

fn from_environment(name: &CarrierName) -> anyhow::Result<String> {
    let variable = format!("VOLLEY_CARRIER_PASSWORD_{}", name.as_str().to_uppercase().replace('-', "_"));
    std::env::var(&variable).with_context(|| format!("the URL has no password, and {variable} is not set"))
}

/// Undoes percent-encoding: `%40` is `@`.
fn decoded(text: &str) -> anyhow::Result<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let hex = std::str::from_utf8(&[*high, *low]).map(|hex| u8::from_str_radix(hex, 16));
                octets.push(
                    hex.ok()
                        .and_then(Result::ok)
                        .context("has a % that two hexadecimal digits do not follow")?,
                );
                rest = tail;
            }
            (b'%', _) => bail!("has a % that two hexadecimal digits do not follow"),
            (octet, _) => octets.push(*octet),
        }
    }
    String::from_utf8(octets).context("is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carrier_is_a_name_and_a_url() {
        let carrier: CarrierOption = "sim=smpp://volley:p%40ss@127.0.0.1:2776".parse().unwrap();
        assert_eq!(format!("{carrier:?}"), "sim=smpp://volley@127.0.0.1:2776");
        assert_eq!(carrier.password.expose(), "p@ss");
        assert_eq!("sim=smpp://volley:x@host".parse::<CarrierOption>().unwrap().port, 2775);
    }

    #[test]
    fn what_is_wrong_is_named_and_the_password_is_not() {
        let fault = |text: &str| text.parse::<CarrierOption>().unwrap_err();
        assert!(fault("smpp://a:b@c:1").contains("NAME="));
        assert!(fault("Sim=smpp://a:b@c:1").contains("carrier's name"));
        assert!(fault("sim=http://a:b@c:1").contains("smpp:"));
        assert!(fault("sim=smpp://c:1").contains("system_id"));
        assert!(fault("no-pass=smpp://a@c:1").contains("VOLLEY_CARRIER_PASSWORD_NO_PASS"));
        assert!(!fault("sim=http://a:topsecret@c:1").contains("topsecret"));
    }
}
