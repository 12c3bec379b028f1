//! The options of `volley up`.

use std::{fmt, net::SocketAddr, path::Path, str::FromStr};

use anyhow::{Context, bail};
use clap::Args;
use url::Url;
use volley_carrier_profile::Profile;
use volley_runtime::Secret;
use volley_types::CarrierName;

use crate::commands::{in_lines, load};

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
    /// Send through this SMPP server instead of the simulated carrier: NAME=smpp://SYSTEM_ID:PASSWORD@HOST:PORT, or smpps:// for
    /// TLS. May be given several times; the first is the default route. Implies --no-demo. Without :PASSWORD it is read from
    /// `VOLLEY_CARRIER_PASSWORD_<NAME>`, NAME in capitals with _ for -.
    #[arg(long, value_name = "NAME=URL")]
    pub carrier: Vec<CarrierOption>,
    /// Speak to a carrier as this profile says: NAME=FILE, see deploy/carriers and `volley carrier check`. What was set before
    /// stays without it.
    #[arg(long, value_name = "NAME=FILE", requires = "carrier")]
    pub profile: Vec<ProfileOption>,
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
    /// The URL asks for TLS.
    pub tls: bool,
}

/// How one of them wants to be spoken to.
#[derive(Debug, Clone)]
pub struct ProfileOption {
    /// The carrier.
    pub carrier: CarrierName,
    /// Its profile: TOML, checked.
    pub text: String,
    /// What it says.
    pub profile: Profile,
}

impl FromStr for ProfileOption {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = text.split_once('=').ok_or("write NAME=FILE")?;
        let carrier = CarrierName::new(name).map_err(|error| format!("the carrier's name {name:?}: {error}"))?;
        let file = Path::new(file);
        let (text, read) = load(file).map_err(|error| format!("{error:#}"))?;
        let profile = read.map_err(|faults| format!("it has mistakes\n{}", in_lines(file, &faults)))?;
        Ok(Self { carrier, text, profile })
    }
}

/// A profile that asks for TLS, for a carrier that has none and is named with smpps://.
const TLS_PROFILE: &str = "[tls]\nenabled = true\n";

impl UpOptions {
    /// The profile to set for a carrier; `None` to leave it as it is.
    ///
    /// # Errors
    /// The URL asks for TLS and the profile does not.
    pub fn profile_of(&self, carrier: &CarrierOption) -> anyhow::Result<Option<&str>> {
        match self.profile.iter().find(|profile| profile.carrier == carrier.name) {
            Some(given) if carrier.tls && given.profile.tls.is_none() => {
                bail!("{carrier:?} is named with smpps://, and its profile has no [tls]")
            }
            Some(given) => Ok(Some(&given.text)),
            None if carrier.tls => Ok(Some(TLS_PROFILE)),
            None => Ok(None),
        }
    }

    /// Names every profile whose carrier is not on the command line.
    ///
    /// # Errors
    /// The first such profile.
    pub fn check_profiles(&self) -> anyhow::Result<()> {
        let named = |profile: &&ProfileOption| self.carrier.iter().any(|carrier| carrier.name == profile.carrier);
        match self.profile.iter().find(|profile| !named(profile)) {
            Some(stray) => bail!("--profile names {}, which no --carrier does", stray.carrier),
            None => Ok(()),
        }
    }
}

/// Shows no password.
impl fmt::Debug for CarrierOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "smpps" } else { "smpp" };
        write!(f, "{}={scheme}://{}@{}:{}", self.name, self.system_id, self.host, self.port)
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
/// The same for TLS.
const TLS_PORT_DEFAULT: u16 = 3550;

fn parse(text: &str) -> anyhow::Result<CarrierOption> {
    let (name, url) = text.split_once('=').context("write NAME=smpp://SYSTEM_ID:PASSWORD@HOST:PORT")?;
    let name = CarrierName::new(name).with_context(|| format!("the carrier's name {name:?}"))?;
    let url = Url::parse(url).context("what follows the = is no URL")?;
    let tls = match url.scheme() {
        "smpp" => false,
        "smpps" => true,
        other => bail!("the URL begins with {other}:, not with smpp: or smpps:"),
    };
    let system_id = decoded(url.username()).context("the system_id")?;
    if system_id.is_empty() {
        bail!("the URL names no system_id: smpp://SYSTEM_ID:PASSWORD@HOST:PORT");
    }
    let password = match url.password() {
        Some(password) => decoded(password).context("the password")?,
        None => from_environment(&name)?,
    };
    let host = url.host_str().context("the URL names no host")?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = url.port().unwrap_or(if tls { TLS_PORT_DEFAULT } else { PORT_DEFAULT });
    Ok(CarrierOption { name, system_id, password: Secret::new(password), host, port, tls })
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
    use clap::Parser;

    use super::*;

    #[test]
    fn a_carrier_is_a_name_and_a_url() {
        let carrier: CarrierOption = "sim=smpp://volley:p%40ss@127.0.0.1:2776".parse().unwrap();
        assert_eq!(format!("{carrier:?}"), "sim=smpp://volley@127.0.0.1:2776");
        assert_eq!(carrier.password.expose(), "p@ss");
        assert_eq!("sim=smpp://volley:x@host".parse::<CarrierOption>().unwrap().port, 2775);
        assert_eq!("sim=smpp://volley:x@[::1]:2776".parse::<CarrierOption>().unwrap().host, "::1");
        let secured: CarrierOption = "sim=smpps://volley:x@host".parse().unwrap();
        assert_eq!((secured.port, secured.tls), (3550, true));
    }

    #[test]
    fn a_profile_is_checked_where_it_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("acme.toml");
        let option = format!("acme={}", file.display());
        std::fs::write(&file, "[limits]\nwindow = 5000\n").unwrap();
        assert!(option.parse::<ProfileOption>().unwrap_err().contains("limits.window is 5000"));
        std::fs::write(&file, "[limits]\nwindow = 50\n").unwrap();
        assert_eq!(option.parse::<ProfileOption>().unwrap().profile.limits.window, 50);
        assert!(
            "acme=/nowhere.toml"
                .parse::<ProfileOption>()
                .unwrap_err()
                .contains("cannot read")
        );
    }

    #[test]
    fn tls_comes_from_the_url_or_from_the_profile_and_never_against_one() {
        let dir = tempfile::tempdir().unwrap();
        let up = |url: &str, profile: Option<&str>| {
            let mut arguments = vec!["up".to_owned(), "--carrier".to_owned(), format!("acme={url}")];
            if let Some(profile) = profile {
                let file = dir.path().join("acme.toml");
                std::fs::write(&file, profile).unwrap();
                arguments.extend(["--profile".to_owned(), format!("acme={}", file.display())]);
            }
            Up::try_parse_from(arguments).unwrap().options
        };
        let of = |options: &UpOptions| options.profile_of(&options.carrier[0]).map(|text| text.map(str::to_owned));
        assert_eq!(of(&up("smpp://a:b@c", None)).unwrap(), None);
        assert_eq!(of(&up("smpps://a:b@c", None)).unwrap().as_deref(), Some(TLS_PROFILE));
        assert!(of(&up("smpps://a:b@c", Some(""))).is_err());
        assert!(of(&up("smpps://a:b@c", Some("[tls]\n"))).unwrap().is_some());
        assert!(up("smpp://a:b@c", Some("")).check_profiles().is_ok());
    }

    #[derive(clap::Parser)]
    struct Up {
        #[command(flatten)]
        options: UpOptions,
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
