//! Taking a message back.

use volley_events::{CancelRequested, Record};
use volley_types::{MessageId, TenantId};
use volley_wire::proto::messaging::v1::CancelOutcome;

use super::Wishes;
use crate::{FoundMessage, refusal::Refusal};

impl Wishes {
    /// Takes a message of the tenant back, and says where it was; `Pending` when that takes too long to find out.
    pub(crate) async fn cancel(&self, tenant: &TenantId, message: MessageId) -> Result<CancelOutcome, Refusal> {
        let _room = self.room()?;
        let known = self.find(tenant, message).await?.cancel;
        if let Some(answer) = answered(known) {
            return Ok(answer);
        }
        // A carrier that is asked already is not asked again.
        if known == CancelOutcome::Unspecified {
            let wish = |received_at| CancelRequested { message, tenant: tenant.clone(), received_at };
            self.say(message, |received_at| Record::CancelRequested(wish(received_at)))
                .await?;
        }
        let answer = self
            .answer(tenant, message, |found: &FoundMessage| answered(found.cancel))
            .await?;
        Ok(answer.unwrap_or(CancelOutcome::Pending))
    }
}

fn answered(known: CancelOutcome) -> Option<CancelOutcome> {
    match known {
        CancelOutcome::Unspecified | CancelOutcome::Pending => None,
        CancelOutcome::Scheduled
        | CancelOutcome::Queued
        | CancelOutcome::TooLate
        | CancelOutcome::CancelledAtCarrier => Some(known),
    }
}
