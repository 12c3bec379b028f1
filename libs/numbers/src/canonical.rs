//! From an address to the key of the handset it means.

use volley_types::{CarrierName, Country, DialAddress, SubscriberId};

use crate::reading;

/// The version of the function that makes keys, recorded in the log; a start with another is refused.
///
/// It goes up whenever any address gets another key: a changed rule here, another version of the numbering plans.
pub const CANONICALISATION_VERSION: u16 = 1;

/// The handset that an address means, as an account whose home country is `home` reports it. Total and deterministic.
///
/// `carrier` matters only to what no numbering plan explains (letters, short codes, masked numbers): that is keyed by
/// carrier, TON and raw digits, so two carriers' `4565` stay apart.
pub fn subscriber_of(address: &DialAddress, home: Country, carrier: &CarrierName) -> SubscriberId {
    reading::of_address(address.digits(), address.ton, home).unwrap_or_else(|| opaque(address, carrier))
}

fn opaque(address: &DialAddress, carrier: &CarrierName) -> SubscriberId {
    let text = format!("{carrier}/{}/{}", address.ton.0, address.digits());
    SubscriberId::opaque(&text).expect("a name, three digits and an address fit into an opaque key")
}

#[cfg(test)]
mod tests {
    use volley_types::{Npi, Ton};

    use super::*;

    #[test]
    fn the_longest_carrier_and_address_fit_into_an_opaque_key() {
        let carrier = CarrierName::new(&"c".repeat(volley_types::name::NAME_OCTETS_MAX)).unwrap();
        let digits = "#".repeat(volley_types::address::ADDRESS_OCTETS_MAX);
        let address = DialAddress::new(&digits, Ton(255), Npi(255)).unwrap();
        let subscriber = subscriber_of(&address, Country::new("KR").unwrap(), &carrier);
        assert_eq!(subscriber.as_opaque(), Some(format!("{carrier}/255/{digits}").as_str()));
    }
}
