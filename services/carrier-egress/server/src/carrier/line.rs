//! One account of a carrier, as the shell sees it: its sessions, its lanes' readers, what was told about it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;
use volley_carrier_egress_core::{AccountSettings, Allowances, BINDS_MAX, LinkId};
use volley_carrier_profile::{BindStyle, Limits, SessionRules, Tls};
use volley_events::config::AccountConfig;
use volley_runtime::Secret;
use volley_smpp::{BindMode, CloseReason, EsmeSession, ReconnectPauses, SessionConfig};

use super::ending::Ending;
use crate::{
    error::CarrierError,
    link::Peer,
    metrics::AccountMetrics,
    rules::Rules,
    smpp::{Slot, SlotState},
};

/// The shortest time a segment may stay unanswered, in milliseconds.
const RESPONSE_TIMEOUT_MS_MIN: u64 = 100;

/// Places for sessions. The first [`BINDS_MAX`] send; each of the next ones receives for a transmitter [`BINDS_MAX`] below it; the
/// last one receives where the carrier has called.
const SLOTS: u16 = 2 * BINDS_MAX + 1;

/// The place of the session on a connection that the carrier has made; there is one at a time.
pub(super) const CALLED: u16 = 2 * BINDS_MAX;

/// One account.
pub(super) struct Line {
    pub config: Arc<AccountConfig>,
    rules: Arc<Rules>,
    pub settings: AccountSettings,
    password: Secret,
    /// [`SLOTS`] of them.
    pub slots: Vec<Slot>,
    /// The carrier has refused transceivers: sessions come in pairs.
    in_pairs: bool,
    /// Why the newest session to end did, until one is bound: of those that send, and of those that only receive.
    trouble: [Option<String>; 2],
    pub allowances: Allowances,
    pub metrics: AccountMetrics,
    /// How far each lane is settled: its reader goes on by it.
    pub positions: [watch::Sender<u64>; 3],
    pub readers: Vec<AbortOnDropHandle<()>>,
}

impl Line {
    pub fn new(
        config: Arc<AccountConfig>,
        rules: Arc<Rules>,
        password: Secret,
        allowances: Allowances,
        positions: [watch::Sender<u64>; 3],
        now: Instant,
    ) -> Self {
        Self {
            settings: rules.settings(&config),
            slots: (0..SLOTS).map(|_| Slot::idle(now)).collect(),
            in_pairs: false,
            trouble: [None, None],
            metrics: AccountMetrics::new(&config.account),
            readers: Vec::new(),
            config,
            rules,
            password,
            allowances,
            positions,
        }
    }

    fn session_rules(&self) -> &SessionRules {
        &self.rules.profile.session
    }

    /// Whether sessions that only receive are wanted beside those that send, or instead.
    fn receives_apart(&self) -> bool {
        match self.session_rules().bind {
            BindStyle::Auto => self.in_pairs,
            BindStyle::Pair | BindStyle::Receiver => true,
            BindStyle::Transceiver | BindStyle::Transmitter => false,
        }
    }

    /// Whether there shall be a session in this place.
    fn wants(&self, bind: u16) -> bool {
        match sends(bind) {
            _ if bind == CALLED => false,
            true => bind < self.settings.binds && self.session_rules().bind != BindStyle::Receiver,
            false => bind - BINDS_MAX < self.settings.binds && self.receives_apart(),
        }
    }

    /// What a session in this place may do.
    fn mode_of(&self, bind: u16) -> BindMode {
        let style = self.session_rules().bind;
        match sends(bind) {
            false => BindMode::Receiver,
            true if style == BindStyle::Transmitter || self.receives_apart() => BindMode::Transmitter,
            true => BindMode::Transceiver,
        }
    }

