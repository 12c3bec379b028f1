//! Services on real Kafka, each in a process of its own as on machines of their own: one of each, or several by ordinal.
//!
//! ```text
//!   ingest 0, 1 ──▶ ┌─────────────┐ ◀──▶ routing 0, 1
//!                   │ Kafka, 1, 3 │
//!                   └─────────────┘ ◀──▶ carrier-egress 0, 1 ──SMPP──▶ carriers in the test's process, or in their own
//!   ingest 0, 1 ──questions──▶ mo-correlation 0, 1 ◀──▶ Kafka
//! ```

mod seat;
mod service;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;
use volley_kafka::Cluster;

use self::service::{EVENT_KEY, Place, Surroundings};
pub use self::{
    seat::{Kind, Seat},
    service::Service,
};
use crate::{provision::provision_carrier, scenarios::CARRIER, volley::Volley};

/// The operator's key.
const OPERATOR_KEY: &str = "e2e-operator-key";

/// How many of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Instances of each service.
    pub instances: u16,
    /// Brokers; records are copied to up to three.
    pub brokers: usize,
}

impl Layout {
    /// One of each service, and one broker.
    pub const SMALL: Self = Self { instances: 1, brokers: 1 };
}

/// The services, the brokers between them, and their data.
pub struct Fleet {
    services: BTreeMap<Seat, Service>,
    told: Surroundings,
    cluster: Cluster,
    data: TempDir,
    /// Starts of services so far: each has a file of its own for its output.
    starts: u32,
}

impl Fleet {
    /// Starts a broker and one of each service, and sets up the carrier.
    ///
    /// # Errors
    /// When one does not come up in time.
    pub async fn start(carrier: SocketAddr) -> Result<Self> {
        Self::start_as(Layout::SMALL, &[(CARRIER, carrier)]).await
    }

    /// Starts brokers and services, and sets up carriers, by name: the first has the default route, each further one handsets of
    /// [its own](crate::provision::route_of).
    ///
    /// # Errors
    /// When one does not come up in time.
    pub async fn start_as(layout: Layout, carriers: &[(&str, SocketAddr)]) -> Result<Self> {
        let cluster = tokio::task::spawn_blocking(move || Cluster::start(layout.brokers)).await??;
        let data = tempfile::tempdir()?;
        let mut places = BTreeMap::new();
        for kind in Kind::ALL {
            for ordinal in 0..layout.instances {
                let seat = Seat { kind, ordinal };
                places.insert(seat, Place::fresh(data.path(), seat, 0)?);
            }
        }
        let query = |(seat, place): (&Seat, &Place)| (seat.kind == Kind::MoCorrelation).then_some(place.port);
        let told = Surroundings {
            brokers: cluster.bootstrap(),
            replication: layout.brokers.min(3),
            instances: layout.instances,
            queries: places.iter().filter_map(query).collect(),
            accounts: carriers.iter().map(|(name, _)| name.to_uppercase().replace('-', "_")).collect(),
        };
        let mut fleet = Self { services: BTreeMap::new(), told, cluster, data, starts: 0 };
        for (seat, place) in places {
            let service = fleet.launch(seat, place)?;
            fleet.services.insert(seat, service);
        }
        fleet.until_ready(true).await?;
        for (index, (name, address)) in (0..).zip(carriers) {
            provision_carrier(&fleet, name, *address, index).await?;
        }
        Ok(fleet)
    }

    /// The services' processes, by the names of their binaries.
    pub fn pids(&self) -> Vec<(&'static str, u32)> {
        self.services
            .iter()
            .map(|(seat, service)| (seat.kind.binary(), service.pid()))
            .collect()
    }

    /// The last lines of what each service printed.
    pub fn said(&self) -> String {
        let each = self
            .services
            .iter()
            .map(|(seat, service)| format!("{seat}:\n{}\n", service.said()));
        each.collect()
    }

    /// Every place of an instance.
    pub fn seats(&self) -> Vec<Seat> {
        self.services.keys().copied().collect()
    }

    /// The instance in this place.
    ///
    /// # Errors
    /// When there is no such place.
    pub fn service(&mut self, seat: Seat) -> Result<&mut Service> {
        self.services.get_mut(&seat).with_context(|| format!("there is no {seat}"))
    }

