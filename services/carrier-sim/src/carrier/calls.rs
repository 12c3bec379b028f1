//! What this carrier says unasked: that it wants to be bound to (`outbind`), and that a handset can be reached again
//! (`alert_notification`). SMPP 3.4 §4.1.7 and §4.12.1.

use bytes::{BufMut, BytesMut};

use super::Carrier;
use crate::wire::{Address, command};

/// `ms_availability_status`: available.
const AVAILABLE: &[u8] = b"\x04\x22\x00\x01\x00";

impl Carrier {
    /// Says on a fresh connection who calls: the carrier's own name, and the password of the account that is called.
    pub(crate) fn call(&mut self, link: u64, system_id: &str, password: &str) {
        let mut body = BytesMut::new();
        for text in [system_id, password] {
            body.put_slice(text.as_bytes());
            body.put_u8(0);
        }
        if let Some(link) = self.links.get_mut(&link) {
            link.request(command::OUTBIND, &body);
        }
    }

    /// Tells the client who wrote to a handset last that it can be reached again; false where nobody is bound to hear it.
    pub(crate) fn alert(&mut self, handset: &str, sender: &str) -> bool {
        let account = self.senders.get(sender).copied().unwrap_or(0);
        let links = self
            .accounts
            .get(account)
            .map(|account| account.links.clone())
            .unwrap_or_default();
        let Some(link) = links
            .into_iter()
            .find(|link| self.links.get(link).is_some_and(|link| link.may_receive()))
        else {
            return false;
        };
        let mut body = BytesMut::new();
        for address in [Address::of_number(handset), Address::of_number(sender)] {
            body.put_slice(&[address.ton, address.npi]);
            body.put_slice(address.digits.as_bytes());
            body.put_u8(0);
        }
        body.put_slice(AVAILABLE);
        if let Some(link) = self.links.get_mut(&link) {
            link.request(command::ALERT_NOTIFICATION, &body);
        }
        true
    }
}
