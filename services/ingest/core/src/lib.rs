//! What the front door takes and what it refuses, as pure functions: the clock, random octets and the directory are arguments.
//!
//! ```text
//!   SendRequest ──Admit::check──▶ Submission     what goes on `routing.in`
//!        │              └───────▶ SendFault      every faulty field at once, each with its limit
//!        └──known::decide──▶ append | repeat | conflict
//!   *Draft ──check──▶ ConfigChange               what goes on `config`
//!   ApiKey: how a key is made, and the hash it is known by
//!   stream::Reading: which records of `inbox` are a stream's; DurableCursors: how far it was acknowledged
//! ```
//!
//! ING-1: the same request, asked again with the same relative validity, has the same message id and the same content hash (G8).
//! ING-2: a refusal names every faulty field, what is wrong with it, and the limit; it never repeats a text or a handset's number.
//! ING-3: what was checked here is within the limits of the contract; nobody behind the door checks it again.

mod fault;

pub mod admin;
pub mod api_key;
pub mod edit;
pub mod known;
pub mod send;
pub mod stream;
pub mod text;
pub mod timing;

pub use api_key::{ApiKey, KeyHash, hash_of_key};
pub use edit::NewText;
pub use fault::{Fault, Faults};
pub use known::{Decision, Known, decide};
pub use send::{Admit, Admitted, SendFault, SendRequest};
pub use text::{PreviewRequest, Previewed};
