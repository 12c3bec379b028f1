//! One partition of routing, with a clock that the test moves.

use volley_events::{
    Allowance, CancelOutcome, CancelRequested, Closed, ConfigChange, ConfigRecord, ConsentAction, ConsentChanged,
    LaneEnd, LanesLost, Origin, QueueReason, RecallScope, RoutingFact, Settled, SettledOutcome, Settlement, Submission,
    SubmitOrder, Verdict,
    config::{AccountConfig, CarrierConfig, ConsentAnswers, MessageIdForm, NumberConfig, RouteConfig, TenantConfig},
};
use volley_routing_core::{AllowanceRow, At, Command, Effect, LaneKey, Routing};
use volley_rows::{MemoryRows, RowsExt};
use volley_types::{
    AccountId, ArrivalId, Body, CarrierName, ContentHash, Country, DialAddress, Lane, MessageId, Npi, NumberId,
    NumberKind, Partition, Position, RequestId, SpanMs, SubscriberId, TenantId, Timestamp, Ton, TrafficClass,
};

/// When every desk opens.
pub const START: Timestamp = Timestamp::from_micros(1_000_000_000);

/// How long the carrier of the tests may take to answer.
pub const RESPONSE_TIMEOUT: SpanMs = SpanMs::from_secs(30);

/// One partition of routing, with a clock that the test moves.
#[derive(Debug)]
pub struct Desk {
    pub rows: MemoryRows,
    pub routing: Routing,
    pub offset: u64,
    pub now: Timestamp,
    pub configured: u64,
}

impl Desk {
    /// Two accounts at one carrier serve everybody; `acme` sends from KR:4565.
    pub fn open() -> Self {
        let rows = MemoryRows::default();
        let routing = Routing::restore(&rows).unwrap();
        let mut desk = Self { rows, routing, offset: 0, now: START, configured: 0 };
        for change in provisioning() {
            desk.configure(change);
        }
        desk
    }

    pub fn handle(&mut self, command: Command) -> Vec<Effect> {
        let at = At { offset: self.offset, now: self.now };
        self.offset += 1;
        self.routing.handle(at, command, &mut self.rows).unwrap()
    }

    pub fn configure(&mut self, change: ConfigChange) -> Vec<Effect> {
        let record = ConfigRecord { offset: self.configured, call: [0; 16], change };
        self.configured += 1;
        self.handle(Command::Configure(Box::new(record)))
    }

    pub fn allow(&mut self, account: &str, allowed: u32) -> Vec<Effect> {
        let mut effects = Vec::new();
        for lane in Lane::ALL {
            let revision = self.offset;
            let allowance = Allowance { account: AccountId::new(account).unwrap(), lane, run: 1, revision, allowed };
            effects.extend(self.handle(Command::Allow(allowance)));
        }
        effects
    }

    pub fn submit(&mut self, submission: Submission) -> Vec<Effect> {
        self.handle(Command::Submit(Box::new(submission)))
    }

    pub fn settle(&mut self, order: &Ordered, outcome: SettledOutcome) -> Vec<Effect> {
        let settled = vec![Settled { attempt: order.order.attempt, outcome }];
        self.handle(Command::Settle(Settlement { account: order.account.clone(), lane: order.lane, settled }))
    }

    pub fn cancel(&mut self, message: MessageId) -> Vec<Effect> {
        let tenant = TenantId::new("acme").unwrap();
        self.handle(Command::Cancel(CancelRequested { message, tenant, received_at: self.now }))
    }

    /// The store of the carrier was lost, when the lanes held what had been ordered up to `newest`.
    pub fn lose_lanes(&mut self, newest: Option<Position>) -> Vec<Effect> {
        let account = AccountId::new("main").unwrap();
        let end = |lane| LaneEnd { account: account.clone(), lane, end: 7, newest };
        let ends = Lane::ALL.into_iter().map(end).collect();
        self.handle(Command::LoseLanes(LanesLost { carrier: CarrierName::new("skt").unwrap(), ends }))
    }

    pub fn pause(&mut self, paused: bool) -> Vec<Effect> {
        self.configure(tenant("acme", paused))
    }

    /// The place of the newest record's last effect.
    pub fn place_of_last(&self, effects: &[Effect]) -> Position {
        let index = u32::try_from(effects.len() - 1).unwrap();
        Position { offset: self.offset - 1, index }
    }

    pub fn waiting(&self) -> u64 {
        self.routing.waiting().values().sum()
    }

    pub fn pass(&mut self, span: SpanMs) -> Vec<Effect> {
        self.now = self.now + span;
        self.handle(Command::Tick)
    }

    pub fn unsettled(&self, account: &str, lane: Lane) -> u32 {
        let key = LaneKey(AccountId::new(account).unwrap(), lane);
        self.rows.row::<AllowanceRow>(&key).unwrap().unwrap_or_default().unsettled
    }

    /// What a restart leaves: the rows.
    pub fn restart(&mut self) {
        self.routing = Routing::restore(&self.rows).unwrap();
    }
}

#[derive(Debug, Clone)]
pub struct Ordered {
    pub account: AccountId,
    pub lane: Lane,
    pub order: SubmitOrder,
}

pub fn orders(effects: &[Effect]) -> Vec<Ordered> {
    let order = |effect: &Effect| match effect {
        Effect::Order { account, lane, order } => {
            Some(Ordered { account: account.clone(), lane: *lane, order: order.as_ref().clone() })
        }
        Effect::Tell(_) | Effect::Recall(_) => None,
    };
    effects.iter().filter_map(order).collect()
}

