//! A reply to its tenant and message (D11).
//!
//! ```text
//!   consent word │ keyword │ newest message of the pair in its window │ default owner of the number │ nobody: kept
//!        ▲
//!   a part of a longer text waits for the others (parts.rs)
//! ```

use volley_events::{
    ClientEventBody, Evidence, PublicEvent, PublicKind, Reply, ReplyArrived, VoteVerdict,
    config::{KeywordConfig, NumberConfig},
};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_sms_text::{DecodeOptions, decode, keyword, optout};
use volley_types::{
    AccountId, ArrivalId, Body, DialAddress, Keyword, PollId, SpanMs, SubscriberId, TenantId, Timestamp,
};

use crate::{
    attribution::Pair,
    consent::Asking,
    engine::{CorrelationError, Counted, Effect, Step},
    parts,
    rows::{ActedRow, ArrivalKey, ArrivalRow, Subject, ThreadKey, UnroutedRow},
    tell::blank,
    votes::Ballot,
};

/// How long an arrival is remembered: within this time the same one is not taken twice.
const ARRIVAL_KEPT: SpanMs = SpanMs::from_hours(24);

/// How long a reply that nobody claims is kept.
const UNROUTED_KEPT: SpanMs = SpanMs::from_hours(7 * 24);

/// A whole reply, read. It has no `Debug`: texts stay out of the logs.
pub(crate) struct Heard {
    pub arrival: ArrivalId,
    pub account: AccountId,
    pub subscriber: SubscriberId,
    pub destination: DialAddress,
    pub text: String,
    pub received_at: Timestamp,
    pub possible_repeat: bool,
    pub incomplete: bool,
    pub flagged: bool,
    /// A consent word in its first part, already acted upon.
    pub acted: Option<ActedRow>,
}

/// Why a tenant gets a reply.
#[derive(Clone, Default)]
struct Grounds {
    keyword: Option<Keyword>,
    consent: Option<ActedRow>,
    vote: Option<(PollId, VoteVerdict)>,
    default_owner: bool,
}

impl Grounds {
    fn evidence(&self) -> Evidence {
        match self {
            Self { consent: Some(_), .. } => Evidence::ConsentWord,
            Self { keyword: Some(_), .. } => Evidence::Keyword,
            Self { default_owner: true, .. } => Evidence::NumberDefault,
            Self { .. } => Evidence::LatestMessage,
        }
    }
}

