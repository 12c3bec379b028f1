//! One partition with two tenants, a number they share, one of the bank's own, and two carriers.

use volley_events::{
    Accepted, AttemptOutcome, AttemptReport, CarrierMessageId, ClientEventBody, Closed, ConfigChange, ConfigRecord,
    ConsentChanged, Origin, Planned, PublicKind, QueueReason, Queued, ReceiptArrived, ReceiptState, RefusalClass,
    Reply, ReplyArrived, RoutingFact, StatusChange, Submission, Verdict,
    config::{
        AccountConfig, CarrierConfig, ConsentAnswers, InboundAddress, KeywordConfig, MessageIdForm, NumberConfig,
        PollConfig, TenantConfig,
    },
};
use volley_mo_correlation_core::{At, Command, Correlation, Counted, Effect};
use volley_rows::MemoryRows;
use volley_types::{
    AccountId, ArrivalId, AttemptId, Body, CarrierName, Country, DialAddress, FinalState, Keyword, Lane, MessageId,
    MessageState, Npi, NumberId, NumberKind, Partition, PollId, Reason, RequestId, SpanMs, SubscriberId, TenantId,
    Timestamp, Ton, TrafficClass,
};

pub const PARTITION: Partition = Partition(3);
pub const START: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
pub const SHARED: &str = "KR:4565";
pub const BANKS: &str = "KR:15881234";

pub fn second() -> SpanMs {
    SpanMs::from_secs(1)
}

pub fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

pub fn number(id: &str) -> NumberId {
    NumberId::new(id).unwrap()
}

pub fn handset(last: u64) -> SubscriberId {
    SubscriberId::e164(821_012_340_000 + last).unwrap()
}

pub fn poll() -> PollId {
    PollId::new("final").unwrap()
}

/// A message of the tests.
#[derive(Clone)]
pub struct Mt {
    pub name: &'static str,
    pub tenant: &'static str,
    pub number: &'static str,
    pub handset: u64,
    pub class: TrafficClass,
    pub segments: u8,
    pub account: &'static str,
}

impl Mt {
    pub fn new(name: &'static str, tenant: &'static str, number: &'static str) -> Self {
        Self {
            name,
            tenant,
            number,
            handset: 1,
            class: TrafficClass::Marketing,
            segments: 1,
            account: "skt-1",
        }
    }

    pub fn class(self, class: TrafficClass) -> Self {
        Self { class, ..self }
    }

    pub fn segments(self, segments: u8) -> Self {
        Self { segments, ..self }
    }

    pub fn to(self, handset: u64) -> Self {
        Self { handset, ..self }
    }

    pub fn by(self, account: &'static str) -> Self {
        Self { account, ..self }
    }

    pub fn id(&self) -> MessageId {
        MessageId::derive(PARTITION, &tenant(self.tenant), &self.request(), &handset(self.handset))
    }

    pub fn request(&self) -> RequestId {
        RequestId::new(self.name).unwrap()
    }

    pub fn attempt(&self, number: u16) -> AttemptId {
        AttemptId { message: self.id(), number }
    }

    pub fn planned(&self, number: u16) -> Planned {
        Planned {
            attempt: self.attempt(number),
            account: AccountId::new(self.account).unwrap(),
            carrier: carrier_of(self.account),
            lane: Lane::Bulk,
            segments: self.segments,
            data_coding: 0,
            send_before: Timestamp::MAX,
            route_prefix: String::new(),
            others: Vec::new(),
            submits: self.segments,
            substitutions: Vec::new(),
        }
    }

    pub fn closed(&self, state: FinalState, reason: Reason) -> Closed {
        Closed { message: self.id(), state, reason, carrier_status: None }
    }

    pub fn queued(&self, reason: QueueReason) -> Queued {
        Queued { message: self.id(), reason, until: None }
    }
}

/// Accounts are named `carrier-n`.
pub fn carrier_of(account: &str) -> CarrierName {
    CarrierName::new(account.split_once('-').unwrap().0).unwrap()
}

