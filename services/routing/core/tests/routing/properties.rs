//! The promises, over any order of what may happen.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use volley_events::{
    Allowance, ConsentAction, NotSent, RefusalClass, RoutingFact, SettledOutcome, Submission, Verdict,
};
use volley_routing_core::{Command, Effect};
use volley_types::{
    AccountId, Lane, MessageId, Partition, Position, RequestId, SpanMs, SubscriberId, TenantId, Timestamp, TrafficClass,
};

use crate::desk::*;

const ACCOUNTS: [&str; 2] = ["main", "spare"];

/// Something that may happen.
#[derive(Debug, Clone)]
enum Happening {
    Submit {
        handset: u64,
        class: TrafficClass,
        in_order: bool,
        in_secs: Option<u64>,
        validity_secs: u64,
    },
    Settle {
        which: prop::sample::Index,
        outcome: SettledOutcome,
    },
    Allow {
        account: usize,
        lane: Lane,
        allowed: u32,
    },
    Cancel {
        which: prop::sample::Index,
    },
    Consent {
        handset: u64,
        action: ConsentAction,
    },
    Pause(bool),
    Close {
        account: usize,
        closed: bool,
    },
    LoseLanes {
        which: prop::sample::Index,
    },
    Pass {
        secs: u64,
    },
    UntilDue,
}

fn any_outcome() -> impl Strategy<Value = SettledOutcome> {
    let refused = |class| SettledOutcome::Refused { status: 0x45, class };
    prop_oneof![
        4 => Just(SettledOutcome::Submitted),
        1 => Just(SettledOutcome::Ambiguous),
        1 => Just(SettledOutcome::Recalled),
        1 => Just(SettledOutcome::NotSent(NotSent::NoBind)),
        1 => Just(SettledOutcome::NotSent(NotSent::TooLate)),
        1 => Just(refused(RefusalClass::Throttle)),
        1 => Just(refused(RefusalClass::RetrySameRoute)),
        1 => Just(refused(RefusalClass::RetryOtherRoute)),
        1 => Just(refused(RefusalClass::Permanent)),
    ]
}

fn any_happening() -> impl Strategy<Value = Happening> {
    let class = prop::sample::select(TrafficClass::ALL.to_vec());
    let lane = prop::sample::select(Lane::ALL.to_vec());
    let which = any::<prop::sample::Index>;
    prop_oneof![
        8 => (0..2u64, class, any::<bool>(), prop::option::weighted(0.2, 1..200u64), 1..4_000u64).prop_map(
            |(handset, class, in_order, in_secs, validity_secs)| Happening::Submit {
                handset, class, in_order: in_order && in_secs.is_none(), in_secs, validity_secs
            }
        ),
        8 => (which(), any_outcome()).prop_map(|(which, outcome)| Happening::Settle { which, outcome }),
        4 => (0..2usize, lane, 0..4u32).prop_map(|(account, lane, allowed)| Happening::Allow { account, lane, allowed }),
        2 => which().prop_map(|which| Happening::Cancel { which }),
        1 => (0..2u64, any::<bool>()).prop_map(|(handset, out)| Happening::Consent {
            handset, action: if out { ConsentAction::OptOut } else { ConsentAction::OptIn }
        }),
        1 => any::<bool>().prop_map(Happening::Pause),
        1 => (0..2usize, any::<bool>()).prop_map(|(account, closed)| Happening::Close { account, closed }),
        1 => which().prop_map(|which| Happening::LoseLanes { which }),
        3 => (0..600u64).prop_map(|secs| Happening::Pass { secs }),
        3 => Just(Happening::UntilDue),
    ]
}

fn handset(number: u64) -> SubscriberId {
    SubscriberId::e164(821_012_345_000 + number).unwrap()
}

/// A message as the test follows it.
#[derive(Debug, Clone)]
struct Followed {
    submission: Submission,
    open: Option<(Ordered, Position)>,
    waits: bool,
    closed: bool,
    unwanted: bool,
}

