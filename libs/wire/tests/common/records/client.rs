//! What clients read.

use volley_events::{ClientEventBody, ConsentAction, Evidence, Reply, StatusChange, VoteVerdict};
use volley_types::{ArrivalId, Keyword, PollId, ThreadId};

use crate::common::Draw;

pub(super) fn client_body(draw: &mut Draw<'_>) -> ClientEventBody {
    match draw.octet() % 3 {
        0 => ClientEventBody::Status(StatusChange {
            message: draw.message(),
            request: draw.request(),
            sender: draw.number(),
            subscriber: draw.subscriber(),
            class: draw.class(),
            state: draw.state(),
            reason: draw.reason(),
            corrects: draw.option(Draw::final_state),
            segments: draw.octet(),
            attempts: draw.short(),
            ambiguous: draw.flag(),
            carrier_status: draw.option(Draw::int),
            carrier_error: draw.option(Draw::text),
            error_code: draw.option(Draw::error_code),
            inferred: draw.flag(),
        }),
        1 => ClientEventBody::Reply(Box::new(reply(draw))),
        _ => ClientEventBody::RequestConflict { message: draw.message(), request: draw.request() },
    }
}

fn reply(draw: &mut Draw<'_>) -> Reply {
    use Evidence::{ConsentWord, LatestMessage, NumberDefault};
    Reply {
        arrival: ArrivalId::from_bytes(draw.octets()),
        thread: ThreadId::from_bytes(draw.octets()),
        number: draw.number(),
        subscriber: draw.subscriber(),
        text: draw.body(),
        received_at: draw.time(),
        answers: draw.option(|draw| (draw.message(), draw.request())),
        evidence: draw.pick([ConsentWord, Evidence::Keyword, LatestMessage, NumberDefault]),
        confidence: draw.octet(),
        candidates: draw.list(0, Draw::message),
        keyword: draw.option(|draw| draw.name(Keyword::new)),
        consent: draw.option(consent),
        vote: draw.option(|draw| {
            let verdict = draw.pick([VoteVerdict::Counted, VoteVerdict::Repeated, VoteVerdict::Late]);
            (draw.name(PollId::new), verdict)
        }),
        incomplete: draw.flag(),
        possible_repeat: draw.flag(),
        flagged: draw.flag(),
    }
}

pub(super) fn consent(draw: &mut Draw<'_>) -> ConsentAction {
    draw.pick([ConsentAction::OptOut, ConsentAction::OptOutLikely, ConsentAction::OptIn, ConsentAction::Help])
}
