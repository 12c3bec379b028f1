//! Whether routing keeps up: its lag by partition, and what waits there by tenant (design §3.1, admission).
//!
//! The lag is what stands on a partition of `routing.in` behind the position routing last told. A partition that says nothing for
//! a while lags, however short its backlog is; a front door that just started gives each a while to speak.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::watch, time::timeout};
use volley_events::Progress;
use volley_runtime::Clock;
use volley_types::{Partition, TenantId, TrafficClass};

use crate::{AdmissionConfig, refusal::Refusal};

/// The service whose progress counts.
const ROUTING: &str = "routing";

/// Opens and shuts with routing's progress.
pub(crate) struct Gate {
    bounds: AdmissionConfig,
    backlogs: Vec<Backlog>,
    parked: Mutex<BTreeMap<u16, Vec<(TenantId, u64)>>>,
    news: watch::Sender<()>,
    clock: Clock,
}

/// One partition of `routing.in`.
#[derive(Debug, Default)]
struct Backlog {
    position: AtomicU64,
    end: AtomicU64,
    /// When routing last spoke of it, by the monotonic clock, in microseconds.
    heard_us: AtomicU64,
}

impl Gate {
    /// A gate for partitions that end where told. Until routing says how far it is, it counts as being there.
    pub(crate) fn new(bounds: AdmissionConfig, ends: &[u64], clock: Clock) -> Self {
        let now_us = clock.monotonic_us();
        let backlog = |end: &u64| Backlog {
            position: AtomicU64::new(*end),
            end: AtomicU64::new(*end),
            heard_us: AtomicU64::new(now_us),
        };
        Self {
            bounds,
            backlogs: ends.iter().map(backlog).collect(),
            parked: Mutex::default(),
            news: watch::Sender::new(()),
            clock,
        }
    }

    /// A partition of `routing.in` ends there now.
    pub(crate) fn appended(&self, partition: Partition, end: u64) {
        if let Some(backlog) = self.backlogs.get(usize::from(partition.0)) {
            backlog.end.fetch_max(end, Ordering::Relaxed);
        }
    }

    /// Routing told how far it is.
    pub(crate) fn heard(&self, progress: Progress) {
        if progress.service != ROUTING {
            return;
        }
        if let Some(backlog) = self.backlogs.get(usize::from(progress.partition)) {
            backlog.position.store(progress.position, Ordering::Relaxed);
            backlog.end.fetch_max(progress.end, Ordering::Relaxed);
            backlog.heard_us.store(self.clock.monotonic_us(), Ordering::Relaxed);
        }
        let mut parked = self.parked.lock().unwrap_or_else(PoisonError::into_inner);
        if progress.parked.is_empty() {
            parked.remove(&progress.partition);
        } else {
            parked.insert(progress.partition, progress.parked);
        }
        drop(parked);
        self.news.send_replace(());
    }

    /// Lets a message through, now or within `wait`.
    pub(crate) async fn pass(
        &self,
        tenant: &TenantId,
        class: TrafficClass,
        partition: Partition,
        wait: Duration,
    ) -> Result<(), Refusal> {
        let refusal = match self.check(tenant, class, partition) {
            Ok(()) => return Ok(()),
            Err(refusal) if wait.is_zero() => return Err(refusal),
            Err(refusal) => refusal,
        };
        let mut news = self.news.subscribe();
        let opened = news.wait_for(|()| self.check(tenant, class, partition).is_ok());
        match timeout(wait, opened).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(refusal),
        }
    }

    fn check(&self, tenant: &TenantId, class: TrafficClass, partition: Partition) -> Result<(), Refusal> {
        let lag_max = match class {
            TrafficClass::Otp => self.bounds.otp_lag_records_max,
            TrafficClass::Transactional | TrafficClass::Marketing => self.bounds.lag_records_max,
        };
        let Some(backlog) = self.backlogs.get(usize::from(partition.0)) else {
            return Ok(());
        };
        let (lag, silent_ms) = (backlog.lag(), backlog.silent_ms(self.clock.monotonic_us()));
        if lag_max > 0 && lag >= lag_max {
            return Err(Refusal::Overloaded(format!("partition {partition} is {lag} records behind")));
        }
        if self.bounds.silence_ms_max > 0 && silent_ms >= self.bounds.silence_ms_max {
            return Err(Refusal::Overloaded(format!("partition {partition} has said nothing for {silent_ms} ms")));
        }
        let parked_max = self.bounds.parked_messages_max;
        if parked_max > 0 && class != TrafficClass::Otp && self.parked_by(tenant) >= parked_max {
            return Err(Refusal::Overloaded(format!("more than {parked_max} of your messages wait to be sent")));
        }
        Ok(())
    }

    fn parked_by(&self, tenant: &TenantId) -> u64 {
        let parked = self.parked.lock().unwrap_or_else(PoisonError::into_inner);
        let of_tenant = parked.values().flatten().filter(|(owner, _)| owner == tenant);
        of_tenant.map(|(_, messages)| messages).sum()
    }
}

