//! Recalls: what still holds when a run begins, and what comes. Questions to the carrier come the same way.

use std::sync::Arc;

use tokio_util::task::AbortOnDropHandle;
use volley_carrier_egress_core::{Now, RECALL_HELD, not_asked};
use volley_events::CarrierRequest;

use super::{Task, open::read_range};
use crate::{
    error::CarrierError,
    recalls::{self, Told, Wanted},
    smpp::is_done,
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
        // Whoever asked before this run began has his answer by receipts: a carrier is not asked twice.
        told.retain(|told| matches!(told.what, Wanted::Recall(_)));
        told.into_iter().try_for_each(|told| self.do_as_told(told, now))?;
        let follower = recalls::follow(log, topic, end, self.sender.clone());
        self._recall_reader = Some(AbortOnDropHandle::new(tokio::spawn(follower)));
        Ok(())
    }

    /// Takes a recall, or a question that is for this carrier.
    pub(super) fn do_as_told(&mut self, told: Told, now: Now) -> Result<(), CarrierError> {
        let Told { what, origin, at } = told;
        match what {
            Wanted::Recall(recall) => self.core.recall(&recall, origin, at, now, &mut self.rows, &mut self.out)?,
            Wanted::Ask(request) if request.carrier == self.name => self.ask(request, now)?,
            Wanted::Ask(_) => {}
        }
        Ok(())
    }

    fn ask(&mut self, request: Box<CarrierRequest>, now: Now) -> Result<(), CarrierError> {
        self.metrics.asked(request.operation.asked());
        match is_done(request.operation.asked(), self.rules.profile.at_carrier) {
            true => self.core.ask(request, now, &self.rows, &mut self.out)?,
            false => self.out.carrier_answers.push(not_asked(&request, now)),
        }
        Ok(())
    }
}