pub struct World {
    pub rows: MemoryRows,
    pub correlation: Correlation,
    pub now: Timestamp,
    offset: u64,
    arrivals: u8,
    pub effects: Vec<Effect>,
}

impl World {
    pub fn new() -> Self {
        let rows = MemoryRows::default();
        let correlation = Correlation::restore(PARTITION, &rows).unwrap();
        let mut world = Self { rows, correlation, now: START, offset: 0, arrivals: 0, effects: Vec::new() };
        configuration().into_iter().for_each(|change| world.configure(change));
        world
    }

    /// Everything but the rows is lost.
    pub fn restart(&mut self) {
        self.correlation = Correlation::restore(PARTITION, &self.rows).unwrap();
    }

    /// Another world that goes on from the same rows.
    pub fn fork(&self) -> Self {
        Self {
            rows: self.rows.clone(),
            correlation: Correlation::restore(PARTITION, &self.rows).unwrap(),
            effects: self.effects.clone(),
            ..*self
        }
    }

    pub fn tell(&mut self, command: Command) -> Vec<Effect> {
        let at = At { offset: self.offset, now: self.now };
        self.offset += 1;
        let effects = self.correlation.handle(at, command, &mut self.rows).unwrap();
        self.effects.extend(effects.iter().cloned());
        effects
    }

    pub fn later(&mut self, span: SpanMs) -> &mut Self {
        self.now = self.now + span;
        self
    }

    /// Ticks until nothing is due any more.
    pub fn tick(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        while self
            .correlation
            .next_due(&self.rows, Timestamp::MAX)
            .unwrap()
            .is_some_and(|due| due <= self.now)
        {
            effects.extend(self.tell(Command::Tick));
        }
        effects
    }

    pub fn configure(&mut self, change: ConfigChange) {
        let offset = self.correlation.directory().offset();
        self.tell(Command::Configure(Box::new(ConfigRecord { offset, call: [0; 16], change })));
    }

    pub fn accept(&mut self, mt: &Mt, verdict: Verdict) -> Vec<Effect> {
        let accepted = Accepted { verdict, ..self.accepted(mt) };
        self.tell(Command::Fact(RoutingFact::Accepted(Box::new(accepted))))
    }

    /// A client's message, handed over at once.
    pub fn accepted(&self, mt: &Mt) -> Accepted {
        Accepted {
            message: mt.id(),
            tenant: tenant(mt.tenant),
            request: mt.request(),
            sender: number(mt.number),
            subscriber: handset(mt.handset),
            class: mt.class,
            deadline: self.now + SpanMs::from_hours(24),
            received_at: self.now,
            accepted_at: self.now,
            origin: Origin::Client,
            verdict: Verdict::Planned(mt.planned(1)),
        }
    }

    /// Accepted, and on its way to a carrier.
    pub fn send(&mut self, mt: &Mt) -> Vec<Effect> {
        self.accept(mt, Verdict::Planned(mt.planned(1)))
    }

    pub fn plan_again(&mut self, mt: &Mt, number: u16) -> Vec<Effect> {
        self.tell(Command::Fact(RoutingFact::Planned(mt.planned(number))))
    }

    pub fn close(&mut self, closed: Closed) -> Vec<Effect> {
        self.tell(Command::Fact(RoutingFact::Closed(closed)))
    }

    pub fn report(&mut self, mt: &Mt, number: u16, outcome: AttemptOutcome) -> Vec<Effect> {
        let report = AttemptReport {
            attempt: mt.attempt(number),
            account: AccountId::new(mt.account).unwrap(),
            carrier: carrier_of(mt.account),
            outcome,
            sent_at: Some(self.now),
            ended_at: self.now,
        };
        self.tell(Command::Report(report))
    }

    /// The carrier took it, and gave these ids.
    pub fn submitted(&mut self, mt: &Mt, given: &[&str]) -> Vec<Effect> {
        self.report(mt, 1, AttemptOutcome::Submitted { ids: ids(given) })
    }