/// What must be true, kept beside the desk.
#[derive(Debug, Default)]
struct Model {
    messages: BTreeMap<MessageId, Followed>,
    /// In the order accepted.
    order: Vec<MessageId>,
    allowed: BTreeMap<(AccountId, Lane), u32>,
    opted_out: BTreeSet<SubscriberId>,
    paused: bool,
}

impl Model {
    fn open(&self) -> Vec<(Ordered, Position)> {
        self.messages.values().filter_map(|it| it.open.clone()).collect()
    }

    fn unsettled(&self, account: &AccountId, lane: Lane) -> u32 {
        let there = self
            .open()
            .into_iter()
            .filter(|(order, _)| order.account == *account && order.lane == lane);
        u32::try_from(there.count()).unwrap()
    }

    /// Follows what one record led to.
    fn follow(&mut self, desk: &Desk, effects: &[Effect]) -> Result<(), TestCaseError> {
        for (effect, index) in effects.iter().zip(0..) {
            match effect {
                Effect::Tell(fact) => self.told(fact),
                Effect::Order { account, lane, order } => {
                    let order = Ordered { account: account.clone(), lane: *lane, order: order.as_ref().clone() };
                    self.ordered(desk, order, Position { offset: desk.offset - 1, index })?;
                }
                Effect::Recall(_) => {}
            }
        }
        let waiting = self.messages.values().filter(|it| it.waits).count();
        prop_assert_eq!(desk.waiting(), waiting as u64, "RTE-6: what waits is counted");
        Ok(())
    }

    fn told(&mut self, fact: &RoutingFact) {
        let Some(it) = self.messages.get_mut(&fact.message()) else { return };
        match fact {
            RoutingFact::Accepted(accepted) => match accepted.verdict {
                Verdict::Planned(_) => it.waits = false,
                Verdict::Queued(_) => it.waits = true,
                Verdict::Closed(_) => (it.waits, it.closed) = (false, true),
            },
            RoutingFact::Planned(_) => it.waits = false,
            RoutingFact::Queued(_) => it.waits = true,
            RoutingFact::Closed(_) => (it.waits, it.closed) = (false, true),
            RoutingFact::AttemptLost(_) => it.open = None,
            RoutingFact::RequestConflict(_)
            | RoutingFact::CancelAnswered(_)
            | RoutingFact::EditForCarrier(_)
            | RoutingFact::EditAnswered(_) => {}
        }
    }

    fn ordered(&mut self, desk: &Desk, order: Ordered, place: Position) -> Result<(), TestCaseError> {
        let message = order.order.attempt.message;
        let allowed = self.allowed.get(&(order.account.clone(), order.lane)).copied().unwrap_or(0);
        prop_assert!(self.unsettled(&order.account, order.lane) < allowed, "RTE-3: over the allowance");
        self.is_first(message)?;
        let it = self.messages.get_mut(&message).expect("a message that was submitted");
        prop_assert!(it.open.is_none(), "RTE-2: an attempt is unsettled");
        prop_assert!(!it.closed, "RTE-1: it is over");
        prop_assert!(desk.now < it.submission.deadline, "RTE-4: its validity has ended");
        prop_assert!(order.order.send_before <= it.submission.deadline, "RTE-4: it may leave too late");
        prop_assert!(it.submission.send_at.is_none_or(|time| time <= desk.now), "it leaves too early");
        prop_assert!(!self.opted_out.contains(&it.submission.subscriber), "RTE-5: the person opted out");
        prop_assert!(!it.unwanted, "RTE-9: its client wants it back");
        prop_assert!(!self.paused, "its tenant is paused");
        it.open = Some((order, place));
        Ok(())
    }

