//! Routing from outside: commands in, effects out.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use volley_events::{
    Allowance, Closed, ConfigChange, ConfigRecord, ConsentAction, ConsentChanged, NotSent, Origin, QueueReason,
    RefusalClass, RoutingFact, Settled, SettledOutcome, Settlement, Submission, SubmitOrder, Verdict,
    config::{AccountConfig, CarrierConfig, ConsentAnswers, MessageIdForm, NumberConfig, RouteConfig, TenantConfig},
};
use volley_routing_core::{AllowanceRow, At, Command, Effect, FORGET_AFTER, LaneKey, Routing, next_due};
use volley_rows::{MemoryRows, RowsExt};
use volley_types::{
    AccountId, ArrivalId, Body, CarrierName, ContentHash, Country, DialAddress, FinalState, Lane, MessageId, Npi,
    NumberId, NumberKind, Partition, Reason, RequestId, SpanMs, SubscriberId, TenantId, Timestamp, Ton, TrafficClass,
};

/// One partition of routing, with a clock that the test moves.
struct Desk {
    rows: MemoryRows,
    routing: Routing,
    offset: u64,
    now: Timestamp,
    configured: u64,
}

impl Desk {
    /// Two accounts at one carrier serve everybody; `acme` sends from KR:4565.
    fn open() -> Self {
        let rows = MemoryRows::default();
        let routing = Routing::restore(&rows).unwrap();
        let mut desk = Self {
            rows,
            routing,
            offset: 0,
            now: Timestamp::from_micros(1_000_000_000),
            configured: 0,
        };
        for change in provisioning() {
            desk.configure(change);
        }
        desk
    }

    fn handle(&mut self, command: Command) -> Vec<Effect> {
        let at = At { offset: self.offset, now: self.now };
        self.offset += 1;
        self.routing.handle(at, command, &mut self.rows).unwrap()
    }

    fn configure(&mut self, change: ConfigChange) -> Vec<Effect> {
        let record = ConfigRecord { offset: self.configured, call: [0; 16], change };
        self.configured += 1;
        self.handle(Command::Configure(Box::new(record)))
    }

    fn allow(&mut self, account: &str, allowed: u32) -> Vec<Effect> {
        let mut effects = Vec::new();
        for lane in Lane::ALL {
            let revision = self.offset;
            let allowance = Allowance { account: AccountId::new(account).unwrap(), lane, run: 1, revision, allowed };
            effects.extend(self.handle(Command::Allow(allowance)));
        }
        effects
    }

    fn submit(&mut self, submission: Submission) -> Vec<Effect> {
        self.handle(Command::Submit(Box::new(submission)))
    }

    fn settle(&mut self, order: &Ordered, outcome: SettledOutcome) -> Vec<Effect> {
        let settled = vec![Settled { attempt: order.order.attempt, outcome }];
        self.handle(Command::Settle(Settlement { account: order.account.clone(), lane: order.lane, settled }))
    }

    fn pass(&mut self, span: SpanMs) -> Vec<Effect> {
        self.now = self.now + span;
        self.handle(Command::Tick)
    }

    fn unsettled(&self, account: &str, lane: Lane) -> u32 {
        let key = LaneKey(AccountId::new(account).unwrap(), lane);
        self.rows.row::<AllowanceRow>(&key).unwrap().unwrap_or_default().unsettled
    }

    /// What a restart leaves: the rows.
    fn restart(&mut self) {
        self.routing = Routing::restore(&self.rows).unwrap();
    }
}

struct Ordered {
    account: AccountId,
    lane: Lane,
    order: SubmitOrder,
}

fn orders(effects: &[Effect]) -> Vec<Ordered> {
    let order = |effect: &Effect| match effect {
        Effect::Order { account, lane, order } => {
            Some(Ordered { account: account.clone(), lane: *lane, order: order.as_ref().clone() })
        }
        Effect::Tell(_) => None,
    };
    effects.iter().filter_map(order).collect()
}

fn one_order(effects: &[Effect]) -> Ordered {
    let mut orders = orders(effects);
    assert_eq!(orders.len(), 1, "{effects:?}");
    orders.remove(0)
}

fn told(effects: &[Effect]) -> Vec<RoutingFact> {
    let fact = |effect: &Effect| match effect {
        Effect::Tell(fact) => Some(fact.clone()),
        Effect::Order { .. } => None,
    };
    effects.iter().filter_map(fact).collect()
}