    /// Accepted, sent and taken by the carrier.
    pub fn deliverable(&mut self, mt: &Mt, given: &[&str]) {
        self.send(mt);
        self.submitted(mt, given);
    }

    /// A receipt of the first carrier about the first handset, by id alone.
    pub fn receipt(&mut self, id: &str, state: ReceiptState) -> Vec<Effect> {
        let receipt = self.receipt_of("skt-1", 1, id, state);
        self.tell(Command::Receipt(Box::new(receipt)))
    }

    pub fn receipt_of(&mut self, account: &str, about: u64, id: &str, state: ReceiptState) -> ReceiptArrived {
        ReceiptArrived {
            arrival: self.arrival(),
            carrier: carrier_of(account),
            account: AccountId::new(account).unwrap(),
            carrier_message_id: CarrierMessageId::new(id),
            attempt: None,
            subscriber: handset(about),
            state,
            error: (state != ReceiptState::Delivered).then(|| "027".to_owned()),
            done_at: None,
            received_at: self.now,
            raw: Body::default(),
        }
    }

    /// The first handset writes to a number.
    pub fn writes(&mut self, to: &str, text: &str) -> Vec<Effect> {
        let reply = self.reply_of(1, to, text);
        self.tell(Command::Reply(Box::new(reply)))
    }

    pub fn reply_of(&mut self, from: u64, to: &str, text: &str) -> ReplyArrived {
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        ReplyArrived {
            arrival: self.arrival(),
            carrier: carrier_of("skt-1"),
            account: AccountId::new("skt-1").unwrap(),
            subscriber: handset(from),
            source: DialAddress::new("01012345678", Ton::NATIONAL, Npi::ISDN).unwrap(),
            destination: DialAddress::new(number(to).digits(), Ton::UNKNOWN, Npi::UNKNOWN).unwrap(),
            data_coding: 8,
            esm_class: 0,
            octets: Body::plain(utf16),
            part: None,
            received_at: self.now,
            possible_repeat: false,
        }
    }

    fn arrival(&mut self) -> ArrivalId {
        self.arrivals += 1;
        ArrivalId::from_bytes([self.arrivals; 16])
    }
}

pub fn ids(given: &[&str]) -> Vec<Option<CarrierMessageId>> {
    given.iter().map(|id| CarrierMessageId::new(id)).collect()
}

pub fn refused(status: u32) -> AttemptOutcome {
    AttemptOutcome::Refused { status, class: RefusalClass::RetryOtherRoute, ids: Vec::new() }
}

fn configuration() -> Vec<ConfigChange> {
    let carrier = |name: &str| {
        ConfigChange::Carrier(CarrierConfig {
            carrier: CarrierName::new(name).unwrap(),
            home: Country::new("KR").unwrap(),
            ids: MessageIdForm::Same,
        })
    };
    let member = |name: &str| {
        ConfigChange::Tenant(TenantConfig {
            tenant: tenant(name),
            display_name: name.to_owned(),
            suspended: false,
            clear_numbers: false,
            paused: false,
            verbatim: false,
        })
    };
    vec![
        carrier("skt"),
        carrier("kt"),
        account("skt-1"),
        account("kt-1"),
        member("acme"),
        member("bank"),
        numbers(SHARED, &["acme", "bank"], None),
        numbers(BANKS, &["bank"], Some("bank")),
        poll_until(START + SpanMs::from_hours(1)),
        keyword(SHARED, "kelly", "acme", Some(poll())),
        keyword(SHARED, "lee", "acme", Some(poll())),
        keyword(SHARED, "rates", "bank", None),
    ]
}

fn account(name: &str) -> ConfigChange {
    ConfigChange::Account(AccountConfig {
        account: AccountId::new(name).unwrap(),
        carrier: carrier_of(name),
        host: "127.0.0.1".to_owned(),
        port: 2775,
        system_id: "volley".to_owned(),
        binds: 1,
        window: 10,
        segments_per_second: 0,
        response_timeout: SpanMs::from_secs(10),
        closed: false,
    })
}