    fn is_first(&self, message: MessageId) -> Result<(), TestCaseError> {
        let it = &self.messages[&message].submission;
        if !it.in_order {
            return Ok(());
        }
        for earlier in self.order.iter().take_while(|other| **other != message) {
            let other = &self.messages[earlier];
            if other.submission.in_order && other.submission.subscriber == it.subscriber {
                prop_assert!(other.open.is_none() && !other.waits, "RTE-7: an earlier message has not left");
            }
        }
        Ok(())
    }
}

/// The same partition twice: one that runs on, and one that starts again before each record.
struct Twins {
    desk: Desk,
    restarted: Desk,
    model: Model,
}

impl Twins {
    fn open() -> Self {
        Self { desk: Desk::open(), restarted: Desk::open(), model: Model::default() }
    }

    fn handle(&mut self, command: Command) -> Result<(), TestCaseError> {
        self.restarted.restart();
        self.restarted.now = self.desk.now;
        let effects = self.desk.handle(command.clone());
        prop_assert_eq!(&self.restarted.handle(command), &effects, "G4: a restart decides otherwise");
        prop_assert_eq!(&self.restarted.rows, &self.desk.rows, "G4: a restart keeps other rows");
        self.model.follow(&self.desk, &effects)
    }

    fn configure(&mut self, change: volley_events::ConfigChange) -> Result<(), TestCaseError> {
        let record = volley_events::ConfigRecord { offset: self.desk.configured, call: [0; 16], change };
        self.desk.configured += 1;
        self.handle(Command::Configure(Box::new(record)))
    }

    fn happen(&mut self, happening: &Happening) -> Result<(), TestCaseError> {
        match happening {
            Happening::Submit { handset, class, in_order, in_secs, validity_secs } => {
                let submission = self.submission(*handset, *class, *in_order, *in_secs, *validity_secs);
                let id = submission.message;
                let followed = Followed {
                    submission: submission.clone(),
                    open: None,
                    waits: false,
                    closed: false,
                    unwanted: false,
                };
                self.model.messages.insert(id, followed);
                self.model.order.push(id);
                self.handle(Command::Submit(Box::new(submission.clone())))?;
                let before = self.desk.rows.clone();
                self.handle(Command::Submit(Box::new(submission)))?;
                prop_assert_eq!(&before, &self.desk.rows, "RTE-1: a repeat changes something");
                Ok(())
            }
            Happening::Settle { which, outcome } => {
                let open = self.model.open();
                if open.is_empty() {
                    return Ok(());
                }
                let (order, _) = which.get(&open);
                let attempt = order.order.attempt;
                if let Some(it) = self.model.messages.get_mut(&attempt.message) {
                    it.open = None;
                }
                let settled = vec![volley_events::Settled { attempt, outcome: *outcome }];
                let (account, lane) = (order.account.clone(), order.lane);
                self.handle(Command::Settle(volley_events::Settlement { account, lane, settled }))
            }
            Happening::Allow { account, lane, allowed } => {
                let account = AccountId::new(ACCOUNTS[*account]).unwrap();
                self.model.allowed.insert((account.clone(), *lane), *allowed);
                let revision = self.desk.offset;
                self.handle(Command::Allow(Allowance { account, lane: *lane, run: 1, revision, allowed: *allowed }))
            }
            Happening::Cancel { which } => {
                if self.model.order.is_empty() {
                    return Ok(());
                }
                let message = *which.get(&self.model.order);
                if let Some(it) = self.model.messages.get_mut(&message) {
                    it.unwanted = true;
                }
                let (tenant, received_at) = (TenantId::new("acme").unwrap(), self.desk.now);
                self.handle(Command::Cancel(volley_events::CancelRequested { message, tenant, received_at }))
            }
            Happening::Consent { handset, action } => {
                let subscriber = self::handset(*handset);
                match action {
                    ConsentAction::OptOut => self.model.opted_out.insert(subscriber.clone()),
                    _ => self.model.opted_out.remove(&subscriber),
                };
                let Command::ChangeConsent(changed) = consent(*action) else { return Ok(()) };
                self.handle(Command::ChangeConsent(volley_events::ConsentChanged { subscriber, ..changed }))
            }
            Happening::Pause(paused) => {
                self.model.paused = *paused;
                self.configure(tenant("acme", *paused))
            }
            Happening::Close { account: which, closed } => self.configure(account(ACCOUNTS[*which], *closed)),
            Happening::LoseLanes { which } => {
                let open = self.model.open();
                let newest = (!open.is_empty()).then(|| which.get(&open).1);
                let accounts = ACCOUNTS.map(|name| AccountId::new(name).unwrap());
                let end = |account: &AccountId, lane| volley_events::LaneEnd {
                    account: account.clone(),
                    lane,
                    end: 7,
                    newest,
                };
                let ends = accounts.iter().flat_map(|it| Lane::ALL.map(|lane| end(it, lane))).collect();
                let carrier = volley_types::CarrierName::new("skt").unwrap();
                self.handle(Command::LoseLanes(volley_events::LanesLost { carrier, ends }))?;
                let left = self.model.open();
                prop_assert!(left.iter().all(|(_, place)| Some(*place) > newest || open_again(&open, *place)), "RTE-8");
                Ok(())
            }
            Happening::Pass { secs } => {
                self.desk.now = self.desk.now + SpanMs::from_secs(*secs);
                self.handle(Command::Tick)
            }
            Happening::UntilDue => self.until_due().map(|_| ()),
        }
    }