fn first_verdict(effects: &[Effect]) -> Verdict {
    match &told(effects)[..] {
        [RoutingFact::Accepted(accepted)] => accepted.verdict.clone(),
        other => panic!("expected one Accepted, got {other:?}"),
    }
}

fn closed(effects: &[Effect]) -> Closed {
    match &told(effects)[..] {
        [RoutingFact::Closed(closed)] => closed.clone(),
        [RoutingFact::Accepted(accepted)] => match &accepted.verdict {
            Verdict::Closed(closed) => closed.clone(),
            other => panic!("expected the end, got {other:?}"),
        },
        other => panic!("expected the end, got {other:?}"),
    }
}

fn provisioning() -> Vec<ConfigChange> {
    let (tenant, carrier) = (TenantId::new("acme").unwrap(), CarrierName::new("skt").unwrap());
    let number = NumberId::new("KR:4565").unwrap();
    vec![
        ConfigChange::Tenant(TenantConfig {
            tenant: tenant.clone(),
            display_name: "Acme".into(),
            suspended: false,
            clear_numbers: false,
            paused: false,
        }),
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

fn account(name: &str, closed: bool) -> ConfigChange {
    ConfigChange::Account(AccountConfig {
        account: AccountId::new(name).unwrap(),
        carrier: CarrierName::new("skt").unwrap(),
        host: "127.0.0.1".into(),
        port: 2775,
        system_id: "volley".into(),
        binds: 1,
        window: 10,
        segments_per_second: 0,
        response_timeout: SpanMs::from_secs(30),
        closed,
    })
}

fn route(prefix: &str, accounts: &[&str]) -> RouteConfig {
    RouteConfig {
        prefix: prefix.into(),
        accounts: accounts.iter().map(|name| AccountId::new(name).unwrap()).collect(),
    }
}

fn message(request: &str, class: TrafficClass) -> Submission {
    let subscriber = SubscriberId::e164(821_012_345_678).unwrap();
    let (tenant, request) = (TenantId::new("acme").unwrap(), RequestId::new(request).unwrap());
    Submission {
        message: MessageId::derive(Partition(0), &tenant, &request, &subscriber),
        content: ContentHash::of(&[b"hello"]),
        sender: NumberId::new("KR:4565").unwrap(),
        text: Body::plain("hello"),
        deadline: Timestamp::from_micros(1_000_000_000) + class.validity_default(),
        config_offset: 0,
        received_at: Timestamp::from_micros(999_999_000),
        origin: Origin::Client,
        in_order: false,
        send_at: None,
        tenant,
        request,
        subscriber,
        class,
    }
}

fn consent(action: ConsentAction) -> Command {
    Command::ChangeConsent(ConsentChanged {
        tenant: TenantId::new("acme").unwrap(),
        number: NumberId::new("KR:4565").unwrap(),
        subscriber: SubscriberId::e164(821_012_345_678).unwrap(),
        action,
        arrival: ArrivalId::from_bytes([1; 16]),
        received_at: Timestamp::from_micros(1),
    })
}

#[test]
fn a_message_goes_to_the_first_account_with_room_and_says_why() {
    let mut desk = Desk::open();
    desk.allow("main", 1);
    let effects = desk.submit(message("r1", TrafficClass::Transactional));
    let Verdict::Planned(planned) = first_verdict(&effects) else {
        panic!("{effects:?}")
    };
    assert_eq!((planned.account.as_str(), planned.segments, planned.lane), ("main", 1, Lane::Normal));
    assert_eq!((planned.others[0].account.as_str(), planned.others[0].because.as_str()), ("spare", "has no room"));
    let order = one_order(&effects).order;
    assert_eq!((order.source.digits(), order.destination.digits()), ("4565", "821012345678"));
    assert_eq!(order.segments[0].as_slice(), b"hello");
}

#[test]
fn rte_1_a_message_is_taken_once_and_other_content_is_a_conflict() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    desk.submit(message("r1", TrafficClass::Otp));
    assert_eq!(desk.submit(message("r1", TrafficClass::Otp)), []);
    let mut other = message("r1", TrafficClass::Otp);
    other.content = ContentHash::of(&[b"bye"]);
    assert!(
        matches!(&told(&desk.submit(other))[..], [RoutingFact::RequestConflict(conflict)] if conflict.request.as_str() == "r1")
    );
    assert_eq!(desk.unsettled("main", Lane::Otp), 1);
}

#[test]
fn rte_2_no_other_attempt_before_the_one_is_settled() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Transactional)));
    assert_eq!(desk.pass(SpanMs::from_hours(10)), []);
    let again = one_order(&desk.settle(&first, SettledOutcome::NotSent(NotSent::NoBind)));
    assert_eq!(again.order.attempt.number, 2);
    assert_eq!(
        orders(&desk.settle(&first, SettledOutcome::Submitted)).len(),
        0,
        "a settlement of the old attempt is a repeat"
    );
    assert_eq!(desk.unsettled("main", Lane::Normal), 1);
}

