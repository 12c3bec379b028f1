//! One message to send: what a client asks for, checked, and made into a submission.

use std::fmt;

use volley_directory::{Directory, SenderFault};
use volley_events::{Origin, Submission, config::NumberConfig};
use volley_numbers::{Recipient, check_recipient};
use volley_types::{
    Body, ContentHash, MessageId, NumberId, RequestId, SubscriberId, TenantId, Timestamp, TrafficClass,
    address::ADDRESS_OCTETS_MAX,
};

use crate::{
    fault::{Checks, Faults},
    text::{segments_of, wording},
    timing::{Timing, timing},
};

/// What a client asks for, as it came.
#[derive(Clone, Copy)]
pub struct SendRequest<'a> {
    /// The client's id for the request.
    pub request_id: &'a str,
    /// The number it leaves from.
    pub from: &'a str,
    /// The handset.
    pub to: &'a str,
    /// The text.
    pub text: &'a str,
    /// The class; `None` when not given, or not known.
    pub class: Option<TrafficClass>,
    /// Validity in milliseconds from now; 0 is not given.
    pub validity_ms: u64,
    /// End of validity, Unix microseconds, UTC; 0 is not given.
    pub valid_until_us: i64,
    /// Leaves after the earlier messages of its conversation that asked for the same.
    pub in_order: bool,
    /// Leaves no earlier, Unix microseconds, UTC; 0 is at once.
    pub send_at_us: i64,
    /// The text leaves exactly as written.
    pub verbatim: bool,
}

/// Shows the request id only.
impl fmt::Debug for SendRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendRequest")
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// Why a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendFault {
    /// Fields are at fault.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// The number is not the tenant's to send from.
    #[error("the number {number} is not yours to send from")]
    NotOwned {
        /// The number as the client wrote it.
        number: String,
    },
    /// The tenant may send nothing.
    #[error("the tenant {0} is suspended")]
    Suspended(TenantId),
}

/// A message that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// What goes on `routing.in`.
    pub submission: Submission,
    /// Segments its text needs, 1 to 10.
    pub segments: u8,
}

/// What a check is made against.
#[derive(Debug, Clone, Copy)]
pub struct Admit<'a> {
    /// The configuration.
    pub directory: &'a Directory,
    /// Who asks.
    pub tenant: &'a TenantId,
    /// Partitions of the log; what the message id is derived with.
    pub partitions: u16,
    /// The front door's clock.
    pub now: Timestamp,
}

impl Admit<'_> {
    /// Checks a request and derives from it what routing needs to know.
    ///
    /// # Errors
    /// All faulty fields at once; only a request without any is asked whose number it names.
    pub fn check(&self, request: &SendRequest<'_>) -> Result<Admitted, SendFault> {
        let verbatim = match self.directory.tenant(self.tenant) {
            Some(tenant) if !tenant.suspended => request.verbatim || tenant.verbatim,
            Some(_) | None => return Err(SendFault::Suspended(self.tenant.clone())),
        };
        let mut checks = Checks::default();
        let id = checks.read("request_id", RequestId::new(request.request_id));
        let sender = self.sender(&mut checks, request.from);
        let recipient = checks.read("to", check_recipient(request.to, None));
        let segments = checks.read("text", segments_of(request.text, wording(request.class, verbatim)));
        checks.require(request.class.is_some(), "traffic_class", "must be OTP, TRANSACTIONAL or MARKETING");
        let timing = timing(&mut checks, request, request.class, self.now);

        let checked = checks.finish(|| Some((id?, sender?, recipient?, segments?, request.class?, timing?)))?;
        let (id, sender, Recipient { subscriber, .. }, segments, class, timing) = checked;
        let sender = sender.ok_or_else(|| SendFault::NotOwned { number: request.from.to_owned() })?;
        let submission = self.submission(request, id, &sender.number, subscriber, class, timing);
        Ok(Admitted { submission: Submission { verbatim, ..submission }, segments })
    }

    /// The number meant by `from`; the inner `None` when it is not the tenant's.
    fn sender(&self, checks: &mut Checks, from: &str) -> Option<Option<&NumberConfig>> {
        if from.is_empty() || from.len() > ADDRESS_OCTETS_MAX {
            checks.fail("from", format!("has {} characters; allowed are 1 to {ADDRESS_OCTETS_MAX}", from.len()));
            return None;
        }
        match self.directory.sender(self.tenant, from) {
            Ok(number) => Some(Some(number)),
            Err(SenderFault::NotOwned(_)) => Some(None),
            Err(fault @ SenderFault::Ambiguous { .. }) => {
                checks.fail("from", fault);
                None
            }
        }
    }

    fn submission(
        &self,
        request: &SendRequest<'_>,
        id: RequestId,
        sender: &NumberId,
        subscriber: SubscriberId,
        class: TrafficClass,
        timing: Timing,
    ) -> Submission {
        let partition = subscriber.partition(self.partitions);
        Submission {
            message: MessageId::derive(partition, self.tenant, &id, &subscriber),
            tenant: self.tenant.clone(),
            content: content_of(request, sender, class),
            request: id,
            sender: sender.clone(),
            subscriber,
            text: Body::plain(request.text),
            class,
            deadline: timing.deadline,
            config_offset: self.directory.offset(),
            received_at: self.now,
            origin: Origin::Client,
            in_order: request.in_order,
            send_at: timing.send_at,
            verbatim: request.verbatim,
        }
    }
}

/// What makes two requests the same: sender, text, class, and the times *as they were written*, so that a retry a second later
/// with the same `validity_ms` is the same request although its end of validity is another (ING-1).
fn content_of(request: &SendRequest<'_>, sender: &NumberId, class: TrafficClass) -> ContentHash {
    let class = match class {
        TrafficClass::Otp => b"otp".as_slice(),
        TrafficClass::Transactional => b"transactional",
        TrafficClass::Marketing => b"marketing",
    };
    ContentHash::of(&[
        sender.as_str().as_bytes(),
        request.text.as_bytes(),
        class,
        &request.validity_ms.to_be_bytes(),
        &request.valid_until_us.to_be_bytes(),
        &request.send_at_us.to_be_bytes(),
        &[u8::from(request.in_order) | u8::from(request.verbatim) << 1],
    ])
}