    /// Takes over a changed configuration; sessions that do not fit it any more end in order.
    pub fn configure(&mut self, config: &Arc<AccountConfig>, rules: &Arc<Rules>, now: Instant) {
        let moved = place(config) != place(&self.config) || login(rules) != login(&self.rules);
        let other = moved
            || config.window != self.config.window
            || config.response_timeout != self.config.response_timeout
            || window_of(rules) != window_of(&self.rules);
        self.config = Arc::clone(config);
        self.rules = Arc::clone(rules);
        self.settings = rules.settings(config);
        self.in_pairs &= !moved;
        for bind in 0..SLOTS {
            let stays = if bind == CALLED { !self.config.closed } else { self.wants(bind) };
            if other || !stays {
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

    /// Where to connect, and how.
    pub fn peer(&self) -> Peer {
        Peer {
            hosts: self.config.host.clone(),
            port: self.config.port,
            connect_timeout: Duration::from_millis(self.session_rules().connect_timeout_ms),
            tls: self.rules.profile.tls.clone().map(Arc::new),
        }
    }

    /// Begins a session on a fresh connection.
    pub fn begin_session(&self, bind: u16, now: Instant) -> Result<EsmeSession, CarrierError> {
        let rules = self.session_rules();
        let timeout_ms = self.config.response_timeout.as_millis().max(RESPONSE_TIMEOUT_MS_MIN);
        let session = SessionConfig {
            mode: self.mode_of(bind),
            window: self.settings.window.clamp(1, volley_smpp::session::WINDOW_MAX),
            system_type: rules.system_type.clone(),
            interface_version: rules.interface_version,
            bind_timeout: Duration::from_millis(rules.bind_timeout_ms),
            enquire_link_interval: Duration::from_millis(rules.enquire_link_interval_ms),
            enquire_link_timeout: Duration::from_millis(rules.enquire_link_timeout_ms),
            response_timeout: Duration::from_millis(timeout_ms),
            ..SessionConfig::new(self.config.system_id.clone(), self.password.expose())
        };
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
        self.trouble[side(bind)] = None;
        if let Some(slot) = self.slots.get_mut(usize::from(bind)) {
            slot.backoff.bound();
        }
    }

    /// What it lacks: sessions that send, or sessions that receive.
    pub fn lacks(&self) -> Option<String> {
        if self.config.closed {
            return None;
        }
        let lacking = |bind: u16, what: &str| {
            let wanted = self.wants(bind);
            let bound = self
                .slots
                .iter()
                .zip(0..)
                .any(|(slot, other)| side(other) == side(bind) && slot.is_bound());
            let waiting = || format!("account {}: no session that {what} is bound yet", self.config.account);
            (wanted && !bound).then(|| self.trouble[side(bind)].clone().unwrap_or_else(waiting))
        };
        lacking(0, "sends").or_else(|| lacking(BINDS_MAX, "receives"))
    }

    /// A session, or an attempt at one, ended; gives the connection that is over.
    pub fn end(&mut self, bind: u16, reason: CloseReason, jitter: f64, now: Instant) -> Option<LinkId> {
        let (planned, pauses) = (self.mode_of(bind), self.pauses());
        let may_pair = self.session_rules().bind == BindStyle::Auto;
        let slot = self.slots.get_mut(usize::from(bind))?;
        let ending = Ending {
            reason,
            cause: slot.cause.take(),
            mode: slot.session().map_or(planned, EsmeSession::mode),
            may_pair,
            connected: slot.session().is_some(),
        };
        let as_pair = ending.asks_for_a_pair();
        let pause = if as_pair {
            Duration::ZERO
        } else {
            slot.backoff.pause(reason, pauses, jitter)
        };
        let idle = SlotState::Idle { from: now + pause };
        let link = match std::mem::replace(&mut slot.state, idle) {
            SlotState::Open { link, .. } | SlotState::Connecting(link) => Some(link.id),
            SlotState::Idle { .. } => None,
        };
        self.in_pairs |= as_pair;
        ending.log(&self.config, bind, pause);
        self.trouble[side(bind)] = Some(ending.in_words(&self.config));
        link
    }

    fn pauses(&self) -> ReconnectPauses {
        let rules = self.session_rules();
        ReconnectPauses {
            first: Duration::from_millis(rules.reconnect_first_ms),
            longest: Duration::from_millis(rules.reconnect_max_ms),
            refused: Duration::from_millis(rules.refused_pause_ms),
        }
    }
}

/// Whether sessions in this place send.
fn sends(bind: u16) -> bool {
    bind < BINDS_MAX
}

/// 0 for places that send, 1 for those that only receive.
fn side(bind: u16) -> usize {
    usize::from(!sends(bind))
}

fn place(config: &AccountConfig) -> (&str, u16, &str) {
    (&config.host, config.port, &config.system_id)
}

fn login(rules: &Rules) -> (&SessionRules, Option<&Tls>) {
    (&rules.profile.session, rules.profile.tls.as_ref())
}

fn window_of(rules: &Rules) -> u16 {
    let Limits { window, .. } = rules.profile.limits;
    window
}
