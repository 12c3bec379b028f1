//! Everything a record of an internal topic can be.

use crate::{
    Allowance, AttemptReport, CancelRequested, CarrierAnswer, CarrierRequest, ClientEvent, ConfigRecord,
    ConsentChanged, CursorMoved, DeadLetter, EditRequested, HandsetAvailable, JournalEntry, LanesLost, Owner, Progress,
    Recall, ReceiptArrived, ReplyArrived, RoutingFact, Settlement, Submission, SubmitOrder, Tick,
};

/// One record of an internal topic: the body of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// `routing.in`: a message to send.
    Submission(Box<Submission>),
    /// `routing.in`: attempts settled.
    Settlement(Settlement),
    /// `routing.in`: how many attempts may be unsettled.
    Allowance(Allowance),
    /// `routing.in`: an egress store was lost.
    LanesLost(LanesLost),
    /// `routing.in`: an opt-out or opt-in.
    ConsentChanged(ConsentChanged),
    /// `routing.in`: a client wants a message back.
    CancelRequested(CancelRequested),
    /// `routing.in`: a client wants a message to have another text.
    EditRequested(Box<EditRequested>),
    /// `routing.in`: a handset can be reached again.
    HandsetAvailable(HandsetAvailable),
    /// `correlation.in`: a decision of routing.
    RoutingFact(RoutingFact),
    /// `correlation.in`: what became of an attempt.
    AttemptReport(AttemptReport),
    /// `correlation.in`: a receipt.
    ReceiptArrived(Box<ReceiptArrived>),
    /// `correlation.in`: a message from a handset.
    ReplyArrived(Box<ReplyArrived>),
    /// `correlation.in`: what a carrier said when it was asked about a message it has.
    CarrierAnswer(CarrierAnswer),
    /// `config`, and its copies on `routing.in` and `correlation.in`.
    Config(Box<ConfigRecord>),
    /// `routing.in`, `correlation.in`: something is due.
    Tick(Tick),
    /// `routing.in`, `correlation.in`: a new owner.
    Owner(Owner),
    /// `egress.<account>.<lane>`: an attempt to make.
    SubmitOrder(Box<SubmitOrder>),
    /// `recall`: what egress shall take back.
    Recall(Recall),
    /// `recall`: what egress shall ask a carrier about a message it has.
    CarrierRequest(Box<CarrierRequest>),
    /// `egress-journal.<carrier>`.
    Journal(JournalEntry),
    /// `inbox`.
    ClientEvent(Box<ClientEvent>),
    /// `cursors`.
    CursorMoved(CursorMoved),
    /// `progress`.
    Progress(Progress),
    /// `dead-letter`.
    DeadLetter(Box<DeadLetter>),
}
