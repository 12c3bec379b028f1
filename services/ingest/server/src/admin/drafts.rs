//! The contract's requests as drafts.

use volley_events::{ConfigChange, config::MessageIdForm};
use volley_ingest_core::{
    Faults,
    admin::{AccountDraft, CarrierDraft, InboundDraft, KeywordDraft, NumberDraft},
};
use volley_types::NumberKind;
use volley_wire::proto::admin::v1::{
    self as wire, PutAccountRequest, PutCarrierRequest, PutKeywordRequest, PutNumberRequest,
};

/// Checks a number. Its inbound addresses are drafts of their own, which cannot outlive this call.
pub(super) fn check_number(put: &PutNumberRequest) -> Result<ConfigChange, Faults> {
    let inbound: Vec<_> = put
        .inbound
        .iter()
        .map(|address| InboundDraft { account: &address.account, digits: &address.digits })
        .collect();
    let draft = NumberDraft {
        number: &put.number,
        kind: kind(put.kind),
        dial_digits: &put.dial_digits,
        dial_ton: put.dial_ton,
        dial_npi: put.dial_npi,
        tenants: &put.tenants,
        default_owner: &put.default_owner,
        inbound: &inbound,
        languages: &put.languages,
        answers: [&put.stop_answer, &put.start_answer, &put.help_answer],
        retired: put.retired,
    };
    draft.check()
}

fn kind(number: i32) -> Option<NumberKind> {
    match wire::NumberKind::try_from(number).ok()? {
        wire::NumberKind::Unspecified => None,
        wire::NumberKind::ShortCode => Some(NumberKind::ShortCode),
        wire::NumberKind::LongCode => Some(NumberKind::LongCode),
        wire::NumberKind::Standard => Some(NumberKind::Standard),
        wire::NumberKind::Alphanumeric => Some(NumberKind::Alphanumeric),
    }
}

pub(super) fn keyword(put: &PutKeywordRequest) -> KeywordDraft<'_> {
    KeywordDraft {
        number: &put.number,
        keyword: &put.keyword,
        tenant: &put.tenant,
        poll: &put.poll,
        released: put.released,
    }
}

pub(super) fn carrier(put: &PutCarrierRequest) -> CarrierDraft<'_> {
    let ids = wire::MessageIdForm::try_from(put.id_form).ok().map(|form| match form {
        wire::MessageIdForm::Unspecified => MessageIdForm::Same,
        wire::MessageIdForm::HexThenDecimal => MessageIdForm::HexThenDecimal,
        wire::MessageIdForm::DecimalThenHex => MessageIdForm::DecimalThenHex,
    });
    CarrierDraft { carrier: &put.carrier, home: &put.home, ids }
}

pub(super) fn account(put: &PutAccountRequest) -> AccountDraft<'_> {
    AccountDraft {
        account: &put.account,
        carrier: &put.carrier,
        host: &put.host,
        port: put.port,
        system_id: &put.system_id,
        binds: put.binds,
        window: put.window,
        segments_per_second: put.segments_per_second,
        response_timeout_ms: put.response_timeout_ms,
        closed: put.closed,
    }
}
