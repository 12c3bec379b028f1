//! TLS towards a carrier: whom we trust, the name we expect, the certificate we show. Files are read anew for each connection, so
//! that a renewed certificate needs no restart.

use std::{io, sync::Arc};

use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    },
};
use volley_carrier_profile::Tls;

/// Everything a handshake needs.
pub(crate) struct Handshake {
    pub connector: TlsConnector,
    pub server_name: ServerName<'static>,
}

/// Prepares a handshake with a host.
///
/// # Errors
/// A file that cannot be read or holds nothing usable, or a name that none can be certified for; the error names it.
pub(crate) async fn prepare(tls: Arc<Tls>, host: String) -> io::Result<Handshake> {
    tokio::task::spawn_blocking(move || read(&tls, host))
        .await
        .map_err(io::Error::other)?
}

fn read(tls: &Tls, host: String) -> io::Result<Handshake> {
    let name = tls.server_name.clone().unwrap_or(host);
    let server_name = ServerName::try_from(name.clone()).map_err(|error| named(&name, error))?;
    let config = ClientConfig::builder().with_root_certificates(authorities(tls)?);
    let config = match (&tls.certificate_file, &tls.key_file) {
        (Some(certificate), Some(key)) => {
            let private = PrivateKeyDer::from_pem_file(key).map_err(|error| named(key, error))?;
            let shown = config.with_client_auth_cert(certificates(certificate)?, private);
            shown.map_err(|error| named(certificate, error))?
        }
        _ => config.with_no_client_auth(),
    };
    Ok(Handshake { connector: TlsConnector::from(Arc::new(config)), server_name })
}

/// Those in the profile's file, else the system's.
fn authorities(tls: &Tls) -> io::Result<RootCertStore> {
    let mut authorities = RootCertStore::empty();
    match &tls.ca_file {
        Some(file) => {
            for certificate in certificates(file)? {
                authorities.add(certificate).map_err(|error| named(file, error))?;
            }
        }
        // A system may hold certificates that are of no use here; the others serve.
        None => {
            authorities.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    match authorities.is_empty() {
        true => Err(io::Error::other("no authority to trust: the profile names no ca_file, and the system has none")),
        false => Ok(authorities),
    }
}

/// All certificates of a PEM file; at least one.
fn certificates(file: &str) -> io::Result<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| named(file, error))?;
    match found.is_empty() {
        true => Err(io::Error::other(format!("{file}: holds no certificate"))),
        false => Ok(found),
    }
}

fn named(what: &str, error: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("{what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_wrong_with_a_file_is_told_with_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let empty = dir.path().join("empty.pem");
        std::fs::write(&empty, "nothing\n").unwrap();
        let fault = async |tls: Tls, host: &str| match prepare(Arc::new(tls), host.to_owned()).await {
            Ok(_) => panic!("it is prepared"),
            Err(error) => error.to_string(),
        };
        let ca = |file: &str| Tls { ca_file: Some(file.to_owned()), ..Tls::default() };
        assert!(fault(ca("/nowhere.pem"), "smsc.example").await.starts_with("/nowhere.pem: "));
        assert!(
            fault(ca(&empty.display().to_string()), "smsc.example")
                .await
                .contains("holds no certificate")
        );
        assert!(fault(Tls::default(), "not a name").await.starts_with("not a name: "));
    }
}
