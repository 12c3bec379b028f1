//! PROC-2: outputs and digests do not depend on batches.

use volley_processor::Tuning;
use volley_state_store::DIGEST_EVERY;

use crate::world::*;

/// What was published on a topic.
type Contents = Vec<(Vec<u8>, Vec<u8>)>;

/// Everything that was published, and the digest at the fixed offset.
fn run(lines: &[String], tuning: Tuning) -> (Vec<Contents>, String) {
    let mut world = World::new();
    world.tuning = tuning;
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    world.tell(&lines);
    world.start();
    world.until_decided();
    let published =
        ["corr", "events", "dead-letter"].map(|topic| world.log.records(topic, 0).iter().map(content).collect());
    let fixed = world
        .status()
        .fixed_digest
        .expect("the run passes an offset whose digest is kept");
    assert_eq!(fixed.position, DIGEST_EVERY);
    world.drain();
    (published.to_vec(), fixed.digest.to_string())
}

#[test]
fn outputs_and_digests_are_the_same_with_batches_of_any_size() {
    let lines: Vec<String> = (0..DIGEST_EVERY + 300)
        .map(|number| match number % 50 {
            7 => format!("poison k{}", number % 11),
            _ => format!("count k{}", number * 31 % 1_009),
        })
        .collect();

    let one = run(&lines, Tuning { batch_records_max: 1, write_interval_ms: 3, ..Tuning::default() });
    let some = run(&lines, Tuning { batch_records_max: 77, pipeline_max: 1, ..Tuning::default() });
    let many = run(&lines, Tuning { batch_records_max: 4_096, ..Tuning::default() });

    assert!(one == some && some == many);
}