    /// The addresses of all front doors.
    pub fn front_doors(&self) -> Vec<String> {
        let doors = self.services.iter().filter(|(seat, _)| seat.kind == Kind::Ingest);
        doors.map(|(_, service)| service.place().port.to_string()).collect()
    }

    /// Waits until every service says that it is ready, or that it is not; each must run all the time.
    ///
    /// # Errors
    /// When one does not say so in time, or has ended.
    pub async fn until_ready(&mut self, ready: bool) -> Result<()> {
        for service in self.services.values_mut() {
            service.until_ready(ready).await?;
        }
        Ok(())
    }

    fn launch(&mut self, seat: Seat, place: Place) -> Result<Service> {
        let output = self
            .data
            .path()
            .join(format!("{}-{}-{}.log", seat.kind.binary(), seat.ordinal, self.starts));
        self.starts += 1;
        Service::start(seat, place, &self.told, &output)
    }
}

/// What happens to instances.
impl Fleet {
    /// Ends these at once, as `kill -9` does.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn kill(&mut self, seats: &[Seat]) -> Result<()> {
        seats.iter().try_for_each(|seat| self.service(*seat)?.process().kill_9())
    }

    /// Asks these to end, and waits until they have.
    ///
    /// # Errors
    /// When one does not end in time, or not with status 0.
    pub fn stop(&mut self, seats: &[Seat]) -> Result<()> {
        for seat in seats {
            self.service(*seat)?.process().ask_to_end()?;
        }
        for seat in seats {
            let ended = self.service(*seat)?.process().wait_for_end();
            ended.with_context(|| seat.to_string())?;
        }
        Ok(())
    }

    /// Starts these again where they were, on the same data, and waits until they are ready.
    ///
    /// # Errors
    /// When one does not come up in time.
    pub async fn start_again(&mut self, seats: &[Seat]) -> Result<()> {
        for seat in seats {
            let place = self.service(*seat)?.place().clone();
            let service = self.launch(*seat, place)?;
            self.services.insert(*seat, service);
        }
        for seat in seats {
            self.service(*seat)?.until_ready(true).await?;
        }
        Ok(())
    }

    /// Freezes an instance, and starts another in its place, on an empty disk and ports of its own. Gives the frozen one.
    ///
    /// # Errors
    /// When the new one does not come up in time.
    pub async fn replace_frozen(&mut self, seat: Seat) -> Result<Service> {
        self.service(seat)?.process().freeze()?;
        let place = Place::fresh(self.data.path(), seat, self.starts)?;
        let replacement = self.launch(seat, place)?;
        let frozen = self
            .services
            .insert(seat, replacement)
            .with_context(|| format!("there is no {seat}"))?;
        self.service(seat)?.until_ready(true).await?;
        Ok(frozen)
    }
}

/// What happens to brokers.
impl Fleet {
    /// The addresses of all brokers, comma-separated.
    pub fn bootstrap(&self) -> String {
        self.cluster.bootstrap()
    }

    /// Ends a broker with SIGKILL.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill_broker(&mut self, broker: usize) -> Result<()> {
        self.cluster.kill9(broker)
    }

    /// Starts a broker again, on its old data and port.
    ///
    /// # Errors
    /// When it does not come up in time.
    pub fn restart_broker(&mut self, broker: usize) -> Result<()> {
        tokio::task::block_in_place(|| self.cluster.restart(broker))
    }

    /// The file of the key under which the public topic hides handsets.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn event_key_file(&self) -> Result<PathBuf> {
        let file = self.data.path().join("event-key");
        std::fs::write(&file, EVENT_KEY)?;
        Ok(file)
    }
}

impl Volley for Fleet {
    fn front_door(&self) -> String {
        self.front_doors().swap_remove(0)
    }

    fn operator_key(&self) -> Result<String> {
        Ok(OPERATOR_KEY.to_owned())
    }

    fn account(&self) -> &str {
        CARRIER
    }

    async fn restart(&mut self) -> Result<()> {
        let seats = self.seats();
        self.stop(&seats)?;
        self.start_again(&seats).await
    }
}
