//! The answers to requests of one or many messages: ranges where all went well, each its own where not.

use volley_ingest_core::Faults;
use volley_wire::proto::messaging::v1::{
    AcceptedRange, SendMessageRequest, SendMessageResponse, SendMessagesRequest, SendMessagesResponse,
    send_messages_response::Result as Outcome,
};

use super::MESSAGES_PER_REQUEST_MAX;
use crate::{
    door::{Accepted, Answer},
    refusal::Refusal,
};

/// What one request of a stream asks.
pub(super) enum Asked {
    /// One message.
    One,
    /// So many messages, together.
    Many(usize),
    /// Nothing that can be taken: it is refused as a whole.
    Malformed(Refusal),
}

impl Asked {
    /// Reads a request; its messages go behind those of the requests before.
    pub(super) fn read(request: SendMessagesRequest, messages: &mut Vec<SendMessageRequest>) -> Self {
        let SendMessagesRequest { message, messages: many } = request;
        match (message, many.len()) {
            (Some(message), 0) => {
                messages.push(message);
                Self::One
            }
            (Some(_), _) => Self::malformed("messages", "is given beside message: give one of them".to_owned()),
            (None, 0) => Self::malformed("message", "is missing, and so is messages".to_owned()),
            (None, count) => match fit(count) {
                Ok(()) => {
                    messages.extend(many);
                    Self::Many(count)
                }
                Err(faults) => Self::Malformed(faults.into()),
            },
        }
    }

    fn malformed(field: &str, words: String) -> Self {
        Self::Malformed(Faults::one(field, words).into())
    }

    /// How many places it takes on the stream.
    pub(super) fn places(&self) -> usize {
        match self {
            Self::One | Self::Malformed(_) => 1,
            Self::Many(count) => *count,
        }
    }
}

/// Whether so many messages may come in one request.
pub(super) fn fit(count: usize) -> Result<(), Faults> {
    let limit = MESSAGES_PER_REQUEST_MAX;
    match (1..=limit).contains(&count) {
        true => Ok(()),
        false => Err(Faults::one("messages", format!("has {count} elements; allowed are 1 to {limit}"))),
    }
}

/// What is told of a burst: `answered` are the answers to `messages`, in their order.
pub(super) fn answers(
    asked: Vec<Asked>,
    messages: Vec<SendMessageRequest>,
    answered: Vec<Answer>,
    first: u64,
    credit: u64,
) -> Vec<SendMessagesResponse> {
    let mut told = Telling { told: Vec::with_capacity(asked.len()), index: first, credit };
    let mut each = messages.into_iter().map(|message| message.request_id).zip(answered);
    for asked in asked {
        match asked {
            Asked::Malformed(refusal) => told.each(String::new(), Err(refusal)),
            Asked::One => each.by_ref().take(1).for_each(|(id, answer)| told.each(id, answer)),
            Asked::Many(count) => told.many(each.by_ref().take(count)),
        }
    }
    told.told
}

/// The result of one message with its place.
pub(super) fn result(index: u64, request_id: String, answer: Answer) -> SendMessagesResponse {
    let outcome = match answer {
        Ok(accepted) => Outcome::Accepted(response(accepted)),
        Err(refusal) => Outcome::Refused(refusal.to_wire()),
    };
    SendMessagesResponse { request_id, result: Some(outcome), index, credit: 0 }
}

/// What a message that is durable is answered with.
pub(super) fn response(accepted: Accepted) -> SendMessageResponse {
    SendMessageResponse {
        message_id: accepted.message.to_string(),
        segments: accepted.segments.into(),
        repeated: accepted.repeated,
    }
}

struct Telling {
    told: Vec<SendMessagesResponse>,
    /// The place of the next message.
    index: u64,
    credit: u64,
}

impl Telling {
    fn each(&mut self, request_id: String, answer: Answer) {
        let told = result(self.index, request_id, answer);
        self.told.push(SendMessagesResponse { credit: self.credit, ..told });
        self.index += 1;
    }

    /// Ranges of what was accepted now; what was refused, or accepted before, stands alone.
    fn many(&mut self, each: impl Iterator<Item = (String, Answer)>) {
        let mut range: Vec<Accepted> = Vec::new();
        for (request_id, answer) in each {
            match answer {
                Ok(accepted) if !accepted.repeated => range.push(accepted),
                other => {
                    self.range(&mut range);
                    self.each(request_id, other);
                }
            }
        }
        self.range(&mut range);
    }

