//! Carriers and handsets at work.
use volley_carrier_egress_core::{Content, Delivery, LinkId, ReceiptContent, ReplyContent, SegmentAnswer};
use volley_types::{Body, DialAddress, Npi, Ton};

use super::{Event, World};
use crate::{
    carrier::{Item, Parcel, Submit},
    egress::Segment,
    happened::Happened,
    setup::{SHARED, account_id, handset_of, msisdn, number},
    wish::{OTHER_TEXT, SentReply, VOTE, named_by},
};

/// How long a carrier waits for the answer to a delivery, milliseconds.
const DELIVERY_PATIENCE_MS: u64 = 30_000;

impl World {
    pub(super) fn link_up(&mut self, owner: usize, bind: u16) {
        let taken = self.links.values().any(|link| *link == (owner, bind));
        if taken || !self.egress[owner].may_bind() || !self.is_lively() {
            return;
        }
        self.links_made += 1;
        self.links.insert(self.links_made, (owner, bind));
        self.egress[owner].bind_up(bind, self.links_made);
        self.after_ms(1, Event::Turn(owner, false));
    }

    pub(super) fn link_cut(&mut self, carrier: u8, bind: u16, again_ms: u64) {
        let owner = self.owners[usize::from(carrier)];
        let link = self.links.iter().find(|(_, of)| **of == (owner, bind)).map(|(link, _)| *link);
        if let Some(link) = link {
            self.link_ends(carrier, link);
            self.after_ms(0, Event::LinkEnded { owner, link });
        }
        self.after_ms(again_ms, Event::LinkUp { owner, bind });
    }

    pub(super) fn link_ended(&mut self, owner: usize, link: u64) -> Result<(), String> {
        self.egress[owner].bind_down(link, self.now)?;
        self.after_ms(1, Event::Turn(owner, false));
        Ok(())
    }

    /// The carrier's end of a connection: what it had not heard an answer to it delivers again.
    pub(super) fn link_ends(&mut self, carrier: u8, link: u64) {
        self.links.remove(&link);
        let mut again = Vec::new();
        for (index, parcel) in self.carriers[usize::from(carrier)].parcels.iter_mut().enumerate() {
            if parcel.on_its_way.take_if(|(on, _)| *on == link).is_some() {
                again.push(index);
            }
        }
        for parcel in again {
            let ms = self.rng.between(500, 4_000);
            self.after_ms(ms, Event::Offer { carrier, parcel });
        }
    }

    /// A segment arrives; that its link has ended meanwhile does not stop it, only its answer.
    pub(super) fn segment_arrives(&mut self, carrier: u8, segment: &Segment) {
        let Some(submit) = self.read(segment) else { return };
        let mut rng = self.rng.fork();
        let reaction = self.carriers[usize::from(carrier)].take(submit, &mut rng);
        if let Some((after, answer)) = reaction.answer {
            let (link, token) = (segment.link, segment.token);
            self.after_ms(after.as_millis(), Event::Answered { link, token, answer });
        }
        for (after, item) in reaction.receipts {
            self.after_ms(after.as_millis(), Event::Item(carrier, Box::new(item)));
        }
        if let Some(complete) = reaction.complete {
            self.handset_has(carrier, &complete);
        }
    }

    fn read(&mut self, segment: &Segment) -> Option<Submit> {
        let handset = handset_of(&segment.destination)?;
        let message = named_by(&segment.octets);
        let attempt = self.rng.draw();
        let (attempt, number, of) = match segment.octets.get(..6) {
            Some(&[5, 0, 3, reference, of, number]) if segment.udhi => {
                let of_try = message.unwrap_or(0) << 16 | u64::from(reference) << 1 | 1;
                (of_try, number, of)
            }
            _ => (attempt, 1, 1),
        };
        Some(Submit {
            at: segment.at,
            run: segment.run,
            message,
            handset,
            number: segment.source.clone(),
            attempt,
            segment: number,
            of,
            taken: false,
            id: None,
            told_delivered: false,
        })
    }

    /// A person reads a message, and perhaps answers: some are quick.
    fn handset_has(&mut self, carrier: u8, submit: &Submit) {
        let Some(message) = submit.message else { return };
        if self.rng.chance(100) {
            self.handset_votes(carrier, submit, message);
        }
        if !self.rng.chance(350) {
            return;
        }
        let word = match self.rng.below(20) {
            0..=2 => Some("STOP"),
            3 => Some("HELP"),
            4..=5 => Some("START"),
            _ => None,
        };
        let count = self.replies.len() as u64;
        let text = word.map_or_else(|| format!("q{count} thank you"), str::to_owned);
        self.replies.push(SentReply {
            handset: submit.handset,
            number: submit.number.clone(),
            text: text.clone(),
            answers: message % OTHER_TEXT,
            consent: word.is_some(),
        });
        let after = if self.rng.chance(500) {
            self.rng.between(1, 50)
        } else {
            self.rng.between(50, 15_000)
        };
        let (handset, number) = (submit.handset, submit.number.clone());
        self.after_ms(after, Event::Item(carrier, Box::new(Item::Reply { reply: count, handset, number, text })));
    }

