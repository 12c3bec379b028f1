//! SMPP as one transport of the core: orders to `submit_sm`, answers and `deliver_sm` back to what the core knows.

mod ask;
mod deliver;
mod draft;
mod ids;
mod sessions;
mod status;

pub(crate) use ask::{is_done, part_answer};
pub(crate) use deliver::{dial_address, read_delivery};
pub(crate) use ids::IdForms;
pub(crate) use sessions::{Sessions, Slot, SlotState};
pub(crate) use status::answer_of;
