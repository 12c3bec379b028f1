//! Everything that can happen.

use volley_carrier_egress_core::SegmentAnswer;

use super::{Sleeper, Standstill, Victim};
use crate::{carrier::Item, egress::Segment, log::Ticket};

/// Something that happens.
#[derive(Debug)]
pub(crate) enum Event {
    /// A processor looks what there is to do.
    Work(usize),
    /// An owner of a carrier takes a turn; whether time passed that it must look at.
    Turn(usize, bool),
    /// The log acknowledged an append of an owner of a carrier.
    Acknowledged(usize, Ticket),
    /// The fan-out looks what there is to copy.
    CopyConfig,
    /// A segment arrives at the carrier.
    Segment(u8, Box<Segment>),
    /// An answer to a segment arrives.
    Answered { link: u64, token: u64, answer: SegmentAnswer },
    /// The carrier has something to deliver.
    Item(u8, Box<Item>),
    /// It tries to.
    Offer { carrier: u8, parcel: usize },
    /// It has heard nothing for long.
    Unheard { carrier: u8, parcel: usize, sequence: u32 },
    /// A delivery arrives at the owner.
    Delivered { carrier: u8, link: u64, sequence: u32, parcel: usize },
    /// The answer to a delivery arrives.
    DeliveryAnswered { carrier: u8, link: u64, sequence: u32, status: u32 },
    /// A session of an owner is bound.
    LinkUp { owner: usize, bind: u16 },
    /// An owner learns that a session has ended.
    LinkEnded { owner: usize, link: u64 },
    /// A session is cut, and bound again after so long.
    LinkCut { carrier: u8, bind: u16, again_ms: u64 },
    /// A process dies.
    Crash(Victim),
    /// Somebody stops an owner of a carrier in order.
    Stop(u8),
    /// The power of an owner's machine fails.
    PowerLost(u8),
    /// An owner stands still, and another takes its place; so, or only for a while.
    StandStill(Victim, Standstill),
    /// It wakes up.
    Wake(Sleeper),
    /// It starts again.
    Start(Victim),
    /// A client asks, with this number in the text, whether or not he waits for an answer.
    Ask { wish: usize, text: u64, waits: bool },
    /// A client has waited long enough.
    Waited { wish: usize, tries: u32 },
    /// A client wants a message back.
    Cancel { wish: usize },
    /// A client of a stream does something.
    Client(usize),
    /// A door reads what is new of `cursors`.
    FoldCursors(u8),
    /// A tenant is paused, or goes on.
    Pause { tenant: usize, paused: bool },
    /// From now on everything works.
    Calm,
}
