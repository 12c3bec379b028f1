//! Certificates for an hour of testing, made by the `openssl` command.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// An authority, and what it signed: for a carrier and for its client.
#[derive(Debug)]
pub struct Certificates {
    dir: TempDir,
}

impl Certificates {
    /// Makes them; the carrier's is for this name.
    ///
    /// # Errors
    /// When `openssl` is missing or refuses.
    pub fn make(carrier: &str) -> Result<Self> {
        let made = Self { dir: tempfile::tempdir()? };
        let dir = made.dir.path();
        openssl(dir, "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem")?;
        made.sign("carrier", &format!("subjectAltName=DNS:{carrier}"))?;
        made.sign("client", "extendedKeyUsage=clientAuth")?;
        Ok(made)
    }

    fn sign(&self, name: &str, extension: &str) -> Result<()> {
        let dir = self.dir.path();
        fs::write(dir.join("extension"), extension)?;
        openssl(dir, &format!("req -newkey rsa:2048 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr"))?;
        let sign = "x509 -req -days 2 -CA ca.pem -CAkey ca.key -CAcreateserial -extfile extension";
        openssl(dir, &format!("{sign} -in {name}.csr -out {name}.pem"))
    }

    /// The options of a carrier that shows its own and wants to see the client's.
    pub fn of_carrier(&self) -> [(&'static str, String); 3] {
        [("--tls-key", "carrier.key"), ("--tls-cert", "carrier.pem"), ("--tls-client-ca", "ca.pem")]
            .map(|(option, file)| (option, self.path(file).display().to_string()))
    }

    /// A profile that expects this name; gives its file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn profile(&self, server_name: &str) -> Result<PathBuf> {
        let path = |file: &str| self.path(file).display().to_string();
        let profile = format!(
            "[tls]\nserver_name = {server_name:?}\nca_file = {:?}\ncertificate_file = {:?}\nkey_file = {:?}\n",
            path("ca.pem"),
            path("client.pem"),
            path("client.key")
        );
        let file = self.path(&format!("{server_name}.toml"));
        fs::write(&file, profile)?;
        Ok(file)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }
}

fn openssl(dir: &Path, arguments: &str) -> Result<()> {
    let run = Command::new("openssl").args(arguments.split(' ')).current_dir(dir).output();
    let output = run.context("cannot run openssl, which makes certificates for the tests; install it")?;
    ensure!(output.status.success(), "openssl {arguments}:\n{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
