//! What a profile says, with the defaults of one that says nothing.

use volley_smpp::{MessageIdBase, ReceiptSign, StatusClasses, Tlv};
use volley_sms_text::{Encoding, EncodingSet, Limits as UnitLimits, LongForm, RefBits, SEGMENTS_MAX, SegmentOptions};
use volley_types::Country;

use crate::errors::ErrorTable;

/// How one carrier wants to be spoken to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// A note for people.
    pub description: String,
    /// Whose national numbers the carrier writes, if the profile says so.
    pub home: Option<Country>,
    /// Login, versions, timers.
    pub session: SessionRules,
    /// TLS; `None` for plain TCP.
    pub tls: Option<Tls>,
    /// What the contract allows at most.
    pub limits: Limits,
    /// Slowing down, and stopping.
    pub pace: Pace,
    /// Alphabets and long texts.
    pub text: TextRules,
    /// TON and NPI by kind of number.
    pub addresses: Addresses,
    /// How ids are written.
    pub message_ids: MessageIds,
    /// How receipts are asked for and read.
    pub receipts: ReceiptRules,
    /// How a validity is written.
    pub validity: ValidityRules,
    /// What it does with a message that it has already.
    pub at_carrier: AtCarrier,
    /// What refusals ask of us, where this carrier departs from the common table.
    pub statuses: StatusClasses,
    /// What its codes mean in the words of all carriers.
    pub errors: ErrorTable,
    /// Optional parameters that every `submit_sm` carries.
    pub tlvs: Vec<Tlv>,
}

/// Which sessions are tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BindStyle {
    /// A transceiver; a transmitter and a receiver where that is refused as unknown.
    #[default]
    Auto,
    /// Transceivers only.
    Transceiver,
    /// A transmitter and a receiver.
    Pair,
    /// Transmitters only: nothing comes in but what the carrier delivers on them.
    Transmitter,
    /// Receivers only: nothing is sent.
    Receiver,
}

/// Login, versions, timers (telecom.md §3.9). All spans in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRules {
    /// `interface_version`: 0x33, 0x34 or 0x50.
    pub interface_version: u8,
    /// Which sessions are tried.
    pub bind: BindStyle,
    /// `system_type`.
    pub system_type: String,
    /// From the beginning of a connection to its end, TLS included.
    pub connect_timeout_ms: u64,
    /// From the connection to the answer to the bind.
    pub bind_timeout_ms: u64,
    /// Silence after which we ask whether the carrier is there.
    pub enquire_link_interval_ms: u64,
    /// How long that answer may take; the second miss in a row ends the session.
    pub enquire_link_timeout_ms: u64,
    /// The first pause before a new connection; it doubles.
    pub reconnect_first_ms: u64,
    /// The longest such pause.
    pub reconnect_max_ms: u64,
    /// The pause after a login refused for what only a person can put right.
    pub refused_pause_ms: u64,
}

impl Default for SessionRules {
    fn default() -> Self {
        Self {
            interface_version: 0x34,
            bind: BindStyle::Auto,
            system_type: String::new(),
            connect_timeout_ms: 10_000,
            bind_timeout_ms: 15_000,
            enquire_link_interval_ms: 30_000,
            enquire_link_timeout_ms: 15_000,
            reconnect_first_ms: 1_000,
            reconnect_max_ms: 60_000,
            refused_pause_ms: 300_000,
        }
    }
}

/// TLS. Files are read where the carrier is bound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// The name the certificate must be made out to; the account's host unless given.
    pub server_name: Option<String>,
    /// PEM file of the authorities to trust; the system's own unless given.
    pub ca_file: Option<String>,
    /// PEM file of our certificate, with its chain.
    pub certificate_file: Option<String>,
    /// PEM file of its key.
    pub key_file: Option<String>,
}

/// What the contract allows at most; an account may be configured for less. 0 is unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Sessions of an account.
    pub binds: u16,
    /// Unanswered submits of a session.
    pub window: u16,
    /// Segments a second of an account.
    pub segments_per_second: u32,
    /// Segments a second of each session.
    pub segments_per_second_per_bind: u32,
}

/// Slowing down when the carrier says so, and stopping when it refuses everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Percent of the rate that are left after a "throttled".
    pub throttle_keep_percent: u8,
    /// Percent of the rate that come back in each second.
    pub recover_percent_per_second: u8,
    /// `congestion_state` at which we ease off (SMPP 5.0 §4.8.4.18); 0 ignores it.
    pub congestion_ease_from: u8,
    /// Refusals in a row that are not about one message after which the account rests; 0 never.
    pub breaker_refusals: u16,
    /// How long it rests, in milliseconds.
    pub breaker_pause_ms: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            throttle_keep_percent: 50,
            recover_percent_per_second: 5,
            congestion_ease_from: 90,
            breaker_refusals: 50,
            breaker_pause_ms: 30_000,
        }
    }
}

