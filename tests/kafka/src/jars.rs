//! Kafka's jars, fetched by Maven once and kept for every later run.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail, ensure};

/// Must be the version in `pom.xml`.
const KAFKA_VERSION: &str = "4.3.1";

/// Marks a directory that was filled to the end.
const COMPLETE: &str = "complete";

/// A directory of jars with which Kafka runs.
#[derive(Debug, Clone)]
pub struct KafkaJars {
    directory: PathBuf,
}

impl KafkaJars {
    /// The jars, fetched if they are not there yet. Two processes at once fetch them once.
    ///
    /// # Errors
    ///
    /// When there is no place to keep them, or `mvn` is missing or fails; its output is part of the error.
    pub fn ensure() -> anyhow::Result<Self> {
        let directory = home()?.join(format!("kafka-{KAFKA_VERSION}"));
        fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
        let lock = File::create(directory.join("lock"))?;
        lock.lock().context("cannot lock the directory of Kafka's jars")?;
        if !directory.join(COMPLETE).exists() {
            fetch(&directory)?;
            File::create(directory.join(COMPLETE))?;
        }
        Ok(Self { directory })
    }

    /// `java` with this heap and Kafka on its class path; the class and its arguments are to follow.
    pub(crate) fn java(&self, heap_mib: u32) -> Command {
        let mut java = Command::new("java");
        java.arg(format!("-Xms{heap_mib}m"))
            .arg(format!("-Xmx{heap_mib}m"))
            .args(["-XX:+UseSerialGC", "-XX:MaxDirectMemorySize=128m", "-XX:TieredStopAtLevel=1"])
            .arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
            .arg("-cp")
            .arg(self.directory.join("*"));
        java
    }

    /// Runs one of Kafka's command-line classes.
    pub(crate) fn tool(&self, class: &str, arguments: &[&str]) -> anyhow::Result<()> {
        let output = self.java(64).arg(class).args(arguments).output().context("cannot run java")?;
        let (printed, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "{class} {arguments:?} failed:\n{printed}{complained}");
        Ok(())
    }
}

/// The cache directory of the build, shared by every checkout.
fn home() -> anyhow::Result<PathBuf> {
    if let Some(directory) = env::var_os("VOLLEY_CACHE") {
        return Ok(directory.into());
    }
    let home = env::var_os("HOME").context("HOME is not set; set VOLLEY_CACHE to a directory for Kafka's jars")?;
    Ok(Path::new(&home).join(".cache/volley"))
}

fn fetch(directory: &Path) -> anyhow::Result<()> {
    let pom = concat!(env!("CARGO_MANIFEST_DIR"), "/pom.xml");
    let fetched = Command::new("mvn")
        .args(["-q", "-B", "-f", pom, "dependency:copy-dependencies", "-DincludeScope=runtime"])
        .arg(format!("-DoutputDirectory={}", directory.display()))
        .output()
        .context("cannot run mvn, which fetches Kafka for the tests; install maven")?;
    if !fetched.status.success() {
        bail!("mvn did not fetch Kafka:\n{}", String::from_utf8_lossy(&fetched.stdout));
    }
    Ok(())
}