    /// A person writes the same several times, quickly, to a number that has one owner.
    fn handset_votes(&mut self, carrier: u8, submit: &Submit, message: u64) {
        if submit.number == number(SHARED).digits() {
            return;
        }
        let begins = self.rng.between(1, 10_000);
        for count in 0..self.rng.between(2, 4) {
            let reply = self.replies.len() as u64;
            let (handset, number, text) = (submit.handset, submit.number.clone(), VOTE.to_owned());
            self.replies.push(SentReply {
                handset,
                number: number.clone(),
                text: text.clone(),
                answers: message % OTHER_TEXT,
                consent: false,
            });
            if count > 0 {
                self.tally.count(Happened::EqualReply);
            }
            let at = begins + self.rng.between(0, 300);
            self.after_ms(at, Event::Item(carrier, Box::new(Item::Reply { reply, handset, number, text })));
        }
    }

    pub(super) fn segment_answered(&mut self, link: u64, token: u64, answer: SegmentAnswer) -> Result<(), String> {
        let Some((owner, _)) = self.links.get(&link).copied() else { return Ok(()) };
        self.egress[owner].answered(link, token, answer, self.now)?;
        self.after_ms(0, Event::Turn(owner, false));
        Ok(())
    }

    pub(super) fn item(&mut self, carrier: u8, item: Item) {
        let parcels = &mut self.carriers[usize::from(carrier)].parcels;
        parcels.push(Parcel::new(item));
        let parcel = parcels.len() - 1;
        self.offer(carrier, parcel);
    }

    pub(super) fn offer(&mut self, carrier: u8, index: usize) {
        let links: Vec<u64> = self
            .links
            .iter()
            .filter(|(_, (owner, _))| self.egress[*owner].carrier == carrier)
            .map(|(link, _)| *link)
            .collect();
        let state = &mut self.carriers[usize::from(carrier)];
        let parcel = &state.parcels[index];
        if parcel.done || parcel.on_its_way.is_some() {
            return;
        }
        if links.is_empty() {
            if self.is_lively() {
                self.after_ms(1_000, Event::Offer { carrier, parcel: index });
            }
            return;
        }
        let link = self.rng.pick(&links);
        let sequence = state.next_sequence();
        let parcel = &mut state.parcels[index];
        parcel.on_its_way = Some((link, sequence));
        parcel.times += 1;
        let latency = self.rng.between(1, 30);
        self.after_ms(latency, Event::Delivered { carrier, link, sequence, parcel: index });
        self.after_ms(DELIVERY_PATIENCE_MS, Event::Unheard { carrier, parcel: index, sequence });
    }

    pub(super) fn unheard(&mut self, carrier: u8, index: usize, sequence: u32) {
        let parcel = &mut self.carriers[usize::from(carrier)].parcels[index];
        if let Some((link, _)) = parcel.on_its_way.take_if(|(_, on)| *on == sequence) {
            parcel.unheard_on.insert(link);
            self.offer(carrier, index);
        }
    }

    pub(super) fn delivered(&mut self, carrier: u8, link: u64, sequence: u32, parcel: usize) -> Result<(), String> {
        let Some((owner, _)) = self.links.get(&link).copied() else { return Ok(()) };
        let item = &self.carriers[usize::from(carrier)].parcels[parcel].item;
        let delivery = delivery(carrier, item, link, sequence)?;
        let disk = self.egress[owner].delivered(delivery, self.now)?;
        let state = &mut self.carriers[usize::from(carrier)].parcels[parcel];
        state.indistinct += usize::from(disk.is_some() && state.unheard_on.contains(&link));
        state.disks.extend(disk);
        self.after_ms(0, Event::Turn(owner, false));
        Ok(())
    }

    pub(super) fn delivery_answered(&mut self, carrier: u8, link: u64, sequence: u32, status: u32) {
        // What an ended connection had still to say is not heard.
        if !self.links.contains_key(&link) {
            return;
        }
        let parcels = &mut self.carriers[usize::from(carrier)].parcels;
        let answered = parcels.iter().position(|parcel| parcel.on_its_way == Some((link, sequence)));
        let Some(index) = answered else { return };
        parcels[index].on_its_way = None;
        parcels[index].done = status == 0;
        if status != 0 {
            let ms = self.rng.between(500, 5_000);
            self.after_ms(ms, Event::Offer { carrier, parcel: index });
        }
    }
}

fn delivery(carrier: u8, item: &Item, link: u64, sequence: u32) -> Result<Delivery, String> {
    let (handset, number, content, fingerprint) = match item {
        Item::Receipt { id, state, handset, number } => {
            let content = Content::Receipt(ReceiptContent {
                id: Some(id.clone()),
                readings: Vec::new(),
                state: *state,
                error: None,
                done_at: None,
                raw: Body::default(),
            });
            (handset, number, content, fingerprint(&[id.as_str(), &format!("{state:?}{handset}")]))
        }
        Item::Reply { handset, number, text, .. } => {
            let octets = Body::plain(text);
            let content = Content::Reply(ReplyContent { data_coding: 0, esm_class: 0, octets, part: None });
            (handset, number, content, fingerprint(&[number, text, &handset.to_string()]))
        }
    };
    let address = |digits: &str, ton| DialAddress::new(digits, ton, Npi::ISDN).map_err(|fault| fault.to_string());
    Ok(Delivery {
        link: LinkId(link),
        sequence,
        fingerprint,
        account: account_id(carrier),
        source: address(&msisdn(*handset).to_string(), Ton::INTERNATIONAL)?,
        destination: address(number, Ton::UNKNOWN)?,
        content,
    })
}

/// FNV-1a: equal deliveries have equal ones.
fn fingerprint(words: &[&str]) -> u64 {
    let octets = words.iter().flat_map(|word| word.bytes().chain([0]));
    octets.fold(0xcbf2_9ce4_8422_2325, |hash, octet| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3))
}
