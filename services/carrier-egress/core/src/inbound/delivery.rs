//! One delivery: what it says, and whose it is.

use volley_events::{CarrierMessageId, PartInfo, ReceiptArrived, ReceiptState, Record, ReplyArrived};
use volley_numbers::subscriber_of;
use volley_rows::{RowError, RowStore};
use volley_types::{AccountId, ArrivalId, Body, CarrierName, Country, DialAddress, SubscriberId, Timestamp};

use crate::{ids, outbox::Arrival, rows::CarrierIdRow};

/// One connection of this run of the process; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// Most ids that one written id may mean beside itself.
pub const READINGS_MAX: usize = 8;

/// Something a carrier delivered.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The connection it came on.
    pub link: LinkId,
    /// The carrier's sequence number, to answer with.
    pub sequence: u32,
    /// Hash of the PDU without its sequence number.
    pub fingerprint: u64,
    /// The account of the connection.
    pub account: AccountId,
    /// Who wrote; in a receipt, our recipient.
    pub source: DialAddress,
    /// To whom; in a receipt, our sender.
    pub destination: DialAddress,
    /// What it is.
    pub content: Content,
}

/// What was delivered.
#[derive(Debug, Clone)]
pub enum Content {
    /// A delivery receipt.
    Receipt(ReceiptContent),
    /// Anything else: a person wrote.
    Reply(ReplyContent),
}

/// What a receipt says.
#[derive(Debug, Clone)]
pub struct ReceiptContent {
    /// The id it names, normalised.
    pub id: Option<CarrierMessageId>,
    /// Other ids it may mean, where nobody has said how the carrier writes them; at most [`READINGS_MAX`].
    pub readings: Vec<CarrierMessageId>,
    /// The state it tells.
    pub state: ReceiptState,
    /// The carrier's error code, as written.
    pub error: Option<String>,
    /// When the carrier says it was done.
    pub done_at: Option<Timestamp>,
    /// The octets of its text.
    pub raw: Body,
}

/// What a person wrote.
#[derive(Debug, Clone)]
pub struct ReplyContent {
    /// `data_coding`.
    pub data_coding: u8,
    /// `esm_class`.
    pub esm_class: u8,
    /// The octets of the text.
    pub octets: Body,
    /// Its place in a long message, when told by parameters.
    pub part: Option<PartInfo>,
}

/// The id a receipt names.
pub(super) fn named_id(delivery: &Delivery) -> Option<&CarrierMessageId> {
    match &delivery.content {
        Content::Receipt(receipt) => receipt.id.as_ref(),
        Content::Reply(_) => None,
    }
}

/// How a carrier writes, and who is who there.
#[derive(Debug)]
pub(super) struct Edge {
    pub carrier: CarrierName,
    pub home: Country,
    pub partitions: u16,
}

impl Edge {
    /// The attempt that this id belongs to, unless the receipt's addresses speak against it.
    pub fn owner<S: RowStore + ?Sized>(
        &self,
        id: &CarrierMessageId,
        delivery: &Delivery,
        now: Timestamp,
        rows: &S,
    ) -> Result<Option<CarrierIdRow>, RowError> {
        ids::find(id, now, |row| self.fits(row, delivery), rows)
    }

    /// The attempt that this id belongs to, if the receipt's address is that handset's.
    pub fn sure_owner<S: RowStore + ?Sized>(
        &self,
        id: &CarrierMessageId,
        delivery: &Delivery,
        now: Timestamp,
        rows: &S,
    ) -> Result<Option<CarrierIdRow>, RowError> {
        let is_his = |subscriber: &SubscriberId| {
            writes(&delivery.source, subscriber) || self.subscriber(&delivery.source) == *subscriber
        };
        ids::find(id, now, |row| row.subscriber.as_ref().is_some_and(is_his), rows)
    }

    /// Whether the addresses of a receipt do not speak against it being about this handset. Carriers mask, shorten, swap and
    /// leave out addresses; only another whole number as source, without ours as destination, says that the id was given twice.
    /// Of a row that was rebuilt from the journal the handset is not known: a receipt from a whole number then goes by address, to where
    /// the message with that id and that handset is known.
    fn fits(&self, row: &CarrierIdRow, delivery: &Delivery) -> bool {
        let Some(subscriber) = &row.subscriber else {
            return self.subscriber(&delivery.source).as_e164().is_none();
        };
        if writes(&delivery.source, subscriber) {
            return true;
        }
        let source = self.subscriber(&delivery.source);
        source == *subscriber
            || source.as_e164().is_none()
            || subscriber.as_e164().is_none()
            || self.subscriber(&delivery.destination) == *subscriber
    }

    fn subscriber(&self, address: &DialAddress) -> SubscriberId {
        subscriber_of(address, self.home, &self.carrier)
    }

    /// The record of a delivery and where it goes: by the attempt it names, else by the address it came from.
    pub fn arrival(
        &self,
        arrival: ArrivalId,
        delivery: Delivery,
        owner: Option<CarrierIdRow>,
        possible_repeat: bool,
        received_at: Timestamp,
    ) -> Arrival {
        let known = owner.as_ref().and_then(|row| row.subscriber.clone());
        let subscriber = known.unwrap_or_else(|| self.subscriber(&delivery.source));
        let attempt = owner.map(|row| (row.attempt, row.segment));
        let partition = match attempt {
            Some((attempt, _)) => attempt.message.partition(),
            None => subscriber.partition(self.partitions),
        };
        let (carrier, account) = (self.carrier.clone(), delivery.account);
        let record = match delivery.content {
            Content::Receipt(receipt) => Record::ReceiptArrived(Box::new(ReceiptArrived {
                arrival,
                carrier,
                account,
                carrier_message_id: receipt.id,
                attempt,
                subscriber,
                state: receipt.state,
                error: receipt.error,
                done_at: receipt.done_at,
                received_at,
                raw: receipt.raw,
            })),
            Content::Reply(reply) => Record::ReplyArrived(Box::new(ReplyArrived {
                arrival,
                carrier,
                account,
                subscriber,
                source: delivery.source,
                destination: delivery.destination,
                data_coding: reply.data_coding,
                esm_class: reply.esm_class,
                octets: reply.octets,
                part: reply.part,
                received_at,
                possible_repeat,
            })),
        };
        Arrival { id: arrival, fingerprint: delivery.fingerprint, partition, received_at, record }
    }
}

/// Whether an address is the number of this handset, digit by digit: the usual case, and the cheap one.
fn writes(address: &DialAddress, subscriber: &SubscriberId) -> bool {
    let digits = address.digits();
    let number = digits.strip_prefix('+').unwrap_or(digits).parse::<u64>().ok();
    number.is_some() && number == subscriber.as_e164()
}
