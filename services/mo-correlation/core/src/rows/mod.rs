//! The rows mo-correlation keeps, and their keys.

mod inbound;
mod keys;
mod message;
mod poll;
mod thread;
mod timer;

pub(crate) use inbound::{
    ActedRow, ArrivalKey, ArrivalRow, CarrierIdKey, CarrierIdRow, NamelessKey, NamelessRow, PartRow, PartsKey,
    PartsRow, UnmatchedKey, UnmatchedRow, UnroutedRow,
};
pub(crate) use keys::{pair_prefix, subscriber_prefix};
pub(crate) use message::{MessageRow, Querying, Segment, Standing, Try};
pub(crate) use poll::{TallyKey, TallyRow, VoteKey, VoteRow};
pub(crate) use thread::{Confirmation, ConfirmationKey, ConfirmationRow, ConsentRow, Question, ThreadKey, ThreadRow};
pub(crate) use timer::{Subject, TimerKey, TimerRow};
