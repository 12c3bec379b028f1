//! What a scenario needs of a Volley, whatever it runs on.

use anyhow::Result;

/// A running Volley.
#[expect(async_fn_in_trait, reason = "used by tests of this workspace only, on one runtime")]
pub trait Volley {
    /// Address of the front door.
    fn front_door(&self) -> String;
    /// The operator's key.
    fn operator_key(&self) -> Result<String>;
    /// The account that its messages leave by.
    fn account(&self) -> &str;
    /// Stops every process in order, and starts them again on the same data.
    async fn restart(&mut self) -> Result<()>;
}
