//! One connection to a carrier, plain or under TLS: octets in, octets out. What they mean is decided elsewhere.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, mpsc},
    time::timeout,
};
use volley_carrier_egress_core::LinkId;
use volley_carrier_profile::Tls;

use crate::{
    carrier::Input,
    tls::{self, Handshake},
};

/// How long the last words of a session may take to be written, in milliseconds.
const LAST_WORDS_MS: u64 = 1_000;

/// Octets read at once.
const READ_OCTETS: usize = 64 * 1024;

/// Octets that may wait for the socket; beyond them the session keeps its own, and stops sending by itself.
const UNWRITTEN_OCTETS_MAX: usize = 256 * 1024;

/// Where to connect, and how long that may take.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub host: String,
    pub port: u16,
    pub connect_timeout: Duration,
    /// TLS; `None` for plain TCP.
    pub tls: Option<Arc<Tls>>,
}

/// What happened on a connection.
#[derive(Debug)]
pub(crate) enum LinkInput {
    Connected,
    Octets(BytesMut),
    /// It ended, or never came to be.
    Lost(io::Error),
}

/// Our end of a connection. When it is dropped, what was written still goes out, and then the connection ends.
#[derive(Debug)]
pub(crate) struct Link {
    pub id: LinkId,
    output: Arc<Output>,
}

#[derive(Debug, Default)]
struct Output {
    state: Mutex<OutputState>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct OutputState {
    octets: BytesMut,
    ended: bool,
}

impl Output {
    fn state(&self) -> MutexGuard<'_, OutputState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Link {
    /// Begins to connect. What comes of it is told to the inbox.
    pub fn open(id: LinkId, peer: Peer, inbox: mpsc::Sender<Input>) -> Self {
        let output = Arc::new(Output::default());
        tokio::spawn(serve(id, peer, inbox, Arc::clone(&output)));
        Self { id, output }
    }

    /// Whether more octets may be handed over.
    pub fn takes_more(&self) -> bool {
        self.output.state().octets.len() < UNWRITTEN_OCTETS_MAX
    }

    /// Hands octets over; `octets` is empty afterwards.
    pub fn write(&self, octets: &mut BytesMut) {
        let mut state = self.output.state();
        if state.octets.is_empty() {
            std::mem::swap(&mut state.octets, octets);
        } else {
            state.octets.extend_from_slice(octets);
        }
        octets.clear();
        drop(state);
        self.output.wake.notify_one();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.output.state().ended = true;
        self.output.wake.notify_one();
    }
}

async fn serve(id: LinkId, peer: Peer, inbox: mpsc::Sender<Input>, output: Arc<Output>) {
    let connecting = timeout(peer.connect_timeout, connect(&peer));
    let lost = match connecting.await.map_err(io::Error::from).flatten() {
        Ok(stream) => match inbox.send(Input::Link(id, LinkInput::Connected)).await {
            Ok(()) => exchange(id, stream, &inbox, &output).await.err(),
            Err(_) => return,
        },
        Err(error) => Some(error),
    };
    if let Some(error) = lost {
        // When nobody listens any more, nobody wants to know.
        let _ = inbox.send(Input::Link(id, LinkInput::Lost(error))).await;
    }
}

/// A connection, plain or under TLS.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

async fn connect(peer: &Peer) -> io::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect((peer.host.as_str(), peer.port)).await?;
    stream.set_nodelay(true)?;
    let Some(tls) = &peer.tls else { return Ok(Box::new(stream)) };
    let Handshake { connector, server_name } = tls::prepare(Arc::clone(tls), peer.host.clone()).await?;
    Ok(Box::new(connector.connect(server_name, stream).await?))
}

/// Moves octets until either side ends. `Ok` when we did.
async fn exchange(id: LinkId, stream: Box<dyn Stream>, inbox: &mpsc::Sender<Input>, output: &Output) -> io::Result<()> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let (mut unread, mut unwritten) = (BytesMut::with_capacity(READ_OCTETS), BytesMut::new());
    let (mut permit, mut unflushed) = (None, false);
    loop {
        let ended = take_output(output, &mut unwritten);
        if ended {
            return timeout(Duration::from_millis(LAST_WORDS_MS), part(&mut writer, unwritten))
                .await
                .unwrap_or(Ok(()));
        }
        tokio::select! {
            pushed = push(&mut writer, &mut unwritten), if unflushed || !unwritten.is_empty() => unflushed = pushed?,
            reserved = inbox.reserve(), if permit.is_none() => match reserved {
                Ok(reserved) => permit = Some(reserved),
                Err(_) => return Ok(()),
            },
            read = reader.read_buf(&mut unread), if permit.is_some() => {
                if read? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                if let Some(permit) = permit.take() {
                    permit.send(Input::Link(id, LinkInput::Octets(unread.split())));
                }
                unread.reserve(READ_OCTETS);
            }
            () = output.wake.notified() => {}
        }
    }
}

/// Writes some, or flushes what was written: TLS keeps records back. Gives whether there is something to flush.
async fn push(writer: &mut (impl AsyncWrite + Unpin), unwritten: &mut BytesMut) -> io::Result<bool> {
    if unwritten.is_empty() {
        writer.flush().await?;
        return Ok(false);
    }
    writer.write_buf(unwritten).await?;
    Ok(true)
}

/// Writes the last words and says that there are no more.
async fn part(writer: &mut (impl AsyncWrite + Unpin), mut unwritten: BytesMut) -> io::Result<()> {
    writer.write_all_buf(&mut unwritten).await?;
    writer.shutdown().await
}

/// Takes over what is to be written, unless the socket still has enough of it; gives whether that was the last.
fn take_output(output: &Output, unwritten: &mut BytesMut) -> bool {
    let mut state = output.state();
    if unwritten.is_empty() {
        std::mem::swap(&mut state.octets, unwritten);
    } else if state.ended {
        unwritten.extend_from_slice(&state.octets);
        state.octets.clear();
    }
    state.ended
}
