//! The foreign libraries, fetched once by their package managers, and the carriers on them, compiled once a test process.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Context, Result, anyhow, ensure};
use tempfile::TempDir;

/// Must change with the versions in `pom.xml`.
const JARS: &str = "smpp-jars-1";

/// Must change with `node/package-lock.json`.
const NODE_MODULES: &str = "smpp-node-0.5.1";

/// Marks a directory that was filled to the end.
const COMPLETE: &str = "complete";

/// An SMPP implementation that is not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// `org.jsmpp:jsmpp`, Java.
    Jsmpp,
    /// `com.fizzed:ch-smpp`, Java.
    Cloudhopper,
    /// `smpp` of npm, JavaScript.
    NodeSmpp,
}

impl Library {
    /// The command that starts a carrier on this library; its options are to follow.
    pub(crate) fn command(self) -> Result<Command> {
        match self {
            Self::Jsmpp => java("carrier.JsmppCarrier"),
            Self::Cloudhopper => java("carrier.CloudhopperCarrier"),
            Self::NodeSmpp => node(),
        }
    }
}

fn java(class: &str) -> Result<Command> {
    let jars = jars()?;
    let classes = classes(&jars)?;
    let mut java = Command::new("java");
    java.args(["-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
        .arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
        .arg("-cp")
        .arg(format!("{}:{}/*", classes.display(), jars.display()))
        .arg(class);
    Ok(java)
}

fn node() -> Result<Command> {
    let modules = filled(NODE_MODULES, |directory| {
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source("node").join(file), directory.join(file))?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--silent", "--no-audit", "--no-fund", "--no-update-notifier", "--prefix"])
            .arg(directory);
        run(npm, "npm, which fetches an SMPP server for the tests; install npm")
    })?;
    let mut node = Command::new("node");
    node.env("NODE_PATH", modules.join("node_modules"))
        .arg(source("node").join("carrier.js"));
    Ok(node)
}

fn jars() -> Result<PathBuf> {
    filled(JARS, |directory| {
        let mut mvn = Command::new("mvn");
        mvn.args(["-q", "-B", "-f"])
            .arg(source("pom.xml"))
            .args(["dependency:copy-dependencies", "-DincludeScope=runtime"])
            .arg(format!("-DoutputDirectory={}", directory.display()));
        run(mvn, "mvn, which fetches SMPP servers for the tests; install maven")
    })
}

/// The compiled carriers, made once a process.
fn classes(jars: &Path) -> Result<PathBuf> {
    static CLASSES: OnceLock<Result<TempDir, String>> = OnceLock::new();
    let compiled = CLASSES.get_or_init(|| compile(jars).map_err(|error| format!("{error:#}")));
    match compiled {
        Ok(classes) => Ok(classes.path().to_owned()),
        Err(error) => Err(anyhow!("{error}")),
    }
}

fn compile(jars: &Path) -> Result<TempDir> {
    let classes = tempfile::tempdir()?;
    let sources: Vec<PathBuf> = fs::read_dir(source("java/carrier"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    let mut javac = Command::new("javac");
    javac
        .arg("-d")
        .arg(classes.path())
        .arg("-cp")
        .arg(format!("{}/*", jars.display()))
        .args(sources);
    run(javac, "javac, which compiles the carriers of the tests; install a JDK, 17 or later")?;
    Ok(classes)
}

/// A directory of the build's cache, filled once and kept for every later run. Two processes at once fill it once.
fn filled(name: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let directory = cache()?.join(name);
    fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let lock = File::create(directory.join("lock"))?;
    lock.lock().with_context(|| format!("cannot lock {}", directory.display()))?;
    if !directory.join(COMPLETE).exists() {
        fill(&directory)?;
        File::create(directory.join(COMPLETE))?;
    }
    Ok(directory)
}

fn cache() -> Result<PathBuf> {
    if let Some(directory) = env::var_os("VOLLEY_CACHE") {
        return Ok(directory.into());
    }
    let home = env::var_os("HOME").context("HOME is not set; set VOLLEY_CACHE to a directory for fetched libraries")?;
    Ok(Path::new(&home).join(".cache/volley"))
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn run(mut command: Command, what: &str) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot run {what}"))?;
    let (printed, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{what}: it failed\n{printed}{complained}");
    Ok(())
}