    /// Lets time pass until something is due; `false` when nothing ever will be.
    fn until_due(&mut self) -> Result<bool, TestCaseError> {
        let due = self.desk.routing.next_due(&self.desk.rows, Timestamp::MAX).unwrap();
        let Some(due) = due else { return Ok(false) };
        self.desk.now = self.desk.now.max(due);
        self.handle(Command::Tick)?;
        Ok(true)
    }

    fn submission(
        &self,
        number: u64,
        class: TrafficClass,
        in_order: bool,
        in_secs: Option<u64>,
        validity_secs: u64,
    ) -> Submission {
        let (tenant, subscriber) = (TenantId::new("acme").unwrap(), handset(number));
        let request = RequestId::new(&format!("r{}", self.model.order.len())).unwrap();
        let send_at = in_secs.map(|secs| self.desk.now + SpanMs::from_secs(secs));
        Submission {
            message: MessageId::derive(Partition(0), &tenant, &request, &subscriber),
            request,
            subscriber,
            in_order,
            send_at,
            deadline: send_at.unwrap_or(self.desk.now) + SpanMs::from_secs(validity_secs),
            ..message("any", class)
        }
    }
}

/// Whether what stands at a place was ordered since, in the room that a lost attempt left.
fn open_again(before: &[(Ordered, Position)], place: Position) -> bool {
    before.iter().all(|(_, other)| *other != place)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// RTE-1 to RTE-9 and G4, over anything that clients, persons, operators, carriers, time and crashes may do. In the end
    /// every message is over: nothing waits, nothing is unsettled, nothing is remembered.
    #[test]
    fn the_promises_hold(happenings in prop::collection::vec(any_happening(), 1..120)) {
        let mut twins = Twins::open();
        for happening in &happenings {
            twins.happen(happening)?;
        }
        let mut ticks = 0;
        while twins.until_due()? {
            ticks += 1;
            prop_assert!(ticks < 10_000, "RTE-6: it never ends");
        }
        prop_assert_eq!(twins.desk.waiting(), 0);
        prop_assert!(twins.model.messages.values().all(|it| it.open.is_none() && !it.waits), "RTE-6: one is forgotten");
        for account in ACCOUNTS {
            prop_assert!(Lane::ALL.iter().all(|lane| twins.desk.unsettled(account, *lane) == 0));
        }
        prop_assert!(twins.desk.now < Timestamp::MAX);
    }
}