fn numbers(id: &str, tenants: &[&str], default_owner: Option<&str>) -> ConfigChange {
    let number = number(id);
    let digits = number.digits().to_owned();
    let inbound = ["skt-1", "kt-1"]
        .map(|account| InboundAddress { account: AccountId::new(account).unwrap(), digits: digits.clone() });
    ConfigChange::Number(NumberConfig {
        kind: NumberKind::ShortCode,
        dial: DialAddress::new(&digits, Ton::UNKNOWN, Npi::UNKNOWN).unwrap(),
        number,
        tenants: tenants.iter().map(|name| tenant(name)).collect(),
        default_owner: default_owner.map(tenant),
        inbound: inbound.into(),
        languages: vec!["ko".to_owned()],
        answers: ConsentAnswers {
            stop: "Stopped.".to_owned(),
            start: "Welcome back.".to_owned(),
            help: "Help.".to_owned(),
        },
        retired: false,
    })
}

fn poll_until(closes_at: Timestamp) -> ConfigChange {
    ConfigChange::Poll(PollConfig { poll: poll(), tenant: tenant("acme"), number: number(SHARED), closes_at })
}

pub fn keyword(on: &str, word: &str, owner: &str, poll: Option<PollId>) -> ConfigChange {
    ConfigChange::Keyword(KeywordConfig {
        number: number(on),
        keyword: Keyword::new(word).unwrap(),
        tenant: tenant(owner),
        poll,
        released: false,
    })
}

/// What effects say, by kind.
pub trait Said {
    fn statuses(&self) -> Vec<StatusChange>;
    /// Tenant and reply.
    fn replies(&self) -> Vec<(String, Reply)>;
    fn consents(&self) -> Vec<ConsentChanged>;
    fn answers(&self) -> Vec<Submission>;
    fn public(&self) -> Vec<PublicKind>;
    fn counted(&self) -> Vec<Counted>;

    fn states(&self) -> Vec<MessageState> {
        self.statuses().into_iter().map(|change| change.state).collect()
    }

    fn reply(&self) -> (String, Reply) {
        let mut replies = self.replies();
        assert_eq!(replies.len(), 1, "one reply");
        replies.remove(0)
    }
}

impl Said for Vec<Effect> {
    fn statuses(&self) -> Vec<StatusChange> {
        let status = |effect: &Effect| match effect {
            Effect::Client(event) => match &event.body {
                ClientEventBody::Status(change) => Some(change.clone()),
                _ => None,
            },
            _ => None,
        };
        self.iter().filter_map(status).collect()
    }

    fn replies(&self) -> Vec<(String, Reply)> {
        let reply = |effect: &Effect| match effect {
            Effect::Client(event) => match &event.body {
                ClientEventBody::Reply(reply) => Some((event.tenant.to_string(), Reply::clone(reply))),
                _ => None,
            },
            _ => None,
        };
        self.iter().filter_map(reply).collect()
    }

    fn consents(&self) -> Vec<ConsentChanged> {
        let consent = |effect: &Effect| match effect {
            Effect::Consent(changed) => Some(changed.clone()),
            _ => None,
        };
        self.iter().filter_map(consent).collect()
    }

    fn answers(&self) -> Vec<Submission> {
        let answer = |effect: &Effect| match effect {
            Effect::Answer(submission) => Some(Submission::clone(submission)),
            _ => None,
        };
        self.iter().filter_map(answer).collect()
    }

    fn public(&self) -> Vec<PublicKind> {
        let kind = |effect: &Effect| match effect {
            Effect::Public(event) => Some(event.kind),
            _ => None,
        };
        self.iter().filter_map(kind).collect()
    }

    fn counted(&self) -> Vec<Counted> {
        let counted = |effect: &Effect| match effect {
            Effect::Count(counted) => Some(*counted),
            _ => None,
        };
        self.iter().filter_map(counted).collect()
    }
}
