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
use volley_smpp::{BindMode, CloseReason, EsmeSession, SessionConfig};

use super::ending::Ending;
use crate::{
    error::CarrierError,
    metrics::AccountMetrics,
    smpp::{Slot, SlotState},
};

/// The shortest time a segment may stay unanswered, in milliseconds.
const RESPONSE_TIMEOUT_MS_MIN: u64 = 100;

/// Places for sessions. The first [`BINDS_MAX`] send; each of the others receives for a transmitter [`BINDS_MAX`] below it.
const SLOTS: u16 = 2 * BINDS_MAX;

/// One account.
pub(super) struct Line {
    pub config: Arc<AccountConfig>,
    password: Secret,
    /// [`SLOTS`] of them.
    pub slots: Vec<Slot>,
    /// The carrier does not know transceivers: sessions come in pairs of a transmitter and a receiver.
    in_pairs: bool,
    /// Why the newest session to end did, until one is bound.
    pub trouble: Option<String>,
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
        let slots = (0..SLOTS).map(|_| Slot::idle(now)).collect();
        let metrics = AccountMetrics::new(&config.account);
        let readers = Vec::new();
        Self {
            config,
            password,
            slots,
            in_pairs: false,
            trouble: None,
            allowances,
            metrics,
            positions,
            readers,
        }
    }

    /// Whether there shall be a session in this place.
    fn wants(&self, bind: u16) -> bool {
        let binds = AccountSettings::from(self.config.as_ref()).binds;
        bind < binds || self.in_pairs && (BINDS_MAX..BINDS_MAX + binds).contains(&bind)
    }

    /// What a session in this place may do.
    fn mode_of(&self, bind: u16) -> BindMode {
        match (self.in_pairs, bind < BINDS_MAX) {
            (false, _) => BindMode::Transceiver,
            (true, true) => BindMode::Transmitter,
            (true, false) => BindMode::Receiver,
        }
    }

    /// Takes over a changed configuration; sessions that do not fit it any more end in order.
    pub fn configure(&mut self, config: &Arc<AccountConfig>, now: Instant) {
        let place = |config: &AccountConfig| (config.host.clone(), config.port, config.system_id.clone());
        let moved = place(config) != place(&self.config);
        let other =
            moved || config.window != self.config.window || config.response_timeout != self.config.response_timeout;
        self.config = Arc::clone(config);
        self.in_pairs &= !moved;
        for bind in 0..SLOTS {
            if other || !self.wants(bind) {
                self.leave(bind, now);
            }
        }
    }

    /// Ends all sessions in order.
    pub fn unbind(&mut self, now: Instant) {
        (0..SLOTS).for_each(|bind| self.leave(bind, now));
    }

    /// Ends a session in order; where there is none, one may be tried from now on.
    fn leave(&mut self, bind: u16, now: Instant) {
        let Some(slot) = self.slots.get_mut(usize::from(bind)) else { return };
        match &mut slot.state {
            SlotState::Open { session, .. } => session.unbind(now),
            SlotState::Connecting(_) => slot.state = SlotState::Idle { from: now },
            SlotState::Idle { from } => *from = now,
        }
    }

    /// Begins a session on a fresh connection.
    pub fn begin_session(&self, bind: u16, now: Instant) -> Result<EsmeSession, CarrierError> {
        let mut session = SessionConfig::new(self.config.system_id.clone(), self.password.expose());
        session.mode = self.mode_of(bind);
        session.window = self.config.window.clamp(1, volley_smpp::session::WINDOW_MAX);
        let timeout_ms = self.config.response_timeout.as_millis().max(RESPONSE_TIMEOUT_MS_MIN);
        session.response_timeout = Duration::from_millis(timeout_ms);
        EsmeSession::new(session, now)
            .map_err(|source| CarrierError::Session { account: self.config.account.clone(), source })
    }

    /// The slots that want a connection now.
    pub fn due(&self, now: Instant) -> impl Iterator<Item = u16> {
        let is_due = move |slot: &Slot| matches!(slot.state, SlotState::Idle { from } if from <= now);
        (0..)
            .zip(&self.slots)
            .filter(move |(bind, slot)| self.wants(*bind) && is_due(slot))
            .map(|(bind, _)| bind)
    }

    /// A session is bound.
    pub fn bound(&mut self, bind: u16) {
        self.trouble = None;
        if let Some(slot) = self.slots.get_mut(usize::from(bind)) {
            slot.backoff.bound();
        }
    }

    /// Why it has no session, as far as is known.
    pub fn why_unbound(&self) -> String {
        let waiting = || format!("account {}: no session is bound yet", self.config.account);
        self.trouble.clone().unwrap_or_else(waiting)
    }

    /// A session, or an attempt at one, ended; gives the connection that is over.
    pub fn end(&mut self, bind: u16, reason: CloseReason, jitter: f64, now: Instant) -> Option<LinkId> {
        let (style, slot) = (self.mode_of(bind), self.slots.get_mut(usize::from(bind))?);
        let ending = Ending {
            reason,
            cause: slot.cause.take(),
            mode: slot.session().map_or(style, EsmeSession::mode),
            connected: slot.session().is_some(),
        };
        let as_pair = ending.refuses_transceivers();
        let pause = if as_pair { Duration::ZERO } else { slot.backoff.pause(reason, jitter) };
        let idle = SlotState::Idle { from: now + pause };
        let link = match std::mem::replace(&mut slot.state, idle) {
            SlotState::Open { link, .. } | SlotState::Connecting(link) => Some(link.id),
            SlotState::Idle { .. } => None,
        };
        self.in_pairs |= as_pair;
        ending.log(&self.config, bind, pause);
        self.trouble = Some(ending.in_words(&self.config));
        link
    }
}
