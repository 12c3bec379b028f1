//! Ports for servers that are started again on the same one.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process,
    sync::atomic::{AtomicU16, Ordering},
};

use anyhow::{Result, bail};

/// Below the range from which systems by default take ports for connections that go out: while such a server is down, nobody gets
/// its port by chance.
const FIRST: u16 = 15_000;
const COUNT: u16 = 16_000;

/// How far apart two processes begin to look.
const STRIDE: u32 = 61;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// An address nobody listens on; another at each call.
///
/// # Errors
///
/// When every port is taken.
pub fn free_address() -> Result<SocketAddr> {
    let begin = process::id().wrapping_mul(STRIDE) % u32::from(COUNT);
    for _ in 0..COUNT {
        let next = (begin + u32::from(NEXT.fetch_add(1, Ordering::Relaxed))) % u32::from(COUNT);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, FIRST + u16::try_from(next)?));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    bail!("none of the {COUNT} ports from {FIRST} on is free")
}
