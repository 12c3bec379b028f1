//! What a carrier's answer to a segment means.

use volley_carrier_egress_core::SegmentAnswer;
use volley_events::{RefusalClass, config::MessageIdForm};
use volley_smpp::{StatusClass, SubmitAnswer};

use super::{answer_base, normalised};

/// An answer as the core knows it.
pub(crate) fn answer_of(answer: &SubmitAnswer, ids: MessageIdForm) -> SegmentAnswer {
    let class = match answer.status.class() {
        StatusClass::Ok => {
            let id = answer.message_id.as_ref();
            return SegmentAnswer::Taken(id.and_then(|id| normalised(id.as_str(), answer_base(ids))));
        }
        StatusClass::ThrottleBackoff => RefusalClass::Throttle,
        StatusClass::RetrySameRouteLater => RefusalClass::RetrySameRoute,
        StatusClass::RetryOtherRoute => RefusalClass::RetryOtherRoute,
        StatusClass::Permanent => RefusalClass::Permanent,
        StatusClass::Rebind => RefusalClass::Rebind,
        StatusClass::ConfigError => RefusalClass::ConfigError,
    };
    SegmentAnswer::Refused { status: answer.status.0, class }
}
