//! A delivery receipt: the text of SMPP 3.4 Appendix B, its optional parameters, and the ways carriers bend both.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::rule::{IdForm, Outcome, ReceiptAddresses, ReceiptFacts, Rule};
use crate::wire::{Address, DeliverSm, TON_NATIONAL, Tlvs, tag};

/// `esm_class` of a final receipt, and of an intermediate notification (SMPP 3.4 §5.2.12).
const ESM_RECEIPT: u8 = 0x04;
const ESM_INTERMEDIATE: u8 = 0x20;
/// How much of the message a receipt quotes, in characters.
const QUOTED_CHARACTERS: usize = 20;
/// Digits of a masked number left at each end.
const MASK_KEEPS: usize = 4;

/// What a receipt says of its segment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    /// `message_state` (§5.2.28).
    code: u8,
    /// `stat` (Appendix B).
    stat: &'static str,
    /// `err` (Appendix B).
    error: u16,
    esm_class: u8,
}

impl State {
    /// On its way: an intermediate notification.
    pub(crate) const ENROUTE: Self = Self { code: 1, stat: "ENROUTE", error: 0, esm_class: ESM_INTERMEDIATE };

    pub(crate) const fn of(outcome: Outcome) -> Self {
        let (code, stat, error) = match outcome {
            Outcome::Delivered => (2, "DELIVRD", 0),
            Outcome::Expired => (3, "EXPIRED", 27),
            Outcome::Deleted => (4, "DELETED", 0),
            Outcome::Undeliverable => (5, "UNDELIV", 1),
            Outcome::Accepted => (6, "ACCEPTD", 0),
            Outcome::Unknown => (7, "UNKNOWN", 255),
            Outcome::Rejected => (8, "REJECTD", 21),
        };
        Self { code, stat, error, esm_class: ESM_RECEIPT }
    }
}

impl State {
    /// `message_state`.
    pub(crate) const fn code(self) -> u8 {
        self.code
    }

    /// The network's error code.
    pub(crate) const fn error(self) -> u16 {
        self.error
    }
}

/// Whether `registered_delivery` asks for the receipt of this outcome (§5.2.17; 3 is SMPP 5.0's "success only").
pub(crate) fn is_wanted(registered_delivery: u8, outcome: Outcome) -> bool {
    match registered_delivery & 0x03 {
        0 => false,
        1 => true,
        2 => outcome != Outcome::Delivered,
        _ => outcome == Outcome::Delivered,
    }
}

/// Whether `registered_delivery` asks for intermediate notifications.
pub(crate) fn wants_intermediate(registered_delivery: u8) -> bool {
    registered_delivery & 0x10 != 0
}

/// The message id as response and receipt write it.
pub(crate) fn written_ids(id: u64, form: IdForm) -> (Arc<str>, Arc<str>) {
    let decimal: Arc<str> = id.to_string().into();
    match form {
        IdForm::Decimal => (Arc::clone(&decimal), decimal),
        IdForm::HexInResponse => (format!("{id:x}").into(), decimal),
        IdForm::HexInReceipt => (decimal, format!("{id:x}").into()),
    }
}

/// A receipt in the making.
pub(crate) struct Receipt<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) state: State,
    /// The submit's addresses.
    pub(crate) sender: &'a Address,
    pub(crate) handset: &'a Address,
    /// The message's text, quoted in part when it is plain ASCII.
    pub(crate) text: &'a str,
    /// Microseconds since 1970, UTC.
    pub(crate) submitted_us: i64,
    pub(crate) done_us: i64,
}

/// A receipt as it goes out.
pub(crate) struct Written {
    pub(crate) source: Address,
    pub(crate) destination: Address,
    pub(crate) text: Arc<str>,
    pub(crate) body: bytes::Bytes,
}

