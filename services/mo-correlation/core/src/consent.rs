//! STOP, START and HELP: before everything else, in all their words (telecom.md §6).
//!
//! ```text
//!   STOP  ─▶ owner of the newest message in its window │ all who sent to this handset │ default owner │ all of the number
//!   START ─▶ that owner, if opted out of │ those opted out of last │ default owner
//!   HELP  ─▶ that owner │ default owner │ the only tenant of the number
//! ```

use volley_events::{ConsentAction, ConsentChanged, Origin, PublicEvent, PublicKind, Submission, config::NumberConfig};
use volley_rows::{RowError, RowStore, RowsExt};
use volley_sms_text::optout::{self, Action, Context, Language, LanguageSet};
use volley_types::{
    ArrivalId, Body, ContentHash, MessageId, RequestId, SpanMs, SubscriberId, TenantId, Timestamp, TrafficClass,
};

use crate::{
    attribution::Pair,
    engine::{Effect, Step},
    rows::{ActedRow, Confirmation, ConfirmationKey, ConfirmationRow, ConsentRow, Subject, ThreadKey, pair_prefix},
    tell::blank,
};

/// In this time a person gets no more confirmations of a kind than [`Confirmation::sent_max`].
const CONFIRMATION_PERIOD: SpanMs = SpanMs::from_hours(24);

/// How long a confirmation is worth sending.
const CONFIRMATION_VALIDITY: SpanMs = SpanMs::from_hours(1);

/// Most tenants of one pair whose opt-outs are looked at.
const OPT_OUTS_MAX: usize = 64;

/// What a person asked for, and where.
pub struct Asking<'a> {
    /// The arrival that asks.
    pub arrival: ArrivalId,
    /// When it came in at our edge.
    pub received_at: Timestamp,
    /// The person.
    pub subscriber: &'a SubscriberId,
    /// The number written to.
    pub number: &'a NumberConfig,
}

/// What a text asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// To be left alone; by one tenant, when it was named.
    Out {
        /// The words are not among the plain ones.
        likely: bool,
        /// The owner of the keyword that was named.
        of: Option<TenantId>,
    },
    /// To be written to again.
    In,
    /// What this is.
    Help,
}

impl Confirmation {
    const fn sent_max(self) -> u8 {
        match self {
            Self::Stop | Self::Start => 1,
            Self::Help => 3,
        }
    }
}

impl Asked {
    fn action(&self) -> ConsentAction {
        match self {
            Self::Out { likely: false, .. } => ConsentAction::OptOut,
            Self::Out { likely: true, .. } => ConsentAction::OptOutLikely,
            Self::In => ConsentAction::OptIn,
            Self::Help => ConsentAction::Help,
        }
    }
}

