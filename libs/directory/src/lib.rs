//! The configuration every service folds, from the records of `config`: tenants, numbers, keywords, accounts, routes.
//!
//! ```text
//!   config ──ConfigRecord──▶ Directory::apply ──▶ who may send from what, which account serves whom, whose keyword it is
//! ```
//!
//! DIR-1: the same records in the same order give the same directory, everywhere.
//! DIR-2: of two records in conflict the first wins; the other changes nothing, and says why.
//! DIR-3: nothing is guessed: a number, keyword or inbound address that was not provisioned does not exist.

mod conflict;
mod directory;
mod lookup;
mod row;

pub use conflict::Conflict;
pub use directory::Directory;
pub use lookup::SenderFault;
pub use row::DirectoryRow;