pub fn one_order(effects: &[Effect]) -> Ordered {
    let mut orders = orders(effects);
    assert_eq!(orders.len(), 1, "{effects:?}");
    orders.remove(0)
}

pub fn told(effects: &[Effect]) -> Vec<RoutingFact> {
    let fact = |effect: &Effect| match effect {
        Effect::Tell(fact) => Some(fact.clone()),
        Effect::Order { .. } | Effect::Recall(_) => None,
    };
    effects.iter().filter_map(fact).collect()
}

pub fn first_verdict(effects: &[Effect]) -> Verdict {
    match &told(effects)[..] {
        [RoutingFact::Accepted(accepted)] => accepted.verdict.clone(),
        other => panic!("expected one Accepted, got {other:?}"),
    }
}

pub fn closed(effects: &[Effect]) -> Closed {
    match &told(effects)[..] {
        [RoutingFact::Closed(closed)] => closed.clone(),
        [RoutingFact::Accepted(accepted)] => match &accepted.verdict {
            Verdict::Closed(closed) => closed.clone(),
            other => panic!("expected the end, got {other:?}"),
        },
        other => panic!("expected the end, got {other:?}"),
    }
}

pub fn provisioning() -> Vec<ConfigChange> {
    let (tenant, carrier) = (TenantId::new("acme").unwrap(), CarrierName::new("skt").unwrap());
    let number = NumberId::new("KR:4565").unwrap();
    vec![
        self::tenant("acme", false),
        ConfigChange::Carrier(CarrierConfig { carrier, home: Country::new("KR").unwrap(), ids: MessageIdForm::Same }),
        account("main", false),
        account("spare", false),
        ConfigChange::Route(route("", &["main", "spare"])),
        ConfigChange::Number(NumberConfig {
            kind: NumberKind::ShortCode,
            dial: DialAddress::new("4565", Ton::UNKNOWN, Npi::ISDN).unwrap(),
            tenants: vec![tenant],
            default_owner: None,
            inbound: vec![],
            languages: vec![],
            answers: ConsentAnswers::default(),
            retired: false,
            number,
        }),
    ]
}

pub fn tenant(name: &str, paused: bool) -> ConfigChange {
    ConfigChange::Tenant(TenantConfig {
        tenant: TenantId::new(name).unwrap(),
        display_name: name.into(),
        suspended: false,
        clear_numbers: false,
        paused,
        verbatim: false,
    })
}

pub fn account(name: &str, closed: bool) -> ConfigChange {
    ConfigChange::Account(AccountConfig {
        account: AccountId::new(name).unwrap(),
        carrier: CarrierName::new("skt").unwrap(),
        host: "127.0.0.1".into(),
        port: 2775,
        system_id: "volley".into(),
        binds: 1,
        window: 10,
        segments_per_second: 0,
        response_timeout: RESPONSE_TIMEOUT,
        closed,
    })
}

pub fn route(prefix: &str, accounts: &[&str]) -> RouteConfig {
    RouteConfig {
        prefix: prefix.into(),
        accounts: accounts.iter().map(|name| AccountId::new(name).unwrap()).collect(),
    }
}

pub fn message(request: &str, class: TrafficClass) -> Submission {
    let subscriber = SubscriberId::e164(821_012_345_678).unwrap();
    let (tenant, request) = (TenantId::new("acme").unwrap(), RequestId::new(request).unwrap());
    Submission {
        message: MessageId::derive(Partition(0), &tenant, &request, &subscriber),
        content: ContentHash::of(&[b"hello"]),
        sender: NumberId::new("KR:4565").unwrap(),
        text: Body::plain("hello"),
        deadline: START + class.validity_default(),
        config_offset: 0,
        received_at: Timestamp::from_micros(999_999_000),
        origin: Origin::Client,
        in_order: false,
        send_at: None,
        verbatim: false,
        tenant,
        request,
        subscriber,
        class,
    }
}

pub fn consent(action: ConsentAction) -> Command {
    Command::ChangeConsent(ConsentChanged {
        tenant: TenantId::new("acme").unwrap(),
        number: NumberId::new("KR:4565").unwrap(),
        subscriber: SubscriberId::e164(821_012_345_678).unwrap(),
        action,
        arrival: ArrivalId::from_bytes([1; 16]),
        received_at: Timestamp::from_micros(1),
    })
}

/// What egress is to take back.
pub fn recalls(effects: &[Effect]) -> Vec<RecallScope> {
    let scope = |effect: &Effect| match effect {
        Effect::Recall(recall) => Some(recall.scope.clone()),
        Effect::Tell(_) | Effect::Order { .. } => None,
    };
    effects.iter().filter_map(scope).collect()
}

/// How wishes to have messages back are answered.
pub fn answers(effects: &[Effect]) -> Vec<CancelOutcome> {
    let answer = |fact: RoutingFact| match fact {
        RoutingFact::CancelAnswered(answered) => Some(answered.outcome),
        _ => None,
    };
    told(effects).into_iter().filter_map(answer).collect()
}

/// What messages are told to wait for, whether it is the first word about them or a later one.
pub fn waits(effects: &[Effect]) -> Vec<QueueReason> {
    let reason = |fact: RoutingFact| match fact {
        RoutingFact::Queued(queued) => Some(queued.reason),
        RoutingFact::Accepted(accepted) => match accepted.verdict {
            Verdict::Queued(queued) => Some(queued.reason),
            Verdict::Planned(_) | Verdict::Closed(_) => None,
        },
        _ => None,
    };
    told(effects).into_iter().filter_map(reason).collect()
}

/// A message of a conversation that asked for order.
pub fn in_order(request: &str) -> Submission {
    Submission { in_order: true, ..message(request, TrafficClass::Transactional) }
}
