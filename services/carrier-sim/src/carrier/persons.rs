//! Texts from handsets: those that tests and operators send, and those that played persons answer with.

use std::collections::BTreeMap;
use std::time::Duration;

use volley_sms_text::{Carriage, SegmentBody};

use super::Carrier;
use super::deliveries::Delivery;
use super::handsets::ReceivedText;
use super::timers::Due;
use crate::clock::{Chance, Now};
use crate::journal::DeliveryKind;
use crate::mo::{Mo, MoError, PartOrder};
use crate::person::{Line, Person};
use crate::text::{mo_parts, place_of};
use crate::wire::{Address, DeliverSm, Tlvs, tag};

/// `esm_class` of a text with a user data header.
const ESM_UDHI: u8 = 0x40;
/// Octets an address may have.
const NUMBER_OCTETS: std::ops::RangeInclusive<usize> = 1..=20;
/// Pairs of handset and sender whose answers are counted; the lowest goes when one more comes.
const CONVERSATIONS_MAX: usize = 100_000;

/// Who answers, and how often each has.
#[derive(Default)]
pub(super) struct Persons {
    pub(super) list: Vec<Person>,
    /// By person, line, handset and sender.
    answered: BTreeMap<(usize, usize, String, String), u32>,
}

impl Persons {
    pub(super) fn new(list: Vec<Person>) -> Self {
        // The first of the configuration is looked at first, and one added later before them all.
        let list = list.into_iter().rev().collect();
        Self { list, answered: BTreeMap::new() }
    }

    /// Adds a person ahead of the others, without disturbing how often those have answered.
    pub(super) fn add(&mut self, person: Person) {
        self.list.push(person);
    }

    /// The line that answers a text, counted.
    fn line_for(&mut self, text: &ReceivedText) -> Option<&Line> {
        let person = self.list.iter().rposition(|person| person.number.matches(&text.handset))?;
        let fits = |line: &Line| line.fits(&text.from, &text.text);
        let at = self.list[person].script.iter().position(fits)?;
        let line = &self.list[person].script[at];
        if line.times > 0 {
            let key = (person, at, text.handset.clone(), text.from.clone());
            if self.answered.len() >= CONVERSATIONS_MAX && !self.answered.contains_key(&key) {
                self.answered.pop_first();
            }
            let answered = self.answered.entry(key).or_default();
            *answered += 1;
            return (*answered <= line.times).then_some(line);
        }
        Some(line)
    }
}

impl Carrier {
    /// Lets the owner of a handset answer a text, after the time it takes to type.
    pub(super) fn let_person_answer(&mut self, text: &ReceivedText, now: Now) {
        let Some(line) = self.persons.line_for(text) else { return };
        let mo = Mo {
            alphabet: line.alphabet,
            account: Some(text.account.clone()),
            ..Mo::new(&text.handset, &text.from, line.answer_to(&text.text))
        };
        let delay = Duration::from_millis(line.delay_ms.into());
        self.timers.set(now.instant + delay, Due::Speak(Box::new(mo)));
    }

    /// Sends a text from a handset; gives the number of its parts.
    pub(crate) fn send_mo(&mut self, mo: &Mo, now: Now) -> Result<usize, MoError> {
        let source = address(&mo.from, "from")?;
        let destination = address(&mo.to, "to")?;
        let account = self.account_of(mo, &destination.digits)?;
        self.long_reference = self.long_reference.wrapping_add(1);
        let mut parts = mo_parts(&mo.text, mo.alphabet, mo.long_text, self.long_reference)?;
        if !self.accounts[account]
            .deliveries
            .has_room_for(parts.len() * usize::from(mo.copies))
        {
            return Err(MoError::QueueFull);
        }
        order(&mut parts, mo.part_order, &mut self.chance);
        let first_link = self.accounts[account].links.first().copied();
        for copy in 0..mo.copies {
            for (at, part) in parts.iter().enumerate() {
                let mut delivery = mo_delivery(source.clone(), destination.clone(), &mo.text, part);
                delivery.prefer = first_link.filter(|_| mo.copies > 1 && copy == 0);
                delivery.avoid = first_link.filter(|_| copy > 0);
                delivery.answer_lost = mo.answer_lost && (copy, at) == (0, 0);
                self.deliver_after(account, delivery, 0, now);
            }
        }
        Ok(parts.len())
    }

    /// The account named, else the one whose number it is, else the last that wrote from it, else the only one.
    fn account_of(&self, mo: &Mo, destination: &str) -> Result<usize, MoError> {
        let find = |wanted: &dyn Fn(&super::Account) -> bool| self.accounts.iter().position(wanted);
        match &mo.account {
            Some(name) => find(&|account| account.config.system_id == *name),
            None => find(&|account| account.config.numbers.iter().any(|number| number.matches(destination)))
                .or_else(|| self.senders.get(destination).copied())
                .or_else(|| (self.accounts.len() == 1).then_some(0)),
        }
        .ok_or(MoError::NoAccount)
    }
}

fn address(number: &str, what: &'static str) -> Result<Address, MoError> {
    let address = Address::of_number(number);
    let plain = address.digits.bytes().all(|octet| octet.is_ascii_graphic());
    if plain && NUMBER_OCTETS.contains(&address.digits.len()) {
        Ok(address)
    } else {
        Err(MoError::Number(what))
    }
}

fn order(parts: &mut [SegmentBody], order: PartOrder, chance: &mut Chance) {
    match order {
        PartOrder::InOrder => {}
        PartOrder::Reversed => parts.reverse(),
        PartOrder::Shuffled => {
            for last in (1..parts.len()).rev() {
                parts.swap(last, chance.below(last + 1));
            }
        }
    }
}

fn mo_delivery(source: Address, destination: Address, text: &str, part: &SegmentBody) -> Delivery {
    let (short_message, tlvs) = match part.carriage {
        Carriage::Payload => (&[][..], Tlvs::default().with(tag::MESSAGE_PAYLOAD, &part.octets)),
        Carriage::Sar(place) => (&part.octets[..], Tlvs::default().with_place(place)),
        Carriage::Plain | Carriage::Udh(_) => (&part.octets[..], Tlvs::default()),
    };
    let body = DeliverSm {
        source: &source,
        destination: &destination,
        esm_class: if part.udhi { ESM_UDHI } else { 0 },
        data_coding: part.data_coding,
        short_message,
        tlvs,
    }
    .to_body();
    let text = match place_of(part) {
        Some(place) => format!("[{} of {}] {text}", place.sequence(), place.total()).into(),
        None => text.into(),
    };
    Delivery {
        kind: DeliveryKind::Mo,
        source,
        destination,
        message_id: None,
        text,
        body,
        prefer: None,
        avoid: None,
        attempts: 0,
        answer_lost: false,
    }
}
