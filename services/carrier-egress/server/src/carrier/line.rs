//! One account of a carrier, as the shell sees it: its sessions, its lanes' readers, what was told about it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;
use volley_carrier_egress_core::{AccountSettings, Allowances, BINDS_MAX, LinkId};
use volley_events::config::AccountConfig;
use volley_runtime::Secret;
use volley_smpp::{CloseReason, EsmeSession, SessionConfig};

use crate::{
    error::CarrierError,
    metrics::AccountMetrics,
    smpp::{Slot, SlotState},
};

/// The shortest time a segment may stay unanswered, in milliseconds.
const RESPONSE_TIMEOUT_MS_MIN: u64 = 100;

/// One account.
pub(super) struct Line {
    pub config: Arc<AccountConfig>,
    password: Secret,
    /// One for each bind that may be, [`BINDS_MAX`] of them.
    pub slots: Vec<Slot>,
    pub allowances: Allowances,
    pub metrics: AccountMetrics,
    /// How far each lane is settled: its reader goes on by it.
    pub positions: [watch::Sender<u64>; 3],
    pub readers: Vec<AbortOnDropHandle<()>>,
}

impl Line {
    pub fn new(
        config: Arc<AccountConfig>,
        password: Secret,
        allowances: Allowances,
        positions: [watch::Sender<u64>; 3],
        now: Instant,
    ) -> Self {
        let slots = (0..BINDS_MAX).map(|_| Slot::idle(now)).collect();
        let metrics = AccountMetrics::new(&config.account);
        Self { config, password, slots, allowances, metrics, positions, readers: Vec::new() }
    }

    /// How many sessions there shall be.
    pub fn binds_wanted(&self) -> u16 {
        AccountSettings::from(self.config.as_ref()).binds
    }

    /// Takes over a changed configuration; sessions that do not fit it any more end in order.
    pub fn configure(&mut self, config: &Arc<AccountConfig>, now: Instant) {
        let place = |config: &AccountConfig| (config.host.clone(), config.port, config.system_id.clone());
        let moved = place(config) != place(&self.config)
            || config.window != self.config.window
            || config.response_timeout != self.config.response_timeout;
        self.config = Arc::clone(config);
        let wanted = usize::from(self.binds_wanted());
        for (number, slot) in self.slots.iter_mut().enumerate() {
            if !moved && number < wanted {
                continue;
            }
            match &mut slot.state {
                SlotState::Open { session, .. } => session.unbind(now),
                SlotState::Connecting(_) => slot.state = SlotState::Idle { from: now },
                SlotState::Idle { from } => *from = now,
            }
        }
    }

    /// Ends all sessions in order.
    pub fn unbind(&mut self, now: Instant) {
        for slot in &mut self.slots {
            match &mut slot.state {
                SlotState::Open { session, .. } => session.unbind(now),
                SlotState::Connecting(_) => slot.state = SlotState::Idle { from: now },
                SlotState::Idle { .. } => {}
            }
        }
    }

    /// Begins a session on a fresh connection.
    pub fn begin_session(&self, now: Instant) -> Result<EsmeSession, CarrierError> {
        let mut session = SessionConfig::new(self.config.system_id.clone(), self.password.expose());
        session.window = self.config.window.clamp(1, volley_smpp::session::WINDOW_MAX);
        let timeout_ms = self.config.response_timeout.as_millis().max(RESPONSE_TIMEOUT_MS_MIN);
        session.response_timeout = Duration::from_millis(timeout_ms);
        EsmeSession::new(session, now)
            .map_err(|source| CarrierError::Session { account: self.config.account.clone(), source })
    }

    /// The slots that want a connection now.
    pub fn due(&self, now: Instant) -> impl Iterator<Item = u16> {
        (0..self.binds_wanted()).filter(move |bind| {
            matches!(self.slots.get(usize::from(*bind)), Some(Slot { state: SlotState::Idle { from }, .. }) if *from <= now)
        })
    }

    /// A session, or an attempt at one, ended; gives the connection that is over.
    pub fn end(&mut self, bind: u16, reason: CloseReason, jitter: f64, now: Instant) -> Option<LinkId> {
        let slot = self.slots.get_mut(usize::from(bind))?;
        let pause = slot.backoff.pause(reason, jitter);
        let idle = SlotState::Idle { from: now + pause };
        tracing::warn!(account = %self.config.account, bind, ?reason, ?pause, "a session ended");
        match std::mem::replace(&mut slot.state, idle) {
            SlotState::Open { link, .. } | SlotState::Connecting(link) => Some(link.id),
            SlotState::Idle { .. } => None,
        }
    }
}
