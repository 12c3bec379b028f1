//! What lets messages go that wait: room at an account, a configuration record, the end of a pause.

use volley_events::{Allowance, ConfigChange, ConfigRecord, Recall, RecallScope, config::TenantConfig};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_types::{AccountId, Lane, TenantId};

use crate::{
    Routing, RoutingError,
    engine::{Effect, Step},
    rows::{AllowanceRow, ConfigWaitKey, ConfigWaitRow, LaneKey},
};

/// Most messages that one record lets go from an account's lane; the settlements of these let more go.
const RELEASED_MAX: usize = 1_024;

/// Most messages that one record of `config` decides again; Ticks do the rest.
const REDECIDED_MAX: usize = 1_024;

impl Routing {
    /// Whether there is something left that one record was not to do at once.
    pub(crate) fn has_work_left<S: RowStore + ?Sized>(&self, rows: &S) -> Result<bool, RowError> {
        Ok(self.stranded_queue().is_some() || self.ready_for_config(rows)?.is_some())
    }

    /// A queue whose route is gone.
    fn stranded_queue(&self) -> Option<(String, Lane)> {
        let is_known = |prefix: &str| self.directory.routes().any(|route| route.prefix == prefix);
        let mut names = self.queues.names();
        names
            .find(|(prefix, _)| !is_known(prefix))
            .map(|(prefix, lane)| (prefix.to_owned(), lane))
    }

    /// The first message that waits for a configuration record which is there.
    fn ready_for_config<S: RowStore + ?Sized>(&self, rows: &S) -> Result<Option<ConfigWaitKey>, RowError> {
        let first = rows.rows_with_prefix::<ConfigWaitRow>(&[], 1)?.pop().map(|(key, _)| key);
        Ok(first.filter(|key| key.config_offset <= self.directory.offset()))
    }
}

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// Keeps how many attempts an account's lane may have unsettled; the newest run's newest word counts.
    pub fn allow(&mut self, allowance: &Allowance) -> Result<(), RoutingError> {
        let key = LaneKey(allowance.account.clone(), allowance.lane);
        let known = self.rows.row::<AllowanceRow>(&key)?.unwrap_or_default();
        if (allowance.run, allowance.revision) <= (known.run, known.revision) {
            return Ok(());
        }
        let row = AllowanceRow {
            run: allowance.run,
            revision: allowance.revision,
            allowed: allowance.allowed,
            unsettled: known.unsettled,
        };
        self.rows.put_row(&key, &row)?;
        self.release(&allowance.account, allowance.lane)
    }

    /// Hands over what waits for an account's lane, as far as its allowance reaches.
    pub fn release(&mut self, account: &AccountId, lane: Lane) -> Result<(), RoutingError> {
        if self.here.queues.is_empty() || !self.here.is_open(account) {
            return Ok(());
        }
        let key = LaneKey(account.clone(), lane);
        let mut left = RELEASED_MAX;
        for route in self.queues_for(account, lane) {
            while left > 0 && self.rows.row::<AllowanceRow>(&key)?.unwrap_or_default().has_room() {
                let Routing { queues, directory, .. } = &mut *self.here;
                let is_paused = |tenant: &TenantId| directory.tenant(tenant).is_some_and(|it| it.paused);
                let Some(place) = queues.next(self.rows, &route, lane, is_paused)? else {
                    break;
                };
                left -= 1;
                self.place_again(place.message)?;
            }
        }
        Ok(())
    }

    /// The routes with messages that wait for this lane, and that the account serves.
    fn queues_for(&self, account: &AccountId, lane: Lane) -> Vec<String> {
        let serves = |prefix: &str| {
            self.here
                .directory
                .routes()
                .any(|route| route.prefix == prefix && route.accounts.contains(account))
        };
        let routes = self.here.queues.routes(lane).filter(|prefix| serves(prefix));
        routes.map(str::to_owned).collect()
    }

    /// Folds a configuration record, and does what follows from it.
    pub fn configure(&mut self, record: &ConfigRecord) -> Result<(), RoutingError> {
        let was_paused = match &record.change {
            ConfigChange::Tenant(tenant) => self.here.is_paused(&tenant.tenant),
            _ => false,
        };
        let applied = self.here.directory.apply_and_keep(record, self.rows)?.is_ok();
        self.do_work_left(REDECIDED_MAX)?;
        match &record.change {
            ConfigChange::Route(route) if applied => route.accounts.iter().try_for_each(|it| self.release_all(it)),
            ConfigChange::Account(account) if applied => self.release_all(&account.account),
            ConfigChange::Tenant(tenant) if applied => self.pause_or_go_on(tenant, was_paused),
            _ => Ok(()),
        }
    }

    /// A pause takes back what is queued for carriers; its end lets go what waits.
    fn pause_or_go_on(&mut self, tenant: &TenantConfig, was_paused: bool) -> Result<(), RoutingError> {
        if tenant.paused && !was_paused {
            let scope = RecallScope::Tenant(tenant.tenant.clone());
            self.effects.push(Effect::Recall(Recall { scope }));
        }
        if was_paused && !tenant.paused {
            let accounts: Vec<_> = self.here.directory.accounts().map(|it| it.account.clone()).collect();
            return accounts.iter().try_for_each(|account| self.release_all(account));
        }
        Ok(())
    }

    fn release_all(&mut self, account: &AccountId) -> Result<(), RoutingError> {
        Lane::ALL.iter().try_for_each(|lane| self.release(account, *lane))
    }

    /// Decides again about messages that wait for a configuration record which is there now, in the order they came, and about
    /// those parked under a route that is gone; at most `limit` of them.
    pub fn do_work_left(&mut self, limit: usize) -> Result<(), RoutingError> {
        for _ in 0..limit {
            if let Some(key) = self.here.ready_for_config(self.rows)? {
                self.place_again(key.message)?;
                continue;
            }
            let Some((route, lane)) = self.here.stranded_queue() else { break };
            let Some(place) = self.here.queues.any_of(self.rows, &route, lane)? else {
                break;
            };
            self.place_again(place.message)?;
        }
        Ok(())
    }
}
