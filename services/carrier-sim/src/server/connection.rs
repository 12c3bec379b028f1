//! One connection: octets from the socket to the carrier, and what the carrier says back, a batch at a time.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::Notify;

use super::Shared;
use crate::carrier::{End, Output};
use crate::clock::Now;

/// Octets read at once.
const READ_OCTETS: usize = 64 * 1024;
/// Octets a client may leave unread before the carrier stops reading from it.
const UNWRITTEN_OCTETS_MAX: usize = 1024 * 1024;
/// How long a link that ends politely waits for the client's last answers, in milliseconds.
const LAST_WORDS_MS: u64 = 500;

/// What the carrier says first on a connection of its own making.
pub(super) struct Call {
    pub(super) system_id: String,
    pub(super) password: String,
}

/// Serves a connection until either side has enough of it.
pub(super) async fn serve(shared: Arc<Shared>, mut stream: TcpStream, call: Option<Call>) {
    let wake = Arc::new(Notify::new());
    let link = shared.carrier().open(Arc::clone(&wake), Now::read());
    if let Some(Call { system_id, password }) = call {
        shared.carrier().call(link, &system_id, &password);
    }
    let (reader, writer) = stream.split();
    let mut connection = Connection { shared: &shared, link, input: BytesMut::with_capacity(READ_OCTETS), reader };
    if let Err(error) = connection.exchange(writer, &wake).await {
        tracing::debug!(link, %error, "a link broke");
    }
    shared.carrier().closed(link, Now::read());
}

struct Connection<'a> {
    shared: &'a Shared,
    link: u64,
    input: BytesMut,
    reader: ReadHalf<'a>,
}

impl Connection<'_> {
    async fn exchange(&mut self, mut writer: WriteHalf<'_>, wake: &Notify) -> io::Result<()> {
        let mut unwritten = BytesMut::new();
        // What was read while the carrier fell silent is heard when it is back.
        let mut deaf = false;
        loop {
            let Output { octets, end, reading } = self.shared.carrier().take_output(self.link);
            unwritten.unsplit(octets);
            match end {
                End::Open => {}
                End::AfterWriting => return self.part(writer, &unwritten).await,
                End::AtOnce => return Ok(()),
            }
            if reading && deaf {
                deaf = !self.tell();
                continue;
            }
            let reading = reading && unwritten.len() < UNWRITTEN_OCTETS_MAX;
            tokio::select! {
                written = writer.write_buf(&mut unwritten), if !unwritten.is_empty() => { written?; }
                read = self.reader.read_buf(&mut self.input), if reading => {
                    if read? == 0 {
                        return Ok(());
                    }
                    deaf = !self.tell();
                }
                () = wake.notified() => {}
                () = self.shared.closed.cancelled() => return Ok(()),
            }
        }
    }

    /// Writes what is left and hears the answers that are on their way.
    async fn part(&mut self, mut writer: WriteHalf<'_>, unwritten: &[u8]) -> io::Result<()> {
        let parting = async {
            writer.write_all(unwritten).await?;
            writer.shutdown().await?;
            while self.reader.read_buf(&mut self.input).await? > 0 {
                self.tell();
            }
            Ok(())
        };
        tokio::time::timeout(Duration::from_millis(LAST_WORDS_MS), parting)
            .await
            .unwrap_or(Ok(()))
    }

    /// Passes on what was read; false if the carrier did not hear it.
    fn tell(&mut self) -> bool {
        let heard = self.shared.carrier().receive(self.link, &mut self.input, Now::read());
        self.input.reserve(READ_OCTETS);
        heard
    }
}