#[test]
fn rte_3_what_has_no_allowance_waits_and_leaves_as_room_comes() {
    let mut desk = Desk::open();
    desk.allow("main", 1);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Marketing)));
    for request in ["r2", "r3"] {
        let Verdict::Queued(queued) = first_verdict(&desk.submit(message(request, TrafficClass::Marketing))) else {
            panic!()
        };
        assert_eq!(queued.reason, QueueReason::NoAllowance);
    }
    assert_eq!(desk.routing.parked(), 2);
    desk.restart();
    assert_eq!(desk.routing.parked(), 2);
    let second = one_order(&desk.settle(&first, SettledOutcome::Submitted));
    assert_eq!(second.order.attempt.message, message("r2", TrafficClass::Marketing).message);
    assert_eq!(orders(&desk.allow("spare", 5)).len(), 1);
    assert_eq!(desk.routing.parked(), 0);
}

#[test]
fn rte_3_an_older_allowance_changes_nothing() {
    let mut desk = Desk::open();
    let allowance = |run, revision, allowed| {
        Command::Allow(Allowance {
            account: AccountId::new("main").unwrap(),
            lane: Lane::Otp,
            run,
            revision,
            allowed,
        })
    };
    desk.handle(allowance(5, 2, 3));
    desk.handle(allowance(5, 1, 9));
    desk.handle(allowance(4, 7, 9));
    let key = LaneKey(AccountId::new("main").unwrap(), Lane::Otp);
    assert_eq!(desk.rows.row::<AllowanceRow>(&key).unwrap().unwrap().allowed, 3);
    desk.handle(allowance(6, 0, 0));
    assert_eq!(desk.rows.row::<AllowanceRow>(&key).unwrap().unwrap().allowed, 0);
}

#[test]
fn rte_4_a_parked_message_expires_and_is_not_sent_afterwards() {
    let mut desk = Desk::open();
    desk.submit(message("r1", TrafficClass::Otp));
    assert_eq!(next_due(&desk.rows).unwrap(), Some(message("r1", TrafficClass::Otp).deadline));
    let end = closed(&desk.pass(SpanMs::from_secs(600)));
    assert_eq!((end.state, end.reason), (FinalState::Expired, Reason::ValidityEnded));
    assert_eq!(desk.allow("main", 10), []);
}

#[test]
fn rte_4_a_message_that_is_late_already_is_never_handed_over() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let mut late = message("r1", TrafficClass::Otp);
    late.deadline = desk.now;
    assert_eq!(closed(&desk.submit(late)).state, FinalState::Expired);
}

#[test]
fn rte_5_stop_blocks_the_number_for_all_and_advertising_everywhere() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    desk.handle(consent(ConsentAction::OptOut));
    for class in TrafficClass::ALL {
        let end = closed(&desk.submit(message(&format!("{class:?}"), class)));
        assert_eq!((end.state, end.reason), (FinalState::Refused, Reason::OptedOut));
    }
    let mut confirmation = message("answer", TrafficClass::Transactional);
    confirmation.origin = Origin::Confirmation { arrival: ArrivalId::from_bytes([1; 16]) };
    assert_eq!(orders(&desk.submit(confirmation)).len(), 1);

    let other = NumberId::new("KR:1588").unwrap();
    let Some(ConfigChange::Number(number)) = provisioning().pop() else { panic!() };
    desk.configure(ConfigChange::Number(NumberConfig { number: other.clone(), ..number }));
    let from_other = |class| Submission { sender: other.clone(), ..message(&format!("other-{class:?}"), class) };
    assert_eq!(closed(&desk.submit(from_other(TrafficClass::Marketing))).reason, Reason::OptedOut);
    assert_eq!(orders(&desk.submit(from_other(TrafficClass::Transactional))).len(), 1);

    desk.handle(consent(ConsentAction::OptIn));
    assert_eq!(orders(&desk.submit(message("back", TrafficClass::Marketing))).len(), 1);
}

