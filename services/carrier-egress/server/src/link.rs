//! One connection to a carrier, plain or under TLS: octets in, octets out. What they mean is decided elsewhere.

use std::{
    io,
    net::SocketAddr,
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
    /// A name or address, or several with commas between them: each connection begins with the next one.
    pub hosts: String,
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

    /// Takes over a connection that the carrier has made.
    pub fn take_over(id: LinkId, stream: TcpStream, inbox: mpsc::Sender<Input>) -> Self {
        let output = Arc::new(Output::default());
        let for_task = Arc::clone(&output);
        tokio::spawn(async move {
            let ended = exchange(id, Box::new(stream), &inbox, &for_task).await;
            tell_lost(id, ended.err(), &inbox).await;
        });
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
    let connecting = timeout(peer.connect_timeout, connect(id, &peer));
    let lost = match connecting.await.map_err(io::Error::from).flatten() {
        Ok(stream) => match inbox.send(Input::Link(id, LinkInput::Connected)).await {
            Ok(()) => exchange(id, stream, &inbox, &output).await.err(),
            Err(_) => return,
        },
        Err(error) => Some(error),
    };
    tell_lost(id, lost, &inbox).await;
}

async fn tell_lost(id: LinkId, lost: Option<io::Error>, inbox: &mpsc::Sender<Input>) {
    if let Some(error) = lost {
        // When nobody listens any more, nobody wants to know.
        let _ = inbox.send(Input::Link(id, LinkInput::Lost(error))).await;
    }
}

/// A connection, plain or under TLS.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Connects to the first address that answers, beginning with another one for each connection: sessions are spread over all
/// addresses of the carrier, and leave one that is gone.
async fn connect(id: LinkId, peer: &Peer) -> io::Result<Box<dyn Stream>> {
    let addresses = addresses(peer).await?;
    let mut failure = io::Error::other("the name has no address");
    for (host, address) in in_turn(&addresses, id) {
        match connect_to(host, *address, peer.tls.as_ref()).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Every address of every host, in the order of the hosts.
async fn addresses(peer: &Peer) -> io::Result<Vec<(&str, SocketAddr)>> {
    let (mut found, mut failure) = (Vec::new(), None);
    for host in peer.hosts.split(',') {
        match tokio::net::lookup_host((host, peer.port)).await {
            Ok(addresses) => found.extend(addresses.map(|address| (host, address))),
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(error) if found.is_empty() => Err(error),
        _ => Ok(found),
    }
}

/// All of them once, beginning where the number of the connection says.
fn in_turn<T>(all: &[T], LinkId(number): LinkId) -> impl Iterator<Item = &T> {
    let count = u64::try_from(all.len()).unwrap_or(u64::MAX).max(1);
    let first = usize::try_from(number % count).unwrap_or(0);
    all.iter().cycle().skip(first).take(all.len())
}

async fn connect_to(host: &str, address: SocketAddr, tls: Option<&Arc<Tls>>) -> io::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let Some(tls) = tls else { return Ok(Box::new(stream)) };
    let Handshake { connector, server_name } = tls::prepare(Arc::clone(tls), host.to_owned()).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_begins_with_the_next_address_and_tries_all() {
        let of = |number| in_turn(&["a", "b", "c"], LinkId(number)).copied().collect::<String>();
        assert_eq!([of(3), of(4), of(5)], ["abc", "bca", "cab"]);
        assert_eq!(in_turn::<u8>(&[], LinkId(1)).count(), 0);
    }

    #[tokio::test]
    async fn several_hosts_are_all_looked_up_and_one_without_address_harms_no_other() {
        let peer = |hosts: &str| Peer {
            hosts: hosts.to_owned(),
            port: 2775,
            connect_timeout: Duration::from_secs(1),
            tls: None,
        };
        let found = addresses(&peer("127.0.0.1,no such host,127.0.0.2"))
            .await
            .map(|found| found.len());
        assert_eq!(found.ok(), Some(2));
        assert!(addresses(&peer("no such host")).await.is_err());
    }
}
