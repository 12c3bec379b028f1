//! Carriers that call: one connects, says `outbind` with its name and password, and is bound to as a receiver (SMPP 3.4 §2.2.1, §4.1.7).
//! Off unless `[outbind.<account>]` names an address. Plain TCP: put it behind a VPN.
//!
//! ```text
//!   carrier ══connects, outbind══▶ here: who is it? ══▶ the carrier's task ══bind_receiver══▶ carrier ══deliver_sm══▶ …
//! ```

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    time::{sleep, timeout},
};
use volley_smpp::{FrameDecoder, Pdu, pdu::Outbind};
use volley_types::AccountId;

use crate::{carrier::Input, config::OutbindConfig};

/// Connections of one account that may be about to say who they are; a further one is closed at once.
const CALLERS_MAX: usize = 4;

/// How long a caller may take to say who it is.
const INTRODUCTION_MAX: Duration = Duration::from_secs(10);

/// Octets of an `outbind` at most: header, name and password, with room for longer ones than the specification's.
const OUTBIND_OCTETS_MAX: usize = 256;

/// Octets of a header.
const HEADER_OCTETS: usize = 16;

/// How long an address that cannot be had, or an accept that failed, rests before it is tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// Why a caller is not let in.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("it said nothing in time")]
    Silent,
    #[error("the connection ended")]
    Gone(#[source] io::Error),
    #[error("it did not begin with an outbind")]
    NoOutbind,
    #[error("its name or password is another")]
    Stranger,
}

/// Listens for the carrier's calls to an account, and hands those over that say who they are.
pub(crate) async fn listen(account: AccountId, config: OutbindConfig, inbox: mpsc::Sender<Input>) {
    let (config, room) = (Arc::new(config), Arc::new(Semaphore::new(CALLERS_MAX)));
    loop {
        match TcpListener::bind(config.listen).await {
            Ok(listener) => {
                tracing::info!(%account, address = %config.listen, "the carrier may call");
                accept_all(&listener, &account, &config, &room, &inbox).await;
            }
            Err(error) => tracing::error!(%account, address = %config.listen, %error, "the carrier cannot call"),
        }
        sleep(RETRY_PAUSE).await;
    }
}

async fn accept_all(
    listener: &TcpListener,
    account: &AccountId,
    config: &Arc<OutbindConfig>,
    room: &Arc<Semaphore>,
    inbox: &mpsc::Sender<Input>,
) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%account, %error, "a call could not be taken");
                return;
            }
        };
        let Ok(place) = Arc::clone(room).try_acquire_owned() else {
            tracing::warn!(%account, "too many callers at once: one is turned away");
            continue;
        };
        let (account, config, inbox) = (account.clone(), Arc::clone(config), inbox.clone());
        tokio::spawn(async move {
            match introduced(stream, &config).await {
                // When nobody listens any more, the call ends with it.
                Ok(stream) => drop(inbox.send(Input::Called { account, stream }).await),
                Err(refusal) => tracing::warn!(%account, %refusal, "a caller is turned away"),
            }
            drop(place);
        });
    }
}

/// The connection of a caller that has said who it is. Nothing behind its `outbind` is read: it waits to be bound to.
async fn introduced(mut stream: TcpStream, config: &OutbindConfig) -> Result<TcpStream, Refusal> {
    stream.set_nodelay(true).map_err(Refusal::Gone)?;
    let outbind = timeout(INTRODUCTION_MAX, read_outbind(&mut stream)).await;
    let outbind = outbind.map_err(|_| Refusal::Silent)??;
    let known = same(&outbind.system_id, &config.system_id) & same(&outbind.password, config.password.expose());
    if known { Ok(stream) } else { Err(Refusal::Stranger) }
}

async fn read_outbind(stream: &mut TcpStream) -> Result<Outbind, Refusal> {
    let mut octets = vec![0; HEADER_OCTETS];
    stream.read_exact(&mut octets).await.map_err(Refusal::Gone)?;
    let length = octets
        .first_chunk::<4>()
        .map_or(0, |length| u32::from_be_bytes(*length) as usize);
    if !(HEADER_OCTETS..=OUTBIND_OCTETS_MAX).contains(&length) {
        return Err(Refusal::NoOutbind);
    }
    octets.resize(length, 0);
    stream.read_exact(&mut octets[HEADER_OCTETS..]).await.map_err(Refusal::Gone)?;
    let mut decoder = FrameDecoder::new();
    decoder.feed(&octets);
    match decoder.next_frame() {
        Some(Ok(frame)) => match frame.pdu {
            Pdu::Outbind(outbind) => Ok(*outbind),
            _ => Err(Refusal::NoOutbind),
        },
        Some(Err(_)) | None => Err(Refusal::NoOutbind),
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn same(said: &str, wanted: &str) -> bool {
    let difference = said.bytes().zip(wanted.bytes()).fold(0, |seen, (a, b)| seen | (a ^ b));
    said.len() == wanted.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_equal_texts_are_the_same() {
        assert!(same("", "") && same("secret", "secret"));
        assert!(!same("secret", "secre") && !same("secret", "secres") && !same("", "x"));
    }
}
