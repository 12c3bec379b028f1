//! `server.properties` of a broker that is also a controller.

use std::{fmt::Write, path::Path};

use crate::free_address;

/// One member of a cluster, before it runs.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) node: usize,
    pub(crate) broker_port: u16,
    pub(crate) controller_port: u16,
}

impl Member {
    /// So many members, each on two ports that were free a moment ago.
    pub(crate) fn on_free_ports(members: usize) -> anyhow::Result<Vec<Self>> {
        let ports: Vec<u16> = (0..2 * members)
            .map(|_| Ok(free_address()?.port()))
            .collect::<anyhow::Result<_>>()?;
        let member = |(index, ports): (usize, &[u16])| Self {
            node: index + 1,
            broker_port: ports[0],
            controller_port: ports[1],
        };
        Ok(ports.chunks_exact(2).enumerate().map(member).collect())
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.broker_port)
    }
}

/// The properties of `member`, which keeps its log in `log`.
pub(crate) fn of(member: &Member, members: &[Member], log: &Path) -> String {
    let copies = members.len().min(3);
    let in_sync = copies.saturating_sub(1).max(1);
    let controllers: Vec<String> = members
        .iter()
        .map(|member| format!("127.0.0.1:{}", member.controller_port))
        .collect();
    let mut text = String::new();
    let mut set = |key: &str, value: &dyn std::fmt::Display| {
        writeln!(text, "{key}={value}").expect("writing to a string does not fail");
    };
    let (broker, controller) = (member.broker_port, member.controller_port);
    set("process.roles", &"broker,controller");
    set("node.id", &member.node);
    set("controller.quorum.bootstrap.servers", &controllers.join(","));
    set("listeners", &format!("PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}"));
    set("advertised.listeners", &format!("PLAINTEXT://127.0.0.1:{broker}"));
    set("controller.listener.names", &"CONTROLLER");
    set("listener.security.protocol.map", &"CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT");
    set("log.dirs", &log.display());
    set("auto.create.topics.enable", &"false");
    for internal in ["offsets.topic", "transaction.state.log", "share.coordinator.state.topic"] {
        set(&format!("{internal}.replication.factor"), &copies);
        set(&format!("{internal}.num.partitions"), &4);
    }
    set("transaction.state.log.min.isr", &in_sync);
    set("share.coordinator.state.topic.min.isr", &in_sync);
    set("group.initial.rebalance.delay.ms", &0);
    set("log.cleaner.dedupe.buffer.size", &8_388_608);
    set("num.network.threads", &2);
    set("num.io.threads", &4);
    text
}
