//! Waiting until configuration is applied. The test plays the processors.

use std::time::{Duration, Instant};

use tokio::time::timeout;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use volley_events::{Progress, Record};
use volley_types::{Source, Timestamp};
use volley_wire::proto::admin::v1::WaitUntilAppliedRequest;

use crate::world::{PARTITIONS, SOON, World, number, unchained};

async fn wait(world: &World, config_offset: u64, timeout_ms: u32) -> Result<(), Status> {
    let asked = WaitUntilAppliedRequest { config_offset, timeout_ms };
    world.admin().wait_until_applied(asked).await.map(drop)
}

/// A partition of a processor tells how far it is.
async fn tell(world: &World, service: &str, partition: u16, config_offset: u64) {
    let progress = Record::Progress(Progress {
        service: service.into(),
        partition,
        position: 0,
        end: 0,
        parked: vec![],
        at: Timestamp::from_micros(1),
        config_offset,
    });
    world
        .append(&world.topics.progress, 0, unchained(Source::Owner(1)), &progress)
        .await;
}

#[tokio::test]
async fn a_call_returns_when_every_partition_of_both_processors_has_applied_it() {
    let world = World::new().await;
    let offset = world
        .admin()
        .put_number(number("8888", "acme"))
        .await
        .unwrap()
        .into_inner()
        .config_offset;
    for partition in 0..PARTITIONS {
        tell(&world, "routing", partition, offset + 1).await;
        tell(&world, "mo-correlation", partition, if partition == 2 { offset } else { offset + 5 }).await;
    }
    let status = wait(&world, offset, 300).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(status.message(), "not applied yet by mo-correlation/2");

    let waiting = wait(&world, offset, 0);
    let (waited, ()) = tokio::join!(timeout(SOON, waiting), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        tell(&world, "mo-correlation", 2, offset + 1).await;
    });
    waited.unwrap().unwrap();
    let began = Instant::now();
    wait(&world, offset, 0).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(1), "what is applied is not waited for");
}

#[tokio::test]
async fn who_is_behind_is_named_and_what_nobody_wrote_is_waited_for_in_vain() {
    let world = World::new().await;
    let status = wait(&world, 0, 100).await.unwrap_err();
    let words = "not applied yet by routing/0, routing/1, routing/2, routing/3, mo-correlation/0, mo-correlation/1, \
                 mo-correlation/2, mo-correlation/3";
    assert_eq!(status.message(), words);
    assert_eq!(wait(&world, u64::MAX, 100).await.unwrap_err().code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_timeout_has_its_limit() {
    let world = World::new().await;
    let status = wait(&world, 0, 60_001).await.unwrap_err();
    let violation = status.get_details_bad_request().unwrap().field_violations.remove(0);
    assert_eq!((status.code(), violation.field.as_str()), (Code::InvalidArgument, "timeout_ms"));
    assert_eq!(violation.description, "is 60001; allowed are 1 to 60000");
}