impl Backlog {
    fn silent_ms(&self, now_us: u64) -> u64 {
        now_us.saturating_sub(self.heard_us.load(Ordering::Relaxed)) / 1_000
    }

    fn lag(&self) -> u64 {
        self.end
            .load(Ordering::Relaxed)
            .saturating_sub(self.position.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use volley_runtime::ManualClock;
    use volley_types::Timestamp;

    use super::*;

    const BOUNDS: AdmissionConfig = AdmissionConfig {
        lag_records_max: 10,
        otp_lag_records_max: 20,
        parked_messages_max: 100,
        silence_ms_max: 5_000,
    };

    /// A gate whose clock stands still.
    fn gate(ends: &[u64]) -> Gate {
        Gate::new(BOUNDS, ends, ManualClock::at(0).clock())
    }

    fn acme() -> TenantId {
        TenantId::new("acme").unwrap()
    }

    fn progress(position: u64, end: u64, parked: u64) -> Progress {
        let parked = vec![(acme(), parked)];
        Progress {
            service: ROUTING.into(),
            partition: 1,
            position,
            end,
            parked,
            at: Timestamp::from_micros(0),
            config_offset: 0,
        }
    }

    async fn passes(gate: &Gate, class: TrafficClass) -> bool {
        gate.pass(&acme(), class, Partition(1), Duration::ZERO).await.is_ok()
    }

    #[tokio::test]
    async fn a_partition_that_lags_is_shut_and_for_codes_later() {
        let gate = gate(&[0, 500]);
        assert!(passes(&gate, TrafficClass::Marketing).await, "nothing was appended since the start");

        gate.appended(Partition(1), 510);
        assert!(!passes(&gate, TrafficClass::Marketing).await);
        assert!(passes(&gate, TrafficClass::Otp).await);

        gate.appended(Partition(1), 520);
        assert!(!passes(&gate, TrafficClass::Otp).await);

        gate.heard(progress(519, 520, 0));
        assert!(passes(&gate, TrafficClass::Marketing).await);
    }

    #[tokio::test]
    async fn a_tenant_with_too_much_waiting_sends_codes_only() {
        let gate = gate(&[0, 0]);
        gate.heard(progress(0, 0, 100));
        assert!(!passes(&gate, TrafficClass::Transactional).await);
        assert!(passes(&gate, TrafficClass::Otp).await);
        gate.heard(progress(0, 0, 99));
        assert!(passes(&gate, TrafficClass::Transactional).await);
    }

    #[tokio::test]
    async fn a_partition_that_says_nothing_is_shut_at_once_also_without_a_backlog() {
        let clock = ManualClock::at(0);
        let gate = Gate::new(BOUNDS, &[0, 0], clock.clock());
        clock.advance(Duration::from_millis(4_999));
        assert!(passes(&gate, TrafficClass::Otp).await, "a gate that was just made gives it a while");

        clock.advance(Duration::from_millis(1));
        assert!(!passes(&gate, TrafficClass::Otp).await);

        gate.heard(progress(0, 0, 0));
        assert!(passes(&gate, TrafficClass::Marketing).await);
        clock.advance(Duration::from_millis(5_000));
        assert!(!passes(&gate, TrafficClass::Marketing).await);
    }

    #[tokio::test]
    async fn a_stream_waits_until_routing_has_caught_up() {
        let gate = Arc::new(gate(&[0, 0]));
        gate.appended(Partition(1), 10);
        let waiting = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move {
                gate.pass(&acme(), TrafficClass::Marketing, Partition(1), Duration::from_secs(30))
                    .await
            }
        });
        tokio::task::yield_now().await;
        gate.heard(progress(1, 10, 0));
        assert_eq!(waiting.await.unwrap(), Ok(()));
    }
}
