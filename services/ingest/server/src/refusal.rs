//! Every way to say no, and its one map to gRPC.

use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};
use volley_directory::Conflict;
use volley_event_log::LogError;
use volley_ingest_core::{Faults, SendFault};
use volley_types::{MessageId, RequestId};
use volley_wire::proto::messaging::v1 as wire;

use crate::queries::QueriesAway;

/// After how long a client should ask again when the log was away, in milliseconds.
const AWAY_RETRY_MS: u64 = 1_000;
/// After how long a client should ask again when there was too much to do, in milliseconds.
const OVERLOADED_RETRY_MS: u64 = 500;
/// After how long a client should connect again when this door closes, in milliseconds.
const CLOSING_RETRY_MS: u64 = 200;

/// Domain and reason of a reused request id, as `google.rpc.ErrorInfo` carries them.
const ERROR_DOMAIN: &str = "volley";
const REQUEST_CONFLICT: &str = "REQUEST_CONFLICT";

/// Why something is not done. The words are for the caller's eyes: no texts, no handsets, nothing about the inside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// No key, or one that opens nothing here.
    #[error("the key is not known: send metadata `authorization: Bearer <key>`")]
    UnknownKey,
    /// Fields are at fault.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// The caller may not do this.
    #[error("{0}")]
    Denied(String),
    /// The request id was used with other content.
    #[error("request id {request} was used with other content, for message {message}")]
    RequestConflict {
        /// The message that keeps the request id.
        message: MessageId,
        /// The request id.
        request: RequestId,
    },
    /// What is configured does not allow it.
    #[error("{0}")]
    Precondition(String),
    /// There is no such thing, or it is not the caller's.
    #[error("{0}")]
    NotFound(String),
    /// Something needed does not answer. What was asked for may or may not have been done.
    #[error("{what} does not answer: ask again, with the same request id where there is one")]
    Away {
        /// What is needed.
        what: &'static str,
    },
    /// Too much to do.
    #[error("{0}: ask again later")]
    Overloaded(String),
    /// What was waited for did not come in the time that was given.
    #[error("{0}")]
    Overdue(String),
    /// This front door closes.
    #[error("this front door is closing: connect again")]
    Closing,
    /// Something is wrong inside; the log of this process says what.
    #[error("something is wrong inside the front door")]
    Internal,
}

impl Refusal {
    /// The log does not answer.
    pub(crate) const LOG_AWAY: Self = Self::Away { what: "the log" };

    /// The gRPC code.
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::UnknownKey => Code::Unauthenticated,
            Self::Invalid(_) => Code::InvalidArgument,
            Self::Denied(_) => Code::PermissionDenied,
            Self::RequestConflict { .. } => Code::AlreadyExists,
            Self::Precondition(_) => Code::FailedPrecondition,
            Self::NotFound(_) => Code::NotFound,
            Self::Away { .. } | Self::Closing => Code::Unavailable,
            Self::Overloaded(_) => Code::ResourceExhausted,
            Self::Overdue(_) => Code::DeadlineExceeded,
            Self::Internal => Code::Internal,
        }
    }

    /// After how long asking again may help, in milliseconds; 0: it does not.
    fn retry_after_ms(&self) -> u64 {
        match self {
            Self::Away { .. } => AWAY_RETRY_MS,
            Self::Overloaded(_) => OVERLOADED_RETRY_MS,
            Self::Closing => CLOSING_RETRY_MS,
            Self::UnknownKey
            | Self::Invalid(_)
            | Self::Denied(_)
            | Self::RequestConflict { .. }
            | Self::Precondition(_)
            | Self::NotFound(_)
            | Self::Overdue(_)
            | Self::Internal => 0,
        }
    }

    fn details(&self) -> ErrorDetails {
        let mut details = ErrorDetails::new();
        match self {
            Self::Invalid(faults) => {
                let violation =
                    |fault: &volley_ingest_core::Fault| FieldViolation::new(&fault.field, &fault.description);
                details.set_bad_request(faults.iter().map(violation).collect::<Vec<_>>());
            }
            Self::RequestConflict { message, request } => {
                details.set_error_info(REQUEST_CONFLICT, ERROR_DOMAIN, conflict_metadata(message, request));
            }
            other => match other.retry_after_ms() {
                0 => {}
                retry_ms => {
                    details.set_retry_info(Some(Duration::from_millis(retry_ms)));
                }
            },
        }
        details
    }

    /// The same as the result of one message of a stream.
    pub(crate) fn to_wire(&self) -> wire::Refusal {
        let violations = match self {
            Self::Invalid(faults) => faults.iter().map(violation).collect(),
            _ => Vec::new(),
        };
        wire::Refusal {
            code: self.code().into(),
            message: self.to_string(),
            violations,
            retry_after_ms: self.retry_after_ms(),
        }
    }
}

