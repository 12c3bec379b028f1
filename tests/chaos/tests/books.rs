//! The books add up, and one record less is found, with the message it was about (D15).

use anyhow::{Result, ensure};
use volley_chaos::audit;
use volley_e2e::{
    Backend,
    command_line::volley,
    embedded::Embedded,
    provision::{ACME_NUMBER, provision},
};
use volley_wire::proto::messaging::v1::TrafficClass;

/// The topics that tell a part of a message's story; of each a record is left out.
const TOPICS: [&str; 5] = [
    "volley.routing.in.v1",
    "volley.correlation.in.v1",
    "volley.inbox.v1",
    "volley.events.v1",
    "volley.egress.sim.normal.v1",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_record_less_is_found_with_its_message() -> Result<()> {
    let mut running = Embedded::start_simulated().await?;
    let messages = send_some(&running).await?;
    running.stop()?;
    audit::adds_up(running.data())?;

    for topic in TOPICS {
        let copy = tempfile::tempdir()?;
        let about = |record: &volley_event_log::Record| messages.iter().find(|id| speaks_of(record, id));
        audit::copy_without(running.data(), copy.path(), topic, |record| about(record).is_some()).await?;
        let books = volley(copy.path(), &["books"])?.ended_with(1)?;
        let named = messages.iter().filter(|id| books.out.contains(id.as_str())).count();
        ensure!(named > 0, "{topic}: the message is not named:\n{}", books.out);
    }
    Ok(())
}

/// Sends a few messages and waits for their ends.
async fn send_some(running: &Embedded) -> Result<Vec<String>> {
    let tenants = provision(running).await?;
    let mut backend = Backend::connect(running, &tenants.acme).await?;
    let mut messages = Vec::new();
    for number in 0..5 {
        let (request, to) = (format!("books-{number}"), format!("8210300000{number}0"));
        let sent = backend
            .send(&request, ACME_NUMBER, &to, "Add this up", TrafficClass::Transactional)
            .await?;
        messages.push(sent);
    }
    for message in &messages {
        backend.final_state(message).await?;
    }
    backend.acknowledge().await?;
    Ok(messages)
}

/// Ids are in records as octets or as text.
fn speaks_of(record: &volley_event_log::Record, id: &str) -> bool {
    let octets: Vec<u8> = (0..id.len() / 2)
        .filter_map(|index| u8::from_str_radix(&id[2 * index..2 * index + 2], 16).ok())
        .collect();
    let contains = |wanted: &[u8]| record.value.windows(wanted.len()).any(|window| window == wanted);
    contains(&octets) || contains(id.as_bytes())
}
