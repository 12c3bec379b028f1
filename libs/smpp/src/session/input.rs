//! What the session does with each PDU of the carrier.

use std::time::Instant;

use rusmpp::CommandId;

use super::window::Asked;
use super::{CloseReason, EsmeSession, Event, Phase, Side, SubmitAnswer};
use crate::framing::{Frame, FrameError, is_request};
use crate::pdu::{Address, BindResp, DeliverSm, OtherPdu, Pdu, SubmitResp, encode_deliver_resp, encode_header};
use crate::status::CommandStatus;

/// `alert_notification`s that may wait for the shell to take them.
const ALERTS_WAITING_MAX: usize = 256;

impl EsmeSession {
    pub(super) fn handle_malformed(&mut self, error: FrameError) {
        self.counters.malformed += 1;
        error.answer(&mut self.output);
        if error.closes() {
            self.close(CloseReason::OutOfStep);
        }
    }

    pub(super) fn handle_frame(&mut self, frame: Frame, now: Instant) {
        let Frame { status, sequence, pdu } = frame;
        match pdu {
            Pdu::SubmitSmResp(response) | Pdu::DataSmResp(response) => {
                self.handle_submit_resp(status, sequence, response);
            }
            Pdu::DeliverSm(deliver) => self.handle_deliver(sequence, deliver),
            Pdu::BindResp(response) => self.handle_bind_resp(status, *response),
            Pdu::EnquireLink => {
                encode_header(CommandId::EnquireLinkResp, CommandStatus::OK, sequence, &mut self.output);
            }
            // Hearing anything at all is what the enquiry was for.
            Pdu::EnquireLinkResp => {}
            Pdu::Unbind => self.handle_unbind(sequence, now),
            Pdu::UnbindResp => self.handle_unbind_resp(),
            Pdu::GenericNack => self.handle_nack(status, sequence),
            Pdu::Other(other) => self.handle_other(status, sequence, other),
            Pdu::DeliverSmResp => self.counters.unknown_responses += 1,
            // `outbind` has no response, and this session is the answer to it already.
            Pdu::Outbind(_) => {}
            Pdu::Bind(_) | Pdu::SubmitSm(_) => self.refuse_request(sequence),
        }
    }

    fn handle_bind_resp(&mut self, status: CommandStatus, response: BindResp) {
        if !matches!(self.phase, Phase::Binding { .. }) {
            self.counters.unknown_responses += 1;
            return;
        }
        if !status.is_ok() {
            self.refuse_bind(status);
            return;
        }
        self.phase = Phase::Bound;
        self.events
            .push_back(Event::Bound { interface_version: response.interface_version(), system_id: response.system_id });
    }

    fn refuse_bind(&mut self, status: CommandStatus) {
        self.events.push_back(Event::BindRefused { status });
        self.close(CloseReason::BindRefused(status));
    }

    fn handle_submit_resp(&mut self, status: CommandStatus, sequence: u32, response: SubmitResp) {
        let answer = |token| SubmitAnswer {
            token,
            status,
            congestion: response.tlvs.congestion_state(),
            message_id: response.message_id.filter(|_| status.is_ok()),
        };
        let Some(ordinal) = self.sequencer.ordinal(sequence) else {
            self.counters.unknown_responses += 1;
            return;
        };
        if let Some(Asked::Submit { token }) = self.window.get(ordinal) {
            self.window.remove(ordinal);
            self.events.push_back(Event::SubmitAnswered(answer(token)));
        } else if let Some(token) = self.given_up.take(ordinal) {
            self.events.push_back(Event::SubmitAnsweredLate(answer(token)));
        } else {
            self.counters.unknown_responses += 1;
        }
    }

    fn handle_deliver(&mut self, sequence: u32, deliver: Box<DeliverSm>) {
        let refusal = match self.phase {
            Phase::Bound | Phase::Draining { .. } | Phase::Unbinding { .. } => {
                if self.backlog.admit(sequence, deliver.operation) {
                    self.events.push_back(Event::Delivered { sequence, deliver });
                    return;
                }
                CommandStatus::MESSAGE_QUEUE_FULL
            }
            Phase::Binding { .. } | Phase::Closed => CommandStatus::INVALID_BIND_STATUS,
        };
        self.counters.delivers_refused += 1;
        encode_deliver_resp(deliver.operation, refusal, sequence, &mut self.output);
    }

