//! The generator's two ends: it sends messages over streams, and reads the tenant's events.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{
    sync::{Mutex, Semaphore, mpsc, watch},
    time::Instant,
};
use tokio_stream::wrappers::ReceiverStream;
use volley_e2e::{backend::is_final, client::Keyed, provision::ACME_NUMBER};
use volley_wire::proto::messaging::v1::{
    Event, SendMessageRequest, SendMessagesRequest, SendMessagesResponse, StreamEventsRequest, TrafficClass, event,
    messaging_service_client::MessagingServiceClient, send_messages_response, stream_events_request,
    stream_events_response,
};

use crate::{clock::now_us, handset, target::ANSWER_PREFIX};

/// Messages of one stream that are not answered yet, at most.
const UNANSWERED_MAX: usize = 4_096;

/// Requests that wait for the connection.
const WAITING_MAX: usize = 512;

/// How long to wait until enough is reported back.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// Events between two acknowledgements.
const EVENTS_PER_ACKNOWLEDGEMENT: u32 = 2_000;

/// What a run's messages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    pub class: TrafficClass,
    /// What the numbers of their handsets begin with: five digits, which choose the carrier.
    pub first_digits: &'static str,
}

impl Kind {
    pub const CODES: Self = Self { class: TrafficClass::Otp, ..Self::ALERTS };
    pub const ALERTS: Self = Self { class: TrafficClass::Transactional, first_digits: "82104" };
    pub const ADS: Self = Self { class: TrafficClass::Marketing, ..Self::ALERTS };
}

/// What one run knows of its messages.
#[derive(Debug)]
pub struct Witness {
    /// The run.
    pub run: u32,
    pub kind: Kind,
    /// When each was written to its stream, answered OK, and reported back; Unix microseconds, 0 before.
    pub sent: Vec<AtomicI64>,
    pub accepted: Vec<AtomicI64>,
    pub reported: Vec<AtomicI64>,
    /// How many were sent, answered OK and reported back so far, and how many refusals came.
    pub sent_count: AtomicU32,
    pub accepted_count: AtomicU32,
    pub reported_count: AtomicU32,
    pub refused_count: AtomicU32,
    /// Final states other than delivered.
    pub failed_count: AtomicU32,
}

impl Witness {
    pub fn new(run: u32, messages: u32, kind: Kind) -> Arc<Self> {
        let times = || (0..messages).map(|_| AtomicI64::new(0)).collect();
        Arc::new(Self {
            run,
            kind,
            sent: times(),
            accepted: times(),
            reported: times(),
            sent_count: AtomicU32::new(0),
            accepted_count: AtomicU32::new(0),
            reported_count: AtomicU32::new(0),
            refused_count: AtomicU32::new(0),
            failed_count: AtomicU32::new(0),
        })
    }

    /// Sent and not reported back.
    fn unreported(&self) -> u32 {
        let sent = self.sent_count.load(Ordering::Relaxed);
        sent.saturating_sub(self.reported_count.load(Ordering::Relaxed))
    }

    /// Notes a moment once.
    fn note(times: &[AtomicI64], count: &AtomicU32, message: u32) {
        if let Some(time) = times.get(message as usize)
            && time.swap(now_us(), Ordering::Relaxed) == 0
        {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn report(&self, named: &str) {
        if let Some((run, message)) = handset::parse(named)
            && run == self.run
        {
            Self::note(&self.reported, &self.reported_count, message);
        }
    }
}

/// Messages a second; none is as fast as they are taken.
pub type Pace = Option<f64>;

/// How a stream is fed.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// How fast.
    pub pace: Pace,
    /// Messages of one request.
    pub per_request: usize,
    /// Messages of all streams that are not reported back yet, at most.
    pub unreported_max: Option<u32>,
}

/// Sends every message of `share` over one stream and waits until each is answered OK. What is refused for now is sent again.
pub async fn send(channel: Keyed, witness: Arc<Witness>, share: Vec<u32>, manner: Manner) -> Result<()> {
    let (requests, body) = mpsc::channel(WAITING_MAX);
    let line = Arc::new(Line { requests, places: Mutex::default() });
    let room = Arc::new(Semaphore::new(UNANSWERED_MAX));
    let mut open = share.len();
    let feeder = tokio::spawn(feed(Arc::clone(&line), Arc::clone(&witness), Arc::clone(&room), share, manner));
    let mut messaging = MessagingServiceClient::new(channel);
    let mut answers = messaging.send_messages(ReceiverStream::new(body)).await?.into_inner();
    while open > 0 {
        let answer = answers.message().await?.context("the stream ended early")?;
        let taken = take(answer, &witness, &line).await?;
        room.add_permits(taken);
        open -= taken;
    }
    feeder.await?
}

/// The way out of a stream, and which message has which place on it.
struct Line {
    requests: mpsc::Sender<SendMessagesRequest>,
    places: Mutex<Vec<u32>>,
}

impl Line {
    async fn send(&self, witness: &Witness, messages: &[u32]) -> Result<()> {
        let mut places = self.places.lock().await;
        places.extend_from_slice(messages);
        let messages = messages.iter().map(|message| request(witness, *message)).collect();
        let request = SendMessagesRequest { message: None, messages };
        self.requests.send(request).await.context("the stream is gone")
    }

