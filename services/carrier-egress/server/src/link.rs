//! One connection to a carrier: octets in, octets out. What they mean is decided elsewhere.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, mpsc},
    time::timeout,
};
use volley_carrier_egress_core::LinkId;

use crate::carrier::Input;

/// How long a connection may take to be there, in milliseconds.
const CONNECT_TIMEOUT_MS: u64 = 10_000;

/// How long the last words of a session may take to be written, in milliseconds.
const LAST_WORDS_MS: u64 = 1_000;

/// Octets read at once.
const READ_OCTETS: usize = 64 * 1024;

/// Octets that may wait for the socket; beyond them the session keeps its own, and stops sending by itself.
const UNWRITTEN_OCTETS_MAX: usize = 256 * 1024;

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
    pub fn open(id: LinkId, host: String, port: u16, inbox: mpsc::Sender<Input>) -> Self {
        let output = Arc::new(Output::default());
        tokio::spawn(serve(id, host, port, inbox, Arc::clone(&output)));
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

async fn serve(id: LinkId, host: String, port: u16, inbox: mpsc::Sender<Input>, output: Arc<Output>) {
    let lost = match connect(&host, port).await {
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

async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let connecting = TcpStream::connect((host, port));
    let stream = timeout(Duration::from_millis(CONNECT_TIMEOUT_MS), connecting).await??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Moves octets until either side ends. `Ok` when we did.
async fn exchange(id: LinkId, stream: TcpStream, inbox: &mpsc::Sender<Input>, output: &Output) -> io::Result<()> {
    let (mut reader, mut writer) = stream.into_split();
    let (mut unread, mut unwritten) = (BytesMut::with_capacity(READ_OCTETS), BytesMut::new());
    let mut permit = None;
    loop {
        let ended = take_output(output, &mut unwritten);
        if ended {
            let parting = writer.write_all_buf(&mut unwritten);
            return timeout(Duration::from_millis(LAST_WORDS_MS), parting).await.unwrap_or(Ok(()));
        }
        tokio::select! {
            written = writer.write_buf(&mut unwritten), if !unwritten.is_empty() => { written?; }
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
