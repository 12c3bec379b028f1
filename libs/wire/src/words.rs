//! The enums that wire and domain share, word for word. A word added on one side does not compile until the other has it.

use volley_events::{
    CancelOutcome, ConsentAction, EditOutcome, Evidence, NotSent, QueueReason, ReceiptIds, ReceiptState, RefusalClass,
    VoteVerdict, config::MessageIdForm,
};
use volley_types::{ErrorCode, FinalState, Lane, MessageState, NumberKind, Reason, TrafficClass};

use crate::{
    error::Fault,
    proto::{internal::v1 as internal, messaging::v1 as messaging},
};

/// What an enum's `Unspecified` means: nothing, or the variant that is named.
macro_rules! zero {
    () => {
        Err(Fault::UnknownValue(0))
    };
    ($silent:ident) => {
        Ok(Self::$silent)
    };
}

/// Conversions both ways between enums with the same variants.
macro_rules! same_words {
    ($($domain:ident = $module:ident::$wire:ident { $($word:ident),* } $(unspecified is $silent:ident)?;)*) => {$(
        impl From<$domain> for $module::$wire {
            fn from(domain: $domain) -> Self {
                match domain {
                    $($domain::$silent => Self::Unspecified,)?
                    $($domain::$word => Self::$word,)*
                }
            }
        }

        impl TryFrom<$module::$wire> for $domain {
            type Error = Fault;
            fn try_from(wire: $module::$wire) -> Result<Self, Fault> {
                match wire {
                    $module::$wire::Unspecified => zero!($($silent)?),
                    $($module::$wire::$word => Ok(Self::$word),)*
                }
            }
        }
    )*};
}

same_words! {
    TrafficClass = messaging::TrafficClass { Otp, Transactional, Marketing };
    Reason = messaging::Reason {
        ReceiptDelivered, ReceiptUndeliverable, ReceiptExpired, ReceiptDeleted, ReceiptRejected, ReceiptSkipped,
        ReceiptUnknown, NoReceipt, CarrierRefused, RetriesExhausted, ValidityEnded, Ambiguous, OptedOut, NoRoute,
        SenderNotOwned, TenantSuspended, TooManySegments, CancelledByClient
    } unspecified is None;
    ErrorCode = messaging::ErrorCode {
        UnknownSubscriber, AbsentSubscriber, SubscriberBusy, MemoryFull, HandsetRefused, Barred, NotProvisioned, Blocked,
        OptedOutAtCarrier, InvalidDestination, InvalidSender, ContentRefused, Throttled, QueueFull, CarrierFailure,
        CarrierConfiguration, NoCredit, ExpiredAtCarrier, DeletedAtCarrier, NotDeliverable, Refused
    };
    ConsentAction = messaging::ConsentAction { OptOut, OptOutLikely, OptIn, Help };
    Evidence = messaging::Evidence { ConsentWord, Keyword, LatestMessage, NumberDefault };
    VoteVerdict = messaging::VoteVerdict { Counted, Repeated, Late };
    Lane = internal::Lane { Otp, Normal, Bulk };
    RefusalClass = internal::RefusalClass {
        Throttle, RetrySameRoute, RetryOtherRoute, Permanent, Rebind, ConfigError
    };
    NotSent = internal::NotSentReason { NoBind, TooLate };
    QueueReason = internal::QueueReason { NoAllowance, BackOff, Configuration, Paused, Order, Schedule };
    CancelOutcome = messaging::CancelOutcome { Scheduled, Queued, TooLate, CancelledAtCarrier, Pending };
    EditOutcome = messaging::EditOutcome {
        Edited, ReplacedAtCarrier, TooLate, NotSupported, DoesNotFit, InTransit, Pending
    };
    ReceiptIds = internal::ReceiptIds { AsGiven, Otherwise } unspecified is Unknown;
    ReceiptState = internal::ReceiptState {
        Enroute, Delivered, Expired, Deleted, Undeliverable, Rejected, Skipped, Unknown
    };
    NumberKind = internal::NumberKind { ShortCode, LongCode, Standard, Alphanumeric };
    MessageIdForm = internal::MessageIdForm { HexThenDecimal, DecimalThenHex } unspecified is Same;
}

impl From<MessageState> for messaging::MessageState {
    fn from(state: MessageState) -> Self {
        match state {
            MessageState::Accepted => Self::Accepted,
            MessageState::Queued => Self::Queued,
            MessageState::Routed => Self::Routed,
            MessageState::Submitted => Self::Submitted,
            MessageState::Final(state) => state.into(),
        }
    }
}

impl From<FinalState> for messaging::MessageState {
    fn from(state: FinalState) -> Self {
        match state {
            FinalState::Delivered => Self::Delivered,
            FinalState::Failed => Self::Failed,
            FinalState::Expired => Self::Expired,
            FinalState::Unknown => Self::Unknown,
            FinalState::Refused => Self::Refused,
            FinalState::Cancelled => Self::Cancelled,
        }
    }
}

impl TryFrom<messaging::MessageState> for MessageState {
    type Error = Fault;
    fn try_from(wire: messaging::MessageState) -> Result<Self, Fault> {
        use messaging::MessageState as Wire;
        Ok(match wire {
            Wire::Unspecified => return Err(Fault::UnknownValue(0)),
            Wire::Accepted => Self::Accepted,
            Wire::Queued => Self::Queued,
            Wire::Routed => Self::Routed,
            Wire::Submitted => Self::Submitted,
            Wire::Delivered => Self::Final(FinalState::Delivered),
            Wire::Failed => Self::Final(FinalState::Failed),
            Wire::Expired => Self::Final(FinalState::Expired),
            Wire::Unknown => Self::Final(FinalState::Unknown),
            Wire::Refused => Self::Final(FinalState::Refused),
            Wire::Cancelled => Self::Final(FinalState::Cancelled),
        })
    }
}

impl TryFrom<messaging::MessageState> for FinalState {
    type Error = Fault;
    fn try_from(wire: messaging::MessageState) -> Result<Self, Fault> {
        match MessageState::try_from(wire)? {
            MessageState::Final(state) => Ok(state),
            MessageState::Accepted | MessageState::Queued | MessageState::Routed | MessageState::Submitted => {
                Err(Fault::UnknownValue(wire.into()))
            }
        }
    }
}

/// Reads an enum field: first the wire's enum `W`, then the domain's.
pub(crate) fn word<W, T>(field: i32) -> Result<T, Fault>
where
    W: TryFrom<i32>,
    T: TryFrom<W, Error = Fault>,
{
    W::try_from(field).map_err(|_| Fault::UnknownValue(field)).and_then(T::try_from)
}

/// Reads an enum field whose zero means none.
pub(crate) fn word_unless_zero<W, T>(field: i32) -> Result<Option<T>, Fault>
where
    W: TryFrom<i32>,
    T: TryFrom<W, Error = Fault>,
{
    if field == 0 { Ok(None) } else { word::<W, T>(field).map(Some) }
}

/// Writes a domain word as the number of the wire's enum `W`.
pub(crate) fn number<W: From<T> + Into<i32>, T>(domain: T) -> i32 {
    W::from(domain).into()
}