    fn range(&mut self, run: &mut Vec<Accepted>) {
        let Ok(count @ 1..) = u32::try_from(run.len()) else { return };
        let range = AcceptedRange {
            count,
            message_ids: run.iter().flat_map(|accepted| accepted.message.to_bytes()).collect(),
            segments: run.iter().map(|accepted| u32::from(accepted.segments)).sum(),
        };
        self.told.push(SendMessagesResponse {
            request_id: String::new(),
            result: Some(Outcome::AcceptedRange(range)),
            index: self.index,
            credit: self.credit,
        });
        self.index += u64::from(count);
        run.clear();
    }
}

#[cfg(test)]
mod tests {
    use volley_types::MessageId;

    use super::*;

    fn accepted(octet: u8) -> Answer {
        Ok(Accepted { message: MessageId::from_bytes([octet; 16]), segments: 2, repeated: false })
    }

    fn many(ids: &[&str]) -> SendMessagesRequest {
        let message = |id: &&str| SendMessageRequest { request_id: (*id).to_owned(), ..Default::default() };
        SendMessagesRequest { message: None, messages: ids.iter().map(message).collect() }
    }

    fn told(requests: Vec<SendMessagesRequest>, answered: Vec<Answer>) -> Vec<SendMessagesResponse> {
        let mut messages = Vec::new();
        let asked = requests
            .into_iter()
            .map(|request| Asked::read(request, &mut messages))
            .collect();
        answers(asked, messages, answered, 10, 99)
    }

    /// Place, and how many it speaks of; 0 for a refusal.
    fn shape(told: &[SendMessagesResponse]) -> Vec<(u64, u32)> {
        let of = |it: &SendMessagesResponse| match it.result.as_ref().unwrap() {
            Outcome::AcceptedRange(range) => (it.index, range.count),
            Outcome::Accepted(_) => (it.index, 1),
            Outcome::Refused(_) => (it.index, 0),
        };
        told.iter().map(of).collect()
    }

    #[test]
    fn runs_of_accepted_messages_are_ranges_and_the_refused_one_between_them_stands_alone() {
        let answered = vec![accepted(1), accepted(2), Err(Refusal::LOG_AWAY), accepted(4)];
        let told = told(vec![many(&["a", "b", "c", "d"])], answered);
        assert_eq!(shape(&told), [(10, 2), (12, 0), (13, 1)]);
        let Some(Outcome::AcceptedRange(range)) = &told[0].result else {
            panic!("no range: {:?}", told[0])
        };
        assert_eq!((range.message_ids.len(), range.segments), (32, 4));
        assert_eq!(range.message_ids[16..], [2; 16]);
        assert_eq!((told[1].request_id.as_str(), told[1].credit), ("c", 99));
    }

    #[test]
    fn a_message_accepted_before_is_told_apart() {
        let repeated = accepted(2).map(|accepted| Accepted { repeated: true, ..accepted });
        let told = told(vec![many(&["a", "b", "c"])], vec![accepted(1), repeated, accepted(3)]);
        assert_eq!(shape(&told), [(10, 1), (11, 1), (12, 1)]);
        assert!(matches!(&told[1].result, Some(Outcome::Accepted(it)) if it.repeated));
    }

    #[test]
    fn no_range_crosses_a_request_and_a_single_message_gets_its_own_answer() {
        let one = SendMessagesRequest { message: many(&["c"]).messages.pop(), messages: vec![] };
        let told = told(vec![many(&["a", "b"]), one, many(&["d"])], (0..4).map(accepted).collect());
        assert_eq!(shape(&told), [(10, 2), (12, 1), (13, 1)]);
        assert_eq!(told[1].request_id, "c");
    }

    #[test]
    fn a_malformed_request_is_refused_as_one_message_with_its_field_and_limit() {
        let too_many = SendMessagesRequest { message: None, messages: vec![SendMessageRequest::default(); 1_001] };
        let both = SendMessagesRequest { message: Some(SendMessageRequest::default()), ..many(&["a"]) };
        let neither = SendMessagesRequest::default();
        let told = told(vec![too_many, both, neither, many(&["b"])], vec![accepted(1)]);
        assert_eq!(shape(&told), [(10, 0), (11, 0), (12, 0), (13, 1)]);
        let violation = |at: usize| match &told[at].result {
            Some(Outcome::Refused(refused)) => refused.violations[0].clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(violation(0).field, "messages");
        assert_eq!(violation(0).description, "has 1001 elements; allowed are 1 to 1000");
        assert_eq!((violation(1).field.as_str(), violation(2).field.as_str()), ("messages", "message"));
    }
}
