//! Configuration as facts: records of `config`. Each sets one entity as a whole; the newest record of an entity counts.

use serde::{Deserialize, Serialize};
use volley_types::{
    AccountId, CarrierName, Country, DialAddress, Keyword, NumberId, NumberKind, PollId, SpanMs, SubscriptionId,
    TenantId, Timestamp,
};

/// A change with its place on `config`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigRecord {
    /// Offset of the record on `config`; in the record on `config` itself it is what its header says, here 0.
    pub offset: u64,
    /// Ties an administrative call to its record.
    pub call: [u8; 16],
    /// The change.
    pub change: ConfigChange,
}

/// One entity, set as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConfigChange {
    /// A tenant.
    Tenant(TenantConfig),
    /// An API key.
    ApiKey(ApiKeyConfig),
    /// A virtual number.
    Number(NumberConfig),
    /// A keyword on a number.
    Keyword(KeywordConfig),
    /// A carrier.
    Carrier(CarrierConfig),
    /// An account at a carrier.
    Account(AccountConfig),
    /// A route.
    Route(RouteConfig),
    /// A poll.
    Poll(PollConfig),
    /// A subscription.
    Subscription(SubscriptionConfig),
    /// A record to pass over.
    Skip(SkipConfig),
    /// How a carrier wants to be spoken to.
    CarrierProfile(CarrierProfileConfig),
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantConfig {
    /// Its id.
    pub tenant: TenantId,
    /// What people call it; at most 128 octets.
    pub display_name: String,
    /// A suspended tenant's submissions are refused; its replies still arrive.
    pub suspended: bool,
    /// Whether `events` shows whole numbers instead of keyed hashes.
    pub clear_numbers: bool,
    /// Nothing of a paused tenant leaves: what is accepted waits until the pause ends, or expires.
    pub paused: bool,
    /// All its texts leave exactly as written.
    pub verbatim: bool,
}

/// An API key. The key itself is never stored: only its SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyConfig {
    /// The public part: names the key in lists and logs. 12 characters.
    pub key_id: String,
    /// Whose key it is.
    pub tenant: TenantId,
    /// SHA-256 of the whole key.
    pub hash: [u8; 32],
    /// What it is for; at most 128 octets.
    pub label: String,
    /// A revoked key opens nothing any more.
    pub revoked: bool,
}

/// A virtual number and who may use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberConfig {
    /// Its identity.
    pub number: NumberId,
    /// Its kind.
    pub kind: NumberKind,
    /// How it is written as `source_addr`.
    pub dial: DialAddress,
    /// Who may send from it; several on a number shared by keyword.
    pub tenants: Vec<TenantId>,
    /// Who gets what no keyword and no conversation claims.
    pub default_owner: Option<TenantId>,
    /// Where replies to it come in: the account, and the digits the carrier writes as destination.
    pub inbound: Vec<InboundAddress>,
    /// Sets of opt-out words beside the general one: ISO 639-1 languages.
    pub languages: Vec<String>,
    /// Answers to consent words.
    pub answers: ConsentAnswers,
    /// A retired number sends nothing; replies still arrive.
    pub retired: bool,
}

/// Where replies to a number come in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InboundAddress {
    /// The account.
    pub account: AccountId,
    /// The destination's digits as the carrier writes them, without `+`.
    pub digits: String,
}

/// What Volley answers to consent words. An empty text means: no answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentAnswers {
    /// To STOP.
    pub stop: String,
    /// To START.
    pub start: String,
    /// To HELP.
    pub help: String,
}

/// A keyword on a number: who owns it, and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeywordConfig {
    /// The number.
    pub number: NumberId,
    /// The folded word.
    pub keyword: Keyword,
    /// Who owns it. The first record wins until it is released.
    pub tenant: TenantId,
    /// The poll it votes in, if it is a vote.
    pub poll: Option<PollId>,
    /// The owner gave it back.
    pub released: bool,
}

/// A carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierConfig {
    /// Its name.
    pub carrier: CarrierName,
    /// The country whose national numbers it writes.
    pub home: Country,
    /// How ids in its answers and receipts are written, unless its profile says it.
    pub ids: MessageIdForm,
}

/// How a carrier wants to be spoken to: its profile, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierProfileConfig {
    /// The carrier.
    pub carrier: CarrierName,
    /// TOML with the keys of `deploy/carriers/reference.toml`, at most 16 KiB; empty for the default profile.
    pub profile: String,
}

/// How a carrier writes the id of one message in its answer and in its receipt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageIdForm {
    /// The same text, compared without case.
    #[default]
    Same,
    /// Hexadecimal in the answer, decimal in the receipt.
    HexThenDecimal,
    /// Decimal in the answer, hexadecimal in the receipt.
    DecimalThenHex,
}

/// An account: one login at a carrier. The password is not configuration: egress reads it from its own file or environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountConfig {
    /// Its id; never used twice.
    pub account: AccountId,
    /// Whose account it is.
    pub carrier: CarrierName,
    /// Host name or address; several, with commas between them, are taken in turn.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The login; at most 15 octets (SMPP 3.4 §4.1.1), longer is allowed where the carrier does.
    pub system_id: String,
    /// Sessions to hold, 1 to 16.
    pub binds: u16,
    /// Unanswered submits a session, 1 to 1 000.
    pub window: u16,
    /// Segments a second over all sessions; 0 is unlimited.
    pub segments_per_second: u32,
    /// Time a `submit_sm` may stay unanswered.
    pub response_timeout: SpanMs,
    /// Closed accounts send nothing and bind nowhere.
    pub closed: bool,
}

/// A route: which accounts serve the handsets under a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteConfig {
    /// First digits of the handset's number in E.164, without `+`; empty is the default route. The longest match wins.
    pub prefix: String,
    /// The accounts, the preferred one first; none removes the route.
    pub accounts: Vec<AccountId>,
}

/// A poll: one vote a handset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollConfig {
    /// Its id.
    pub poll: PollId,
    /// Whose poll it is.
    pub tenant: TenantId,
    /// The number it runs on.
    pub number: NumberId,
    /// Votes that come in later are late; by receive time at our edge.
    pub closes_at: Timestamp,
}

/// A subscription: an ordered stream of a tenant's events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionConfig {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id; `default` exists from the tenant's first record on.
    pub subscription: SubscriptionId,
    /// Shards, 1 to 64; fixed when created.
    pub shards: u16,
}

/// A record that a halted partition, and every later replay, passes over (D16).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SkipConfig {
    /// Topic.
    pub topic: String,
    /// Partition.
    pub partition: u32,
    /// Offset.
    pub offset: u64,
}