impl Receipt<'_> {
    /// Writes the receipt the way the rule bends it.
    pub(crate) fn write(&self, rule: &Rule) -> Written {
        let (source, destination) = self.addresses(rule.receipt_addresses);
        let text = if rule.receipt_facts == ReceiptFacts::TlvOnly {
            String::new()
        } else {
            self.text()
        };
        let body = DeliverSm {
            source: &source,
            destination: &destination,
            esm_class: if rule.receipt_marked { self.state.esm_class } else { 0 },
            data_coding: 0,
            short_message: text.as_bytes(),
            tlvs: if rule.receipt_facts == ReceiptFacts::TextOnly {
                Tlvs::default()
            } else {
                self.tlvs()
            },
        }
        .to_body();
        Written { source, destination, text: text.into(), body }
    }

    fn text(&self) -> String {
        let delivered = u8::from(self.state.stat == "DELIVRD");
        let mut text = String::with_capacity(160);
        write!(
            text,
            "id:{} sub:001 dlvrd:{delivered:03} submit date:{} done date:{} stat:{} err:{:03} text:{}",
            self.message_id,
            date(self.submitted_us),
            date(self.done_us),
            self.state.stat,
            self.state.error,
            self.quotation(),
        )
        .expect("writing to a String does not fail");
        text
    }

    /// The first characters, where ASCII and the default alphabet agree.
    fn quotation(&self) -> String {
        let plain = |character: &char| character.is_ascii_alphanumeric() || " .,:;!?-+/()'\"".contains(*character);
        let quoted: String = self.text.chars().take(QUOTED_CHARACTERS).collect();
        if quoted.chars().all(|character| plain(&character)) {
            quoted
        } else {
            String::new()
        }
    }

    fn tlvs(&self) -> Tlvs {
        Tlvs::default()
            .with_c_string(tag::RECEIPTED_MESSAGE_ID, self.message_id)
            .with(tag::MESSAGE_STATE, &[self.state.code])
    }

    fn addresses(&self, form: ReceiptAddresses) -> (Address, Address) {
        let (handset, sender) = (self.handset.clone(), self.sender.clone());
        match form {
            ReceiptAddresses::AsSubmitted => (handset, sender),
            ReceiptAddresses::Masked => (Address { digits: masked(&handset.digits).into(), ..handset }, sender),
            ReceiptAddresses::National => {
                (Address { ton: TON_NATIONAL, digits: national(&handset.digits).into(), ..handset }, sender)
            }
            ReceiptAddresses::Swapped => (sender, handset),
            ReceiptAddresses::Empty => {
                let empty = Address { ton: 0, npi: 0, digits: "".into() };
                (empty.clone(), empty)
            }
        }
    }
}

/// `YYMMDDhhmm` in UTC.
fn date(unix_us: i64) -> String {
    let Ok(time) = Timestamp::from_microsecond(unix_us) else {
        return "0000000000".to_owned();
    };
    let time = TimeZone::UTC.to_datetime(time);
    let (year, month, day) = (time.year() % 100, time.month(), time.day());
    format!("{year:02}{month:02}{day:02}{:02}{:02}", time.hour(), time.minute())
}

fn masked(digits: &str) -> String {
    let hidden = MASK_KEEPS..digits.chars().count().saturating_sub(MASK_KEEPS);
    digits
        .chars()
        .enumerate()
        .map(|(at, digit)| if hidden.contains(&at) { '*' } else { digit })
        .collect()
}

/// The number as its own country dials it: Korea with 0, Russia and Kazakhstan with 8, all others without their first digit.
fn national(digits: &str) -> String {
    match (digits.strip_prefix("82"), digits.strip_prefix('7')) {
        (Some(rest), _) => format!("0{rest}"),
        (_, Some(rest)) => format!("8{rest}"),
        _ => digits.chars().skip(1).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt<'a>(sender: &'a Address, handset: &'a Address, outcome: Outcome) -> Receipt<'a> {
        Receipt {
            message_id: "1234567890",
            state: State::of(outcome),
            sender,
            handset,
            text: "Hello there, this is long",
            submitted_us: 1_763_881_260_000_000,
            done_us: 1_763_881_380_000_000,
        }
    }

    #[test]
    fn the_text_is_that_of_appendix_b() {
        let (sender, handset) = (Address::of_number("4565"), Address::of_number("79141234567"));
        let written = receipt(&sender, &handset, Outcome::Undeliverable).write(&Rule::DELIVERED);
        assert_eq!(
            &*written.text,
            "id:1234567890 sub:001 dlvrd:000 submit date:2511230701 done date:2511230703 stat:UNDELIV err:001 \
             text:Hello there, this is"
        );
        assert_eq!((written.source, written.destination), (handset, sender));
    }

    #[test]
    fn addresses_bend_as_the_rule_says() {
        let (sender, handset) = (Address::of_number("4565"), Address::of_number("79141234567"));
        let written = |receipt_addresses| {
            let rule = Rule { receipt_addresses, ..Rule::DELIVERED };
            let written = receipt(&sender, &handset, Outcome::Delivered).write(&rule);
            (written.source.digits.to_string(), written.destination.digits.to_string())
        };
        assert_eq!(written(ReceiptAddresses::Masked), ("7914***4567".into(), "4565".into()));
        assert_eq!(written(ReceiptAddresses::National), ("89141234567".into(), "4565".into()));
        assert_eq!(written(ReceiptAddresses::Swapped), ("4565".into(), "79141234567".into()));
        assert_eq!(written(ReceiptAddresses::Empty), (String::new(), String::new()));
    }

    #[test]
    fn receipts_are_sent_to_those_who_asked() {
        use Outcome::{Delivered, Expired};
        let wanted = |registered| (is_wanted(registered, Delivered), is_wanted(registered, Expired));
        assert_eq!(
            [0, 1, 2, 3, 0x11].map(wanted),
            [(false, false), (true, true), (false, true), (true, false), (true, true)]
        );
    }
}
