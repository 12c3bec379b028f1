//! Recalls: what still holds when a run begins, and what comes.

use std::sync::Arc;

use tokio_util::task::AbortOnDropHandle;
use volley_carrier_egress_core::{Now, RECALL_HELD};

use super::{Task, open::read_range};
use crate::{
    error::CarrierError,
    recalls::{self, Told},
};

impl Task {
    /// Takes in every recall that may still hold, to the end of the topic, and follows it from there. Nothing is read of a lane,
    /// and so nothing sent, before.
    pub(super) async fn take_up_recalls(&mut self, now: Now) -> Result<(), CarrierError> {
        let (log, topic) = (Arc::clone(&self.context.shell.log), self.context.shell.topics.recall.clone());
        let end = log.bounds(&topic, 0).await?.end;
        let from = log.offset_of_time(&topic, 0, (now.wall - RECALL_HELD).as_micros()).await?;
        let mut told = Vec::new();
        read_range(log.as_ref(), &topic, from, end, |record| told.extend(recalls::told_of(&record))).await?;
        told.iter().try_for_each(|told| self.recall(told, now))?;
        let follower = recalls::follow(log, topic, end, self.sender.clone());
        self._recall_reader = Some(AbortOnDropHandle::new(tokio::spawn(follower)));
        Ok(())
    }

    /// Takes a recall in.
    pub(super) fn recall(&mut self, told: &Told, now: Now) -> Result<(), CarrierError> {
        let Told { recall, origin, at } = told;
        Ok(self.core.recall(recall, *origin, *at, now, &mut self.rows, &mut self.out)?)
    }
}