impl<S: RowStore + ?Sized> Step<'_, S> {
    /// Whether a text is a consent word.
    pub(crate) fn asked(&self, text: &str, asking: &Asking<'_>) -> Result<Option<Asked>, RowError> {
        let languages = asking.number.languages.iter().filter_map(|code| Language::from_code(code));
        let languages: LanguageSet = languages.collect();
        let opted_out = !self.opt_outs(asking)?.is_empty();
        let context = Context { languages, opted_out, ..Context::default() };
        Ok(match optout::classify(text, &context) {
            Action::PassOn => None,
            Action::OptOut => Some(Asked::Out { likely: false, of: None }),
            Action::OptOutLikely | Action::OptOutScoped { .. } => Some(self.scoped(text, asking, context)),
            Action::OptIn => Some(Asked::In),
            Action::Help => Some(Asked::Help),
        })
    }

    /// `STOP NEWS` stops the tenant whose keyword NEWS is; what names nobody very likely means everything.
    fn scoped(&self, text: &str, asking: &Asking<'_>, context: Context<'_>) -> Asked {
        let leases = self.here.directory.keywords();
        let here: Vec<_> = leases
            .filter(|lease| lease.number == asking.number.number && !lease.released)
            .collect();
        let programs: Vec<&str> = here.iter().map(|lease| lease.keyword.as_str()).collect();
        let named = match optout::classify(text, &Context { programs: &programs, ..context }) {
            Action::OptOutScoped { program } => here.iter().find(|lease| lease.keyword.as_str() == program),
            _ => None,
        };
        Asked::Out { likely: named.is_none(), of: named.map(|lease| lease.tenant.clone()) }
    }

    fn opt_outs(&self, asking: &Asking<'_>) -> Result<Vec<(ThreadKey, ConsentRow)>, RowError> {
        let prefix = pair_prefix(asking.subscriber, &asking.number.number);
        self.rows.rows_with_prefix(&prefix, OPT_OUTS_MAX)
    }

    /// Does what was asked for; gives the tenants it concerns.
    pub(crate) fn act(&mut self, asking: &Asking<'_>, asked: &Asked, pair: &Pair) -> Result<ActedRow, RowError> {
        let tenants = self.concerned(asking, asked, pair)?;
        for tenant in &tenants {
            self.change_consent(asking, asked, tenant)?;
        }
        self.confirm(asking, asked, &tenants)?;
        Ok(ActedRow { action: asked.action(), tenants })
    }

    fn concerned(&self, asking: &Asking<'_>, asked: &Asked, pair: &Pair) -> Result<Vec<TenantId>, RowError> {
        let number = asking.number;
        let known = pair.latest_tenant().or(number.default_owner.as_ref());
        let only = number.tenants.first().filter(|_| number.tenants.len() == 1);
        Ok(match asked {
            Asked::Out { of: Some(named), .. } => vec![named.clone()],
            Asked::Out { of: None, .. } => stopped(number, pair),
            Asked::In => match self.lifted(asking, pair)? {
                none if none.is_empty() => known.cloned().into_iter().collect(),
                lifted => lifted,
            },
            Asked::Help => known.or(only).cloned().into_iter().collect(),
        })
    }

    /// Of those the person opted out of: the one that wrote last, or those of the last opt-out.
    fn lifted(&self, asking: &Asking<'_>, pair: &Pair) -> Result<Vec<TenantId>, RowError> {
        let opt_outs = self.opt_outs(asking)?;
        let newest = opt_outs.iter().map(|(_, row)| row.since).max();
        let is_out = |tenant: &&TenantId| opt_outs.iter().any(|(key, _)| key.tenant == **tenant);
        if let Some(latest) = pair.latest_tenant().filter(is_out) {
            return Ok(vec![latest.clone()]);
        }
        let of_newest = opt_outs.into_iter().filter(|(_, row)| Some(row.since) == newest);
        Ok(of_newest.map(|(key, _)| key.tenant).collect())
    }

    fn change_consent(&mut self, asking: &Asking<'_>, asked: &Asked, tenant: &TenantId) -> Result<(), RowError> {
        let (subscriber, number) = (asking.subscriber.clone(), asking.number.number.clone());
        let key = ThreadKey { subscriber: subscriber.clone(), number: number.clone(), tenant: tenant.clone() };
        let kind = match asked {
            Asked::Out { .. } => {
                self.rows.put_row(&key, &ConsentRow { since: asking.received_at })?;
                PublicKind::OptedOut
            }
            Asked::In => {
                self.rows.delete_row::<ConsentRow>(&key);
                PublicKind::OptedIn
            }
            Asked::Help => return Ok(()),
        };
        self.effects.push(Effect::Consent(ConsentChanged {
            tenant: tenant.clone(),
            number: number.clone(),
            subscriber: subscriber.clone(),
            action: asked.action(),
            arrival: asking.arrival,
            received_at: asking.received_at,
        }));
        self.tell_strangers(PublicEvent {
            number: Some(number),
            subscriber: Some(subscriber),
            ..blank(kind, self.at.now, tenant.clone())
        });
        Ok(())
    }

    /// One confirmation, in the name of the first tenant that may send from the number; else two answering machines would never end.
    fn confirm(&mut self, asking: &Asking<'_>, asked: &Asked, tenants: &[TenantId]) -> Result<(), RowError> {
        let answers = &asking.number.answers;
        let (kind, text) = match asked {
            Asked::Out { .. } => (Confirmation::Stop, &answers.stop),
            Asked::In => (Confirmation::Start, &answers.start),
            Asked::Help => (Confirmation::Help, &answers.help),
        };
        let number = &asking.number.number;
        let may_send = |tenant: &&TenantId| self.here.directory.may_send(tenant, number);
        // HELP is answered to everybody, also when nobody is concerned.
        let others = asking.number.tenants.iter().filter(|_| *asked == Asked::Help);
        let Some(tenant) = tenants.iter().chain(others).find(may_send).cloned() else {
            return Ok(());
        };
        if text.is_empty() || !self.may_confirm(kind, asking, &tenant)? {
            return Ok(());
        }
        let submission = self.confirmation(asking, tenant, text);
        self.effects.push(Effect::Answer(Box::new(submission)));
        Ok(())
    }

    fn may_confirm(&mut self, kind: Confirmation, asking: &Asking<'_>, tenant: &TenantId) -> Result<bool, RowError> {
        let thread = ThreadKey {
            subscriber: asking.subscriber.clone(),
            number: asking.number.number.clone(),
            tenant: tenant.clone(),
        };
        let key = ConfirmationKey { kind, thread };
        let sent = match self.rows.row::<ConfirmationRow>(&key)? {
            Some(row) => row.sent,
            None => {
                self.remind(Subject::Confirmation(key.clone()), self.at.now + CONFIRMATION_PERIOD)?;
                0
            }
        };
        if sent >= kind.sent_max() {
            return Ok(false);
        }
        self.rows.put_row(&key, &ConfirmationRow { sent: sent + 1 })?;
        Ok(true)
    }

    fn confirmation(&self, asking: &Asking<'_>, tenant: TenantId, text: &str) -> Submission {
        let (arrival, partition) = (asking.arrival, self.here.partition);
        let name = format!("answer-{}", &arrival.to_string()[..24]);
        Submission {
            message: MessageId::derive_answer(partition, &tenant, arrival, asking.subscriber),
            content: ContentHash::of(&[text.as_bytes(), asking.number.number.as_str().as_bytes()]),
            tenant,
            request: RequestId::new(&name).expect("a word and hex digits"),
            sender: asking.number.number.clone(),
            subscriber: asking.subscriber.clone(),
            text: Body::plain(text),
            class: TrafficClass::Transactional,
            deadline: self.at.now + CONFIRMATION_VALIDITY,
            config_offset: self.here.directory.offset(),
            received_at: asking.received_at,
            origin: Origin::Confirmation { arrival },
            in_order: false,
            send_at: None,
            verbatim: false,
        }
    }
}

/// Whom a STOP that names nobody is for. Without anybody who wrote, better too many than none.
fn stopped(number: &NumberConfig, pair: &Pair) -> Vec<TenantId> {
    let senders = pair.senders();
    match (pair.latest_tenant(), &number.default_owner) {
        (Some(latest), _) => vec![latest.clone()],
        (None, _) if !senders.is_empty() => senders,
        (None, Some(owner)) => vec![owner.clone()],
        (None, None) => number.tenants.clone(),
    }
}