/// How the parts of a long text are told apart on the wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Splitting {
    /// A user data header in each `short_message`.
    #[default]
    Udh,
    /// The three `sar_*` parameters.
    Sar,
    /// Not at all: the whole text goes in one `message_payload`, and the carrier splits it.
    Payload,
}

/// Alphabets and long texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextRules {
    /// What the carrier keeps behind data_coding 0x00: GSM-7, ASCII or Latin-1.
    pub default_alphabet: Encoding,
    /// GSM-7 is packed, 8 septets in 7 octets.
    pub gsm7_packed: bool,
    /// Encodings the carrier takes; the cheapest for a text is chosen.
    pub encodings: EncodingSet,
    /// How parts are told apart.
    pub splitting: Splitting,
    /// Bits of the reference that parts share.
    pub reference_bits: RefBits,
    /// Parts a text may have.
    pub parts_max: u8,
    /// Octets of one part in one-octet and Korean encodings.
    pub part_octets: u8,
}

impl Default for TextRules {
    fn default() -> Self {
        Self {
            default_alphabet: Encoding::Gsm7,
            gsm7_packed: false,
            encodings: EncodingSet::GSM,
            splitting: Splitting::Udh,
            reference_bits: RefBits::Eight,
            parts_max: SEGMENTS_MAX,
            part_octets: 140,
        }
    }
}

impl TextRules {
    /// How a text is cut for this carrier. Headers and septets are put into the form of the wire by egress.
    #[must_use]
    pub fn segment_options(&self) -> SegmentOptions {
        let octets = usize::from(self.part_octets);
        let limits = UnitLimits {
            single: octets,
            part_8_bit: octets.saturating_sub(6),
            part_16_bit: octets.saturating_sub(7),
        };
        SegmentOptions {
            encodings: self.encodings,
            ref_bits: self.reference_bits,
            segments_max: self.parts_max,
            form: match self.splitting {
                Splitting::Payload => LongForm::Payload,
                Splitting::Udh | Splitting::Sar => LongForm::Udh,
            },
            octet_limits: (self.part_octets != 140).then_some(limits),
            ..SegmentOptions::default()
        }
    }
}

/// Type of number and numbering plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TonNpi {
    /// Type of number.
    pub ton: u8,
    /// Numbering plan.
    pub npi: u8,
}

/// TON and NPI by kind of number; `None` as the number's own record says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Addresses {
    /// A sender of 3 to 6 digits.
    pub short_code: Option<TonNpi>,
    /// A sender that is a national number.
    pub long_code: Option<TonNpi>,
    /// A sender in international form.
    pub standard: Option<TonNpi>,
    /// A sender with letters.
    pub alphanumeric: Option<TonNpi>,
    /// The handset.
    pub destination: Option<TonNpi>,
    /// International numbers are written with a `+`.
    pub plus: bool,
}

/// How ids are written. `None` in both: nobody has said, and receipts are matched as they are, or in another base where that is certain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MessageIds {
    /// In the answer to a submit.
    pub response: Option<MessageIdBase>,
    /// In a receipt.
    pub receipt: Option<MessageIdBase>,
}

/// How receipts are asked for and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiptRules {
    /// `registered_delivery` (SMPP 3.4 §5.2.17).
    pub registered_delivery: u8,
    /// What makes a delivery a receipt.
    pub sign: ReceiptSign,
    /// Minutes by which the carrier's dates are ahead of UTC.
    pub utc_offset_minutes: i16,
}

impl Default for ReceiptRules {
    fn default() -> Self {
        Self { registered_delivery: 0x01, sign: ReceiptSign::EsmClass, utc_offset_minutes: 0 }
    }
}

/// How `validity_period` is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ValidityForm {
    /// As a span: no clocks are compared.
    #[default]
    Relative,
    /// As a moment in UTC.
    Absolute,
    /// Not at all: the carrier's own default holds.
    None,
}

/// How a validity is written, and its limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ValidityRules {
    /// The form.
    pub form: ValidityForm,
    /// The longest the carrier takes, in seconds; 0 is unlimited.
    pub longest_s: u32,
}

/// What a carrier does, when it is asked, with a message that it has already (SMPP 3.4 §4.8 to §4.10). Carriers answer these
/// operations in their own ways, or not at all: nothing is asked that its contract does not name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AtCarrier {
    /// It cancels messages (`cancel_sm`): a client's wish to have one back goes on to it.
    pub cancel: bool,
    /// It tells what became of messages (`query_sm`): it is asked before a message without a receipt becomes unknown.
    pub query: bool,
    /// It replaces texts (`replace_sm`): a client's new text for a message of one part goes on to it.
    pub replace: bool,
}