#[test]
fn rte_5_a_stop_is_obeyed_by_what_waits_already() {
    let mut desk = Desk::open();
    desk.submit(message("r1", TrafficClass::Marketing));
    desk.handle(consent(ConsentAction::OptOutLikely));
    let effects = desk.allow("main", 10);
    assert_eq!(closed(&effects).reason, Reason::OptedOut);
}

#[test]
fn a_refusal_that_may_pass_backs_off_and_tries_again() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Transactional)));
    let refused = SettledOutcome::Refused { status: 0x14, class: RefusalClass::RetrySameRoute };
    let facts = told(&desk.settle(&first, refused));
    assert!(matches!(&facts[..], [RoutingFact::Queued(queued)] if queued.reason == QueueReason::BackOff));
    assert_eq!(desk.pass(SpanMs::from_secs(29)), []);
    assert_eq!(one_order(&desk.pass(SpanMs::from_secs(1))).order.attempt.number, 2);
}

#[test]
fn a_route_that_refuses_gives_way_to_the_next() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    desk.allow("spare", 10);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Transactional)));
    let refused = SettledOutcome::Refused { status: 0x45, class: RefusalClass::RetryOtherRoute };
    assert_eq!(one_order(&desk.settle(&first, refused)).account.as_str(), "spare");
}

#[test]
fn a_permanent_refusal_ends_it_with_the_carriers_status() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Transactional)));
    let end = closed(&desk.settle(&first, SettledOutcome::Refused { status: 0x0b, class: RefusalClass::Permanent }));
    assert_eq!(
        (end.state, end.reason, end.carrier_status),
        (FinalState::Failed, Reason::CarrierRefused, Some(0x0b))
    );
}

#[test]
fn silence_repeats_an_alert_but_never_an_advertisement() {
    for (class, attempts) in [(TrafficClass::Transactional, 1), (TrafficClass::Marketing, 0)] {
        let mut desk = Desk::open();
        desk.allow("main", 10);
        let first = one_order(&desk.submit(message("r1", class)));
        assert_eq!(orders(&desk.settle(&first, SettledOutcome::Ambiguous)).len(), attempts);
    }
}

#[test]
fn a_message_waits_for_the_configuration_its_check_used() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let mut ahead = message("r1", TrafficClass::Transactional);
    ahead.config_offset = desk.configured + 1;
    let Verdict::Queued(queued) = first_verdict(&desk.submit(ahead)) else {
        panic!()
    };
    assert_eq!(queued.reason, QueueReason::Configuration);
    assert_eq!(orders(&desk.configure(ConfigChange::Route(route("7", &["spare"])))).len(), 1);
}

#[test]
fn a_closed_account_gets_nothing_and_a_removed_route_refuses_what_waits() {
    let mut desk = Desk::open();
    desk.configure(account("main", true));
    desk.allow("main", 10);
    assert!(matches!(first_verdict(&desk.submit(message("r1", TrafficClass::Otp))), Verdict::Queued(_)));
    let end = closed(&desk.configure(ConfigChange::Route(route("", &[]))));
    assert_eq!((end.state, end.reason), (FinalState::Refused, Reason::NoRoute));
}

#[test]
fn an_account_that_opens_again_takes_what_waits() {
    let mut desk = Desk::open();
    desk.configure(account("main", true));
    desk.allow("main", 10);
    desk.submit(message("r1", TrafficClass::Otp));
    assert_eq!(orders(&desk.configure(account("main", false))).len(), 1);
}

#[test]
fn long_texts_take_a_new_reference_each_time() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let long = |request| Submission {
        text: Body::plain("x".repeat(200)),
        ..message(request, TrafficClass::Transactional)
    };
    let references: Vec<u8> = ["r1", "r2"]
        .map(|request| one_order(&desk.submit(long(request))).order)
        .iter()
        .map(|order| {
            assert_eq!((order.segments.len(), order.esm_class), (2, 0x40));
            order.segments[0].as_slice()[3]
        })
        .collect();
    assert_eq!(references, [1, 2]);
}

#[test]
fn an_id_is_forgotten_after_its_time_and_not_before() {
    let mut desk = Desk::open();
    desk.allow("main", 10);
    let first = one_order(&desk.submit(message("r1", TrafficClass::Otp)));
    desk.settle(&first, SettledOutcome::Submitted);
    let rows = desk.rows.len();
    desk.pass(SpanMs::from_secs(600));
    assert_eq!(desk.submit(message("r1", TrafficClass::Otp)), []);
    desk.pass(FORGET_AFTER);
    assert_eq!(desk.rows.len(), rows - 2, "the row and its timer are gone");
}