fn violation(fault: &volley_ingest_core::Fault) -> wire::FieldViolation {
    wire::FieldViolation { field: fault.field.clone(), description: fault.description.clone() }
}

fn conflict_metadata(message: &MessageId, request: &RequestId) -> HashMap<String, String> {
    HashMap::from([("message_id".to_owned(), message.to_string()), ("request_id".to_owned(), request.to_string())])
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        Self::with_error_details(refusal.code(), refusal.to_string(), refusal.details())
    }
}

impl From<SendFault> for Refusal {
    fn from(fault: SendFault) -> Self {
        match fault {
            SendFault::Invalid(faults) => Self::Invalid(faults),
            SendFault::NotOwned { .. } | SendFault::Suspended(_) => Self::Denied(fault.to_string()),
        }
    }
}

impl From<Conflict> for Refusal {
    fn from(conflict: Conflict) -> Self {
        Self::Precondition(conflict.to_string())
    }
}

impl From<QueriesAway> for Refusal {
    fn from(away: QueriesAway) -> Self {
        tracing::warn!(reason = %away, "a question was not answered");
        Self::Away { what: "mo-correlation" }
    }
}

/// The caller learns what it can do about it; the log of this process, what happened.
impl From<LogError> for Refusal {
    fn from(error: LogError) -> Self {
        match &error {
            LogError::Overloaded { .. } => Self::Overloaded("the log has too much to write".to_owned()),
            LogError::Unavailable { .. } | LogError::Closed => {
                tracing::debug!(%error, "the log does not answer");
                Self::LOG_AWAY
            }
            _ => {
                tracing::error!(%error, "the log refused what it must not refuse");
                Self::Internal
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_should_ask_again_is_told_when() {
        for refusal in [Refusal::LOG_AWAY, Refusal::Overloaded("too much".into()), Refusal::Closing] {
            let wire = refusal.to_wire();
            let status = Status::from(refusal);
            let delay = status.get_details_retry_info().and_then(|info| info.retry_delay).unwrap();
            assert_eq!(delay.as_millis(), u128::from(wire.retry_after_ms));
        }
    }

    #[test]
    fn faulty_fields_are_listed_in_the_details_and_on_a_stream() {
        let refusal = Refusal::from(Faults::one("to", "is empty"));
        assert_eq!(refusal.to_wire().violations[0].field, "to");
        let status = Status::from(refusal);
        assert_eq!(status.code(), Code::InvalidArgument);
        let violations = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!((violations[0].field.as_str(), violations[0].description.as_str()), ("to", "is empty"));
    }

    #[test]
    fn a_conflict_names_its_reason_and_the_message_that_stands() {
        let (message, request) = (MessageId::from_bytes([7; 16]), RequestId::new("r-1").unwrap());
        let status = Status::from(Refusal::RequestConflict { message, request });
        let info = status.get_details_error_info().unwrap();
        assert_eq!(
            (status.code(), info.reason.as_str(), info.domain.as_str()),
            (Code::AlreadyExists, "REQUEST_CONFLICT", "volley")
        );
        assert_eq!(info.metadata["message_id"], message.to_string());
    }
}
