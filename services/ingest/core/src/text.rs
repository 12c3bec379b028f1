//! Texts: how many segments one takes, and how it would leave.

use volley_directory::Directory;
use volley_numbers::check_recipient;
use volley_sms_text::{
    Preview, SegmentOptions, TextError, Wording, plan, preview,
    smart::{Substitution, worded},
};
use volley_types::{SubscriberId, TenantId, TrafficClass};

use crate::fault::{Checks, Faults};

/// Longest text that is weighed, in characters.
const PREVIEW_CHARACTERS_MAX: usize = 10_000;

/// How many segments a text takes, or what is wrong with it in words that read on from the field's name.
pub(crate) fn segments_of(text: &str, wording: Wording) -> Result<u8, String> {
    let options = SegmentOptions::default();
    let worded = worded(text, &options, wording);
    let plan = plan(&worded.text, &options).map_err(|fault| match fault {
        TextError::Empty => "is empty".to_owned(),
        TextError::TooManySegments { count, limit } => format!("takes {count} segments, the limit is {limit}"),
        fault @ (TextError::PayloadTooLong { .. } | TextError::Unencodable) => format!("cannot be sent: {fault}"),
    })?;
    Ok(plan.count())
}

/// How a text may be changed on its way out.
pub(crate) fn wording(class: Option<TrafficClass>, verbatim: bool) -> Wording {
    match verbatim || class.is_some_and(TrafficClass::leaves_as_written) {
        true => Wording::Verbatim,
        false => Wording::Smart,
    }
}

/// A text to be weighed, as it came.
#[derive(Clone, Copy)]
pub struct PreviewRequest<'a> {
    /// The text.
    pub text: &'a str,
    /// The class it would have; `None` when not given, or not known.
    pub class: Option<TrafficClass>,
    /// It would leave exactly as written.
    pub verbatim: bool,
    /// The handset it would go to; empty: any.
    pub to: &'a str,
}

/// How a text would leave.
pub struct Previewed {
    /// The text as it would leave.
    pub text: String,
    /// Its cost.
    pub cost: Preview,
    /// What was replaced in it.
    pub substitutions: Vec<Substitution>,
}

impl PreviewRequest<'_> {
    /// Weighs the text as routing would send it for a tenant.
    ///
    /// # Errors
    /// All faulty fields.
    pub fn weigh(&self, directory: &Directory, tenant: &TenantId) -> Result<Previewed, Faults> {
        let mut checks = Checks::default();
        let characters = self.text.chars().count();
        let limit = PREVIEW_CHARACTERS_MAX;
        checks.require(
            (1..=limit).contains(&characters),
            "text",
            format!("has {characters} characters; allowed are 1 to {limit}"),
        );
        checks.require(self.class.is_some(), "traffic_class", "must be OTP, TRANSACTIONAL or MARKETING");
        let recipient = checks.read_unless_empty("to", self.to, |to| check_recipient(to, None));
        let recipient = checks.finish(|| recipient)?;

        let options = recipient.map_or_else(SegmentOptions::default, |it| options_for(directory, &it.subscriber));
        let verbatim = self.verbatim || directory.tenant(tenant).is_some_and(|tenant| tenant.verbatim);
        let worded = worded(self.text, &options, wording(self.class, verbatim));
        let cost = preview(&worded.text, &options).map_err(|fault| Faults::one("text", fault))?;
        Ok(Previewed { text: worded.text.into_owned(), cost, substitutions: worded.substitutions })
    }
}

/// How the carrier of the first open account of a handset's route wants texts.
fn options_for(directory: &Directory, subscriber: &SubscriberId) -> SegmentOptions {
    let route = directory.route(subscriber);
    let accounts = route.iter().flat_map(|route| &route.accounts);
    let mut open = accounts.filter_map(|account| directory.account(account).filter(|config| !config.closed));
    let profile = open.next().and_then(|account| directory.profile(&account.carrier));
    profile.map_or_else(SegmentOptions::default, |profile| profile.text.segment_options())
}
