//! A child process that is ended with its handle, by its own pid.

use std::{
    ffi::OsStr,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

/// How long a process may take to end after it was asked to.
const END_PATIENCE: Duration = Duration::from_secs(45);

/// A running process whose output goes to a file.
#[derive(Debug)]
pub struct Process {
    child: Child,
    output: PathBuf,
}

impl Process {
    /// Starts a binary of the workspace.
    ///
    /// # Errors
    /// When it was not built, or does not start.
    pub fn start<A: AsRef<OsStr>>(
        binary: &str,
        arguments: impl IntoIterator<Item = A>,
        environment: &[(String, String)],
        output: &Path,
    ) -> anyhow::Result<Self> {
        Self::start_through(&[], binary, arguments, environment, output)
    }

    /// Starts a binary of the workspace through a command that becomes it, such as one that enters a namespace.
    ///
    /// # Errors
    /// When it was not built, or does not start.
    pub fn start_through<A: AsRef<OsStr>>(
        entry: &[String],
        binary: &str,
        arguments: impl IntoIterator<Item = A>,
        environment: &[(String, String)],
        output: &Path,
    ) -> anyhow::Result<Self> {
        let file = File::create(output).with_context(|| format!("cannot write {}", output.display()))?;
        let program = path_of(binary)?;
        let mut command = match entry {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        let child = command
            .args(arguments)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {binary}"))?;
        Ok(Self { child, output: output.to_owned() })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Fails, with the end of its output, when it has ended.
    ///
    /// # Errors
    /// When it has ended.
    pub fn check_running(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("it ended with {status}:\n{}", self.output_tail()),
        }
    }

    /// Ends it at once, as `kill -9` does.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn kill_9(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end (SIGTERM) and waits.
    ///
    /// # Errors
    /// When it does not end in time, or not with status 0.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.ask_to_end()?;
        self.wait_for_end()
    }

    /// Asks it to end (SIGTERM).
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn ask_to_end(&self) -> anyhow::Result<()> {
        self.signal("TERM")
    }

    /// Stops its clock, so to speak: it does nothing until it is [woken](Self::wake), and does not know that it did nothing.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn freeze(&self) -> anyhow::Result<()> {
        self.signal("STOP")
    }

    /// Lets it go on after [`freeze`](Self::freeze).
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn wake(&self) -> anyhow::Result<()> {
        self.signal("CONT")
    }

    fn signal(&self, signal: &str) -> anyhow::Result<()> {
        let sent = Command::new("kill")
            .arg(format!("-{signal}"))
            .arg(self.id().to_string())
            .status()?;
        anyhow::ensure!(sent.success(), "kill -{signal} failed with {sent}");
        Ok(())
    }

    /// Waits for the end of a process that was asked to.
    ///
    /// # Errors
    /// When it does not end in time, or not with status 0.
    pub fn wait_for_end(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + END_PATIENCE;
        loop {
            match self.child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("it ended with {status}:\n{}", self.output_tail()),
                None if Instant::now() > deadline => bail!("it did not end in time:\n{}", self.output_tail()),
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// The last lines of its output.
    pub fn output_tail(&self) -> String {
        let text = std::fs::read_to_string(&self.output).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The path of a binary of the workspace: beside the folder of this test's own.
pub(crate) fn path_of(binary: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("the test does not know where it is")?;
    // A program lies beside the others, a test in a folder below them.
    let found = own
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(binary))
        .find(|path| path.exists());
    found.with_context(|| format!("{binary} is not there: run `cargo build --workspace --bins` first"))
}