    /// The messages at so many places from the first on.
    async fn at(&self, first: u64, count: u32) -> Result<Vec<u32>> {
        let (first, count) = (usize::try_from(first)?, usize::try_from(count)?);
        let places = self.places.lock().await;
        let named = places.get(first..first + count).context("an answer to nothing")?;
        Ok(named.to_vec())
    }
}

/// Notes an answer; gives how many messages are done. One that must be sent again is under way then.
async fn take(answer: SendMessagesResponse, witness: &Arc<Witness>, line: &Arc<Line>) -> Result<usize> {
    let count = match answer.result.as_ref().context("an empty answer")? {
        send_messages_response::Result::AcceptedRange(range) => range.count,
        send_messages_response::Result::Accepted(_) => 1,
        send_messages_response::Result::Refused(refusal) => {
            let named = line.at(answer.index, 1).await?;
            anyhow::ensure!(refusal.retry_after_ms > 0, "message {named:?} was refused: {}", refusal.message);
            witness.refused_count.fetch_add(1, Ordering::Relaxed);
            let pause = Duration::from_millis(refusal.retry_after_ms);
            let (witness, line) = (Arc::clone(witness), Arc::clone(line));
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                // The stream is gone only when the run has failed, and says so itself.
                let _ = line.send(&witness, &named).await;
            });
            return Ok(0);
        }
    };
    let accepted = line.at(answer.index, count).await?;
    for message in &accepted {
        Witness::note(&witness.accepted, &witness.accepted_count, *message);
    }
    Ok(accepted.len())
}

async fn feed(
    line: Arc<Line>,
    witness: Arc<Witness>,
    room: Arc<Semaphore>,
    share: Vec<u32>,
    manner: Manner,
) -> Result<()> {
    let (begin, mut sent) = (Instant::now(), 0);
    for messages in share.chunks(manner.per_request) {
        if let Some(per_second) = manner.pace {
            let due = begin + Duration::from_secs_f64(sent as f64 / per_second);
            if due > Instant::now() {
                tokio::time::sleep_until(due).await;
            }
        }
        room.acquire_many(u32::try_from(messages.len())?).await?.forget();
        while manner.unreported_max.is_some_and(|most| witness.unreported() >= most) {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        sent += messages.len();
        for message in messages {
            witness.sent[*message as usize].store(now_us(), Ordering::Relaxed);
        }
        witness.sent_count.fetch_add(u32::try_from(messages.len())?, Ordering::Relaxed);
        line.send(&witness, messages).await?;
    }
    Ok(())
}

fn request(Witness { run, kind, .. }: &Witness, message: u32) -> SendMessageRequest {
    SendMessageRequest {
        request_id: handset::request_id(*run, message),
        from: ACME_NUMBER.to_owned(),
        to: format!("+{}", handset::of(kind.first_digits, message)),
        text: handset::text(*run, message),
        traffic_class: kind.class.into(),
        ..Default::default()
    }
}

/// Reads the tenant's events for as long as the process lives, acknowledging as it goes.
pub async fn follow(channel: Keyed, current: watch::Receiver<Arc<Witness>>) -> Result<()> {
    let (requests, body) = mpsc::channel(16);
    let open = stream_events_request::Open { from_now: true, ..Default::default() };
    requests
        .send(StreamEventsRequest { request: Some(stream_events_request::Request::Open(open)) })
        .await?;
    let mut messaging = MessagingServiceClient::new(channel);
    let mut events = messaging.stream_events(ReceiverStream::new(body)).await?.into_inner();
    let mut unacknowledged = 0;
    while let Some(response) = events.message().await? {
        let Some(stream_events_response::Response::Event(event)) = response.response else {
            continue;
        };
        see(&event, &current.borrow());
        unacknowledged += 1;
        if unacknowledged == EVENTS_PER_ACKNOWLEDGEMENT {
            unacknowledged = 0;
            let acknowledge = stream_events_request::Acknowledge { cursor: event.cursor };
            let request = stream_events_request::Request::Acknowledge(acknowledge);
            requests.send(StreamEventsRequest { request: Some(request) }).await?;
        }
    }
    anyhow::bail!("the event stream has ended")
}

fn see(event: &Event, witness: &Witness) {
    match &event.event {
        Some(event::Event::Status(status)) if is_final(status.state()) => {
            if status.state() != volley_wire::proto::messaging::v1::MessageState::Delivered {
                witness.failed_count.fetch_add(1, Ordering::Relaxed);
            }
            witness.report(&status.request_id);
        }
        // An answer is matched by the message it was found to answer, a text of its own by what it says.
        Some(event::Event::Reply(reply)) => match reply.text.strip_prefix(ANSWER_PREFIX) {
            Some(_) => witness.report(&reply.answers_request_id),
            None => witness.report(&reply.text),
        },
        _ => {}
    }
}
