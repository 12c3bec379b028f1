//! SMPP as one transport of the core: orders to `submit_sm`, answers and `deliver_sm` back to what the core knows.

mod deliver;
mod draft;
mod ids;
mod sessions;
mod status;

pub(crate) use deliver::read_delivery;
pub(crate) use ids::IdForms;
pub(crate) use sessions::{Sessions, Slot, SlotState};
pub(crate) use status::answer_of;
