//! Who worked though another one had taken his place: CAR-3 and PROC-5.

use super::{Violation, violated};
use crate::world::World;

/// Judges all owners.
pub fn judge(world: &World) -> Result<(), Violation> {
    one_sends_after_the_other(world)?;
    for (index, processor) in world.processors.iter().enumerate() {
        if processor.is_up() && !world.seats.contains(&index) {
            let (kind, partition) = (processor.kind, processor.partition);
            return violated("PROC-5", format!("an earlier owner of {kind:?}/{partition} still works"));
        }
    }
    for (index, egress) in world.egress.iter().enumerate() {
        if egress.is_up() && !world.owners.contains(&index) {
            return violated("CAR-3", format!("an earlier owner of carrier {} still works", egress.carrier));
        }
    }
    Ok(())
}

/// CAR-3: once a run has sent, no earlier one sends any more.
fn one_sends_after_the_other(world: &World) -> Result<(), Violation> {
    for carrier in &world.carriers {
        let mut submits: Vec<_> = carrier.submits.iter().map(|submit| (submit.at, submit.run)).collect();
        submits.sort_unstable();
        if let Some(pair) = submits.windows(2).find(|pair| pair[0].0 < pair[1].0 && pair[0].1 > pair[1].1) {
            let (before, after) = (pair[0].1, pair[1].1);
            return violated("CAR-3", format!("run {after} sent to carrier {} after run {before}", carrier.index));
        }
    }
    Ok(())
}