    fn handle_unbind(&mut self, unbind_sequence: u32, now: Instant) {
        match self.phase {
            Phase::Bound => {
                self.events.push_back(Event::PeerUnbind);
                self.drain_for_carrier(unbind_sequence, now + self.config.response_timeout);
            }
            Phase::Draining { until, .. } => self.drain_for_carrier(unbind_sequence, until),
            Phase::Binding { .. } | Phase::Unbinding { .. } => {
                encode_header(CommandId::UnbindResp, CommandStatus::OK, unbind_sequence, &mut self.output);
                self.close(CloseReason::PeerUnbound);
            }
            Phase::Closed => {}
        }
    }

    fn drain_for_carrier(&mut self, unbind_sequence: u32, until: Instant) {
        self.phase = Phase::Draining { until, asked_by: Side::Carrier { unbind_sequence } };
    }

    fn handle_unbind_resp(&mut self) {
        if matches!(self.phase, Phase::Unbinding { .. }) {
            self.close(CloseReason::Unbound);
        } else {
            self.counters.unknown_responses += 1;
        }
    }

    /// A request of ours was not understood: that is its answer.
    fn handle_nack(&mut self, status: CommandStatus, sequence: u32) {
        let status = if status.is_ok() { CommandStatus::UNKNOWN_ERROR } else { status };
        let Some(ordinal) = self.sequencer.ordinal(sequence) else {
            self.counters.unknown_nacks += 1;
            return;
        };
        match self.window.get(ordinal) {
            Some(Asked::Submit { .. }) => self.handle_submit_resp(status, sequence, SubmitResp::default()),
            Some(Asked::Request { token, .. }) => self.answer_request(ordinal, token, status, None),
            None => match self.phase {
                Phase::Binding { .. } => self.refuse_bind(status),
                Phase::Unbinding { .. } => self.close(CloseReason::Unbound),
                Phase::Bound | Phase::Draining { .. } | Phase::Closed => {
                    self.handle_late_nack(status, sequence, ordinal);
                }
            },
        }
    }

    fn handle_late_nack(&mut self, status: CommandStatus, sequence: u32, ordinal: u64) {
        if self.given_up.holds(ordinal) {
            self.handle_submit_resp(status, sequence, SubmitResp::default());
        } else {
            self.counters.unknown_nacks += 1;
        }
    }

    fn handle_other(&mut self, status: CommandStatus, sequence: u32, other: OtherPdu) {
        if let Some(rusmpp::Pdu::AlertNotification(alert)) = other.body() {
            let event = Event::Alert {
                source: Address::new(alert.source_addr_ton, alert.source_addr_npi, alert.source_addr.as_str()),
                destination: Address::new(alert.esme_addr_ton, alert.esme_addr_npi, alert.esme_addr.as_str()),
                availability: alert.ms_availability_status(),
            };
            self.raise_alert(event);
        } else if is_request(other.command().into()) {
            self.refuse_request(sequence);
        } else {
            self.handle_other_resp(status, sequence, other);
        }
    }

    fn raise_alert(&mut self, event: Event) {
        if self.alerts_waiting == ALERTS_WAITING_MAX {
            self.counters.alerts_dropped += 1;
        } else {
            self.alerts_waiting += 1;
            self.events.push_back(event);
        }
    }

    fn handle_other_resp(&mut self, status: CommandStatus, sequence: u32, other: OtherPdu) {
        let asked = self
            .sequencer
            .ordinal(sequence)
            .and_then(|ordinal| Some((ordinal, self.window.get(ordinal)?)));
        match asked {
            Some((ordinal, Asked::Request { token, response })) if response == other.command() => {
                let response = other.body().is_some().then_some(other);
                self.answer_request(ordinal, token, status, response);
            }
            Some((_, Asked::Request { .. } | Asked::Submit { .. })) | None => self.counters.unknown_responses += 1,
        }
    }

    fn answer_request(&mut self, ordinal: u64, token: u64, status: CommandStatus, response: Option<OtherPdu>) {
        self.window.remove(ordinal);
        self.events.push_back(Event::RequestAnswered { token, status, response });
    }

    fn refuse_request(&mut self, sequence: u32) {
        self.counters.unexpected_requests += 1;
        encode_header(CommandId::GenericNack, CommandStatus::INVALID_COMMAND_ID, sequence, &mut self.output);
    }
}
