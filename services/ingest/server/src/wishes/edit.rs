//! Giving a message another text.

use volley_events::{EditRequested, Record};
use volley_ingest_core::NewText;
use volley_types::{MessageId, TenantId};
use volley_wire::proto::messaging::v1::EditOutcome;

use super::Wishes;
use crate::{FoundMessage, refusal::Refusal};

impl Wishes {
    /// Gives a message of the tenant another text, and says what came of it; `Pending` when that takes too long to find out.
    pub(crate) async fn edit(
        &self,
        tenant: &TenantId,
        message: MessageId,
        new: NewText,
    ) -> Result<EditOutcome, Refusal> {
        let _room = self.room()?;
        let NewText { edit, text } = new;
        let of_this = |found: &FoundMessage| match found.edit {
            Some((of, outcome)) if of == edit => outcome,
            _ => EditOutcome::Unspecified,
        };
        let known = of_this(&self.find(tenant, message).await?);
        if let (Some(answer), false) = (answered(known), may_change(known)) {
            return Ok(answer);
        }
        // A carrier that is asked already is not asked again.
        if known != EditOutcome::Pending {
            let tenant = tenant.clone();
            let wish = |received_at| EditRequested { message, tenant, edit, text, received_at };
            self.say(message, |received_at| Record::EditRequested(Box::new(wish(received_at))))
                .await?;
        }
        let asked_again = may_change(known).then_some(known);
        let answer = self.answer(tenant, message, |found| {
            // What was known before the wish is no answer to it, until it has had time to change.
            answered(of_this(found)).filter(|answer| Some(*answer) != asked_again)
        });
        Ok(answer.await?.or(asked_again).unwrap_or(EditOutcome::Pending))
    }
}

fn answered(known: EditOutcome) -> Option<EditOutcome> {
    match known {
        EditOutcome::Unspecified | EditOutcome::Pending => None,
        EditOutcome::Edited
        | EditOutcome::ReplacedAtCarrier
        | EditOutcome::TooLate
        | EditOutcome::NotSupported
        | EditOutcome::DoesNotFit
        | EditOutcome::InTransit => Some(known),
    }
}

/// Whether asking again may be answered otherwise.
fn may_change(known: EditOutcome) -> bool {
    match known {
        EditOutcome::InTransit => true,
        EditOutcome::Unspecified
        | EditOutcome::Pending
        | EditOutcome::Edited
        | EditOutcome::ReplacedAtCarrier
        | EditOutcome::TooLate
        | EditOutcome::NotSupported
        | EditOutcome::DoesNotFit => false,
    }
}