impl<S: RowStore + ?Sized> Step<'_, S> {
    pub(crate) fn reply(&mut self, reply: &ReplyArrived) -> Result<(), CorrelationError> {
        if !self.is_new(reply.arrival)? {
            self.effects.push(Effect::Count(Counted::RepeatedReply));
            return Ok(());
        }
        match parts::place_of(reply) {
            Some((key, sequence)) => Ok(self.take_part(key, sequence, reply)?),
            None => Ok(self.take_whole(read(reply))?),
        }
    }

    fn is_new(&mut self, arrival: ArrivalId) -> Result<bool, RowError> {
        let key = ArrivalKey(arrival);
        if self.rows.row::<ArrivalRow>(&key)?.is_some() {
            return Ok(false);
        }
        self.rows.put_row(&key, &ArrivalRow)?;
        self.remind(Subject::Arrival(key), self.at.now + ARRIVAL_KEPT)?;
        Ok(true)
    }

    /// Finds whose it is. The first ground that holds decides.
    pub(crate) fn take_whole(&mut self, mut heard: Heard) -> Result<(), RowError> {
        let Some(number) = self
            .here
            .directory
            .number_at(&heard.account, heard.destination.digits())
            .cloned()
        else {
            return self.keep_unrouted(heard);
        };
        let pair = self.pair(&heard.subscriber, &number.number, heard.received_at)?;
        if let Some(acted) = self.consent_in(&mut heard, &number, &pair)? {
            return self.deliver_consent(heard, &number, &pair, acted);
        }
        if let Some(lease) = self.lease_in(&heard.text, &number) {
            return self.deliver_keyword(&heard, &number, &pair, &lease);
        }
        if let Some(tenant) = pair.latest_tenant() {
            return self.deliver(&heard, &number, &pair, tenant, &Grounds::default());
        }
        match &number.default_owner {
            Some(owner) => {
                let grounds = Grounds { default_owner: true, ..Grounds::default() };
                self.deliver(&heard, &number, &pair, owner, &grounds)
            }
            None => self.keep_unrouted(heard),
        }
    }

    fn consent_in(
        &mut self,
        heard: &mut Heard,
        number: &NumberConfig,
        pair: &Pair,
    ) -> Result<Option<ActedRow>, RowError> {
        if let Some(acted) = heard.acted.take() {
            return Ok(Some(acted));
        }
        let asking = Asking {
            arrival: heard.arrival,
            received_at: heard.received_at,
            subscriber: &heard.subscriber,
            number,
        };
        match self.asked(&heard.text, &asking)? {
            Some(asked) => self.act(&asking, &asked, pair).map(Some),
            None => Ok(None),
        }
    }

    fn deliver_consent(
        &mut self,
        heard: Heard,
        number: &NumberConfig,
        pair: &Pair,
        acted: ActedRow,
    ) -> Result<(), RowError> {
        if acted.tenants.is_empty() {
            return self.keep_unrouted(heard);
        }
        let grounds = Grounds { consent: Some(acted.clone()), ..Grounds::default() };
        acted
            .tenants
            .iter()
            .try_for_each(|tenant| self.deliver(&heard, number, pair, tenant, &grounds))
    }

    /// The lease of the first two words together, or of the first: the longest match wins.
    fn lease_in(&self, text: &str, number: &NumberConfig) -> Option<KeywordConfig> {
        let tokens = keyword::tokenise(text);
        let joined = tokens.joined();
        let words = [joined.as_deref(), tokens.first()];
        words.into_iter().flatten().find_map(|word| {
            let lease = self.here.directory.keyword(&number.number, &Keyword::new(word).ok()?)?;
            Some(KeywordConfig::clone(lease))
        })
    }

    fn deliver_keyword(
        &mut self,
        heard: &Heard,
        number: &NumberConfig,
        pair: &Pair,
        lease: &KeywordConfig,
    ) -> Result<(), RowError> {
        let mut grounds = Grounds { keyword: Some(lease.keyword.clone()), ..Grounds::default() };
        let poll = lease.poll.as_ref().and_then(|poll| self.here.directory.poll(poll)).cloned();
        // A keyword votes only in a poll of its own tenant: nobody can vote in another's by leasing a word.
        if let Some(poll) = poll.filter(|poll| poll.tenant == lease.tenant) {
            let ballot = Ballot {
                subscriber: &heard.subscriber,
                keyword: &lease.keyword,
                arrival: heard.arrival,
                received_at: heard.received_at,
            };
            let verdict = self.vote(&poll, &ballot)?;
            self.tell_vote(heard, number, lease, &poll.poll, verdict);
            grounds.vote = Some((poll.poll.clone(), verdict));
        }
        self.deliver(heard, number, pair, &lease.tenant, &grounds)
    }

    fn tell_vote(
        &mut self,
        heard: &Heard,
        number: &NumberConfig,
        lease: &KeywordConfig,
        poll: &PollId,
        verdict: VoteVerdict,
    ) {
        let kind = match verdict {
            VoteVerdict::Counted => PublicKind::VoteCounted,
            VoteVerdict::Repeated | VoteVerdict::Late => PublicKind::VoteRejected,
        };
        self.tell_strangers(PublicEvent {
            number: Some(number.number.clone()),
            subscriber: Some(heard.subscriber.clone()),
            keyword: Some(lease.keyword.clone()),
            poll: Some(poll.clone()),
            ..blank(kind, self.at.now, lease.tenant.clone())
        });
    }

    fn deliver(
        &mut self,
        heard: &Heard,
        number: &NumberConfig,
        pair: &Pair,
        tenant: &TenantId,
        grounds: &Grounds,
    ) -> Result<(), RowError> {
        let key = ThreadKey {
            subscriber: heard.subscriber.clone(),
            number: number.number.clone(),
            tenant: tenant.clone(),
        };
        let thread = self.hear(&key, &heard.arrival.to_bytes())?;
        let answered = pair.answered(tenant);
        self.tell_strangers(PublicEvent {
            message: answered.question.as_ref().map(|(message, _)| *message),
            request: answered.question.as_ref().map(|(_, request)| request.clone()),
            thread: Some(thread),
            number: Some(key.number.clone()),
            subscriber: Some(key.subscriber.clone()),
            account: Some(heard.account.clone()),
            keyword: grounds.keyword.clone(),
            poll: grounds.vote.as_ref().map(|(poll, _)| poll.clone()),
            ..blank(PublicKind::ReplyReceived, self.at.now, tenant.clone())
        });
        let reply = Reply {
            arrival: heard.arrival,
            thread,
            number: key.number,
            subscriber: key.subscriber,
            text: Body::plain(&heard.text),
            received_at: heard.received_at,
            answers: answered.question,
            evidence: grounds.evidence(),
            confidence: answered.confidence,
            candidates: answered.candidates,
            keyword: grounds.keyword.clone(),
            consent: grounds.consent.as_ref().map(|acted| acted.action),
            vote: grounds.vote.clone(),
            incomplete: heard.incomplete,
            possible_repeat: heard.possible_repeat,
            flagged: heard.flagged || optout::resembles_opt_out(&heard.text),
        };
        self.tell_client(tenant, &ClientEventBody::Reply(Box::new(reply)));
        Ok(())
    }

    /// Nobody claims it: it is kept for an operator, and counted.
    fn keep_unrouted(&mut self, heard: Heard) -> Result<(), RowError> {
        let key = ArrivalKey(heard.arrival);
        let row = UnroutedRow {
            account: heard.account,
            subscriber: heard.subscriber,
            destination: heard.destination,
            text: Body::plain(&heard.text),
            received_at: heard.received_at,
        };
        self.rows.put_row(&key, &row)?;
        self.remind(Subject::Unrouted(key), self.at.now + UNROUTED_KEPT)?;
        self.effects.push(Effect::Count(Counted::UnroutedReply));
        Ok(())
    }
}

/// Reads a reply that stands alone.
fn read(reply: &ReplyArrived) -> Heard {
    let decoded = decode(parts::part_of(reply), &DecodeOptions::default());
    Heard {
        arrival: reply.arrival,
        account: reply.account.clone(),
        subscriber: reply.subscriber.clone(),
        destination: reply.destination.clone(),
        flagged: decoded.flagged || decoded.ports.is_some() || reply.octets.key_id != 0,
        text: decoded.text,
        received_at: reply.received_at,
        possible_repeat: reply.possible_repeat,
        incomplete: false,
        acted: None,
    }
}
