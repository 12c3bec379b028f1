//! What a carrier's answer to a segment means.

use volley_carrier_egress_core::SegmentAnswer;
use volley_events::RefusalClass;
use volley_smpp::{StatusClass, SubmitAnswer};

use crate::rules::Rules;

/// An answer as the core knows it.
pub(crate) fn answer_of(answer: &SubmitAnswer, rules: &Rules) -> SegmentAnswer {
    let class = match rules.profile.statuses.class_of(answer.status) {
        StatusClass::Ok => {
            let id = answer.message_id.as_ref();
            return SegmentAnswer::Taken(id.and_then(|id| rules.ids.given(id.as_str())));
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
